// File: key_source.h
// The issuer's current keys: fetched at the start, again from time to time, and when a token names
// a key that is not there, as after a rotation.
//
//   KeySource source({.fetch = [&] { return Fetch(options); }});
//   ASSIGN_OR_RETURN(const auto keys, source.Keys());

#ifndef SCHARNIER_COMMON_IDENTITY_KEY_SOURCE_H_
#define SCHARNIER_COMMON_IDENTITY_KEY_SOURCE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/identity/key_set.h"

namespace scharnier::identity {

// Thread-safe. The last good keys stay through outages: nothing but a JWKS with a usable key
// replaces them.
class KeySource {
 public:
  struct Options {
    // The JWKS; blocks for seconds at most. Called by one thread.
    std::function<absl::StatusOr<std::string>()> fetch;
    Algorithm algorithm = Algorithm::kEs256;
    absl::Duration refresh = absl::Minutes(5);
    absl::Duration retry = absl::Seconds(1);               // while there are no keys
    absl::Duration unknown_kid_pause = absl::Seconds(60);  // between fetches for unknown kids
    absl::Duration keep = absl::Hours(24);                 // how long keys are believed
    int most_waiting = 8;  // callers at a time who wait for a fetch, on a thread each
    // For all of these; tests set it.
    std::function<absl::Time()> now = [] { return absl::Now(); };
  };

  // Begins to fetch.
  explicit KeySource(Options options);
  ~KeySource();

  // The keys that are believed now; the same pointer as long as they are the same keys. Errors:
  // UNAVAILABLE DEPENDENCY_AWAY while there are none.
  absl::StatusOr<std::shared_ptr<const KeySet>> Keys();

  // The same, but where `kid` is not among them, waits for the fetch that runs, or for one more if
  // none was made for an unknown kid lately; until `deadline` (real time) at most. The keys may
  // still lack it. Errors: the same also where the issuer could not be asked, or too many wait.
  absl::StatusOr<std::shared_ptr<const KeySet>> KeysWith(absl::string_view kid,
                                                         absl::Time deadline);

  // Ends all waiting, and the thread when the fetch that runs has ended. Later calls do not wait.
  void Shutdown();

 private:
  void Run();
  // Blocks until it is time for a fetch; the instant, or nothing when there will be no more.
  std::optional<absl::Time> AwaitTurn();
  // Takes the outcome of the fetch that was begun then.
  void Take(const absl::StatusOr<KeySet>& fetched, absl::Time begun);
  bool Believed() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::shared_ptr<const KeySet>> Current() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  const Options options_;
  absl::Mutex mutex_;
  std::shared_ptr<const KeySet> keys_ ABSL_GUARDED_BY(mutex_);         // nullptr before the first
  absl::Time fetched_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();  // when keys_ were
  absl::Time next_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();     // the next fetch
  // When an unknown kid may ask for a fetch again.
  absl::Time may_ask_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool pending_ ABSL_GUARDED_BY(mutex_) = false;  // a fetch runs or has been asked for
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;   // the last one did
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;       // callers
  int64_t fetches_ ABSL_GUARDED_BY(mutex_) = 0;   // that have ended
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::string problem_;  // the thread's: what was logged last; empty: none
  std::thread thread_;   // last: it uses all of the above
};

}  // namespace scharnier::identity

#endif  // SCHARNIER_COMMON_IDENTITY_KEY_SOURCE_H_
