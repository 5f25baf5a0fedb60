// File: context.h
// What a call carries through all layers: who calls, the instant it is judged by, its deadline and
// its trace.

#ifndef SCHARNIER_COMMON_RUNTIME_CONTEXT_H_
#define SCHARNIER_COMMON_RUNTIME_CONTEXT_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/runtime/trace.h"
#include "scharnier/identity/v1/action_token.pb.h"
#include "scharnier/identity/v1/grant.pb.h"
#include "scharnier/options/v1/options.pb.h"

namespace scharnier::runtime {

// What `via` begins with.
inline constexpr char kTeam[] = "team:";
inline constexpr char kService[] = "service:";

// Who calls.
struct Caller {
  options::v1::Role role = options::v1::ROLE_ANONYMOUS;
  // Names the caller among those of its role, safe to store and log: a person's is their
  // person_key, that of an action token a hash of it.
  std::string subject;
  // A person's verified address, normalised. Personal: never logged or stored from here.
  std::string email;
  // What else staff are.
  std::vector<options::v1::Role> further = {};
  // Names a person's account at the issuer, whatever their address becomes: hex, a pseudonym. Empty
  // for who has none.
  std::string account = {};
  // Who passed the call on or acts for the person: "team:reporting", "service:gateway"; empty:
  // nobody.
  std::string via = {};
  // Of a team, also where it acts for a person: what it may do today; null: nothing.
  std::shared_ptr<const identity::v1::Grant> grant = {};
  // Of ROLE_TOKEN: what the token opens.
  std::shared_ptr<const identity::v1::ActionToken> action = {};

  // "person:3f…", "staff:devos", "service:notifications", "anonymous": the key of request_log and
  // page tokens.
  std::string Id() const;
  bool is(options::v1::Role r) const;
  // What the caller is known by as the holder of things: the account, and the address as long as no
  // account has taken them.
  std::vector<std::string> keys() const;
  // Whether a team's grant covers fields about people.
  bool granted_personal() const;
  // The calls and series whose resources alone exist for a team; nullopt: it is not limited to any.
  std::optional<std::vector<std::string>> granted_calls() const;
  // Whether a team acts for the person who is the caller.
  bool through_team() const;
  // Whether the caller's action token opens this for this purpose: then `action->holder()` acts.
  bool Opens(identity::v1::ActionToken::Purpose purpose, absl::string_view resource) const;
};

// One call, or one run of background work. Not copied; outlives everything done for the call.
class Context {
 public:
  struct Options {
    Caller caller;
    // The instant of admission by the injected clock: every deadline and window is judged by it.
    absl::Time now;
    // By the real clock.
    absl::Time deadline = absl::InfiniteFuture();
    // "scharnier.events.v1.SessionService/GetSession", or the name of a job.
    std::string method;
    TraceContext trace;
  };
  explicit Context(Options options) : options_(std::move(options)) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Caller& caller() const { return options_.caller; }
  // Before anything is done for the call: who calls is found out after its arrival.
  void SetCaller(Caller caller) { options_.caller = std::move(caller); }
  absl::Time now() const { return options_.now; }
  absl::Time deadline() const { return options_.deadline; }
  const std::string& method() const { return options_.method; }
  const TraceContext& trace() const { return options_.trace; }

  // Set from any thread when nobody waits for the answer any more.
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  // Asked before work that would be wasted.
  bool expired() const { return cancelled() || absl::Now() >= deadline(); }

 private:
  Options options_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace scharnier::runtime

#endif  // SCHARNIER_COMMON_RUNTIME_CONTEXT_H_
