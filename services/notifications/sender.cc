#include "services/notifications/sender.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/changes/record.h"
#include "common/changes/trouble.h"
#include "common/errors/macros.h"
#include "common/runtime/context.h"
#include "common/runtime/log.h"
#include "common/runtime/metrics.h"
#include "common/runtime/uuid.h"
#include "services/notifications/letter.h"
#include "services/notifications/rules/delivery.h"

namespace scharnier::notifications {
namespace {

constexpr int kTroublesInARow = 5;
// Between attempts of a worker to claim a message while the database is away.
constexpr absl::Duration kLongestPause = absl::Seconds(5);
constexpr absl::Duration kMeasureEvery = absl::Seconds(5);
// The longest that one step of a worker, a transaction or a read, may take.
constexpr absl::Duration kStep = absl::Seconds(10);

runtime::Context::Options Step(const runtime::Clock& clock) {
  return {.caller = {.role = options::v1::ROLE_SERVICE, .subject = "notifications"},
          .now = clock.Now(),
          .deadline = absl::Now() + kStep,
          .method = "send_messages",
          .trace = runtime::StartSpan("")};
}

// "accepted", of STATE_ACCEPTED: the change's type.
std::string ChangeType(v1::Message::State state) {
  return absl::StrCat("message.", absl::AsciiStrToLower(
                                      absl::StripPrefix(v1::Message::State_Name(state), "STATE_")));
}

// A message that has come to its end is a change of it; attempts in between are not.
absl::Status RecordEnd(db::Tx& tx, const runtime::Keyring& keyring, const runtime::Context& ctx,
                       const v1::Message& before, const v1::Message& after, bool discreet) {
  if (!rules::IsFinal(after.state())) {
    return absl::OkStatus();
  }
  return changes::Append(tx, keyring,
                         {{.ctx = &ctx,
                           .name = after.name(),
                           .type = ChangeType(after.state()),
                           .before = &before,
                           .after = &after,
                           .discreet = discreet}});
}

void Report(const v1::Message& message) {
  static auto& messages = metrics::Counter("notifications_messages_total",
                                           "Messages, by the state in which an attempt left them",
                                           {"purpose", "state"});
  messages.Add({v1::Purpose_Name(message.purpose()), v1::Message::State_Name(message.state())});
  if (message.state() != v1::Message::STATE_ACCEPTED) {
    log::Warning("message not sent", {{"name", message.name()},
                                      {"state", v1::Message::State_Name(message.state())},
                                      {"attempts", absl::StrCat(message.attempts())},
                                      {"doubts", absl::StrCat(message.doubts())},
                                      {"smtp_code", absl::StrCat(message.smtp_code())},
                                      {"problem", message.problem()}});
  }
}

}  // namespace

// Keeps the lease of one message while it is handed over, and allows what the lease still covers.
class Sender::Delivery final : public HandOver {
 public:
  Delivery(Sender& sender, const store::Lease& lease)
      : sender_(sender), lease_(lease), renew_at_(absl::Now() + sender.options_.lease / 3) {}

  bool MayBegin() override {
    if (sender_.stopping()) {
      return false;
    }
    const runtime::Context ctx(Step(sender_.clock_));
    const auto marked = sender_.database_.Transact(
        ctx, [&](db::Tx& tx) { return store::MarkHandedOver(tx, lease_); });
    return marked.ok() && *marked;
  }

  bool MayGoOn(bool begun) override {
    if (begun ? sender_.out_of_time() : sender_.stopping()) {
      return false;
    }
    if (absl::Now() < renew_at_) {
      return true;
    }
    renew_at_ = absl::Now() + sender_.options_.lease / 3;
    const runtime::Context ctx(Step(sender_.clock_));
    const auto renewed = sender_.database_.Transact(
        ctx, [&](db::Tx& tx) { return store::RenewLease(tx, lease_, sender_.options_.lease); });
    // A mail that the relay may have by now is not cut: that would only add a doubt. Nor is one
    // because the database is away: nobody else can claim the message meanwhile.
    return begun || !renewed.ok() || *renewed;
  }

 private:
  Sender& sender_;
  const store::Lease& lease_;
  absl::Time renew_at_;
};

Sender::Sender(db::Database& database, const runtime::Keyring& keyring, const runtime::Clock& clock,
               ReadFacts read_facts, SenderOptions options)
    : database_(database),
      keyring_(keyring),
      clock_(clock),
      read_facts_(std::move(read_facts)),
      options_(std::move(options)),
      circuit_(kTroublesInARow, options_.relay_pause) {
  for (int i = 0; i < options_.senders; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

Sender::~Sender() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    cut_at_ = absl::Now() + options_.drain;
  }
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void Sender::Work() {
  const std::string owner = runtime::NewUuid();
  SmtpClient relay(options_.smtp);
  changes::Trouble claiming("claiming messages", options_.poll, kLongestPause);
  while (!stopping()) {
    MeasureQueue();
    if (const absl::Duration closed = circuit_.Remaining(absl::Now());
        closed > absl::ZeroDuration()) {
      Pause(closed);
      continue;
    }
    if (unsaved_.load() > 0) {
      Pause(options_.poll);
      continue;
    }
    const absl::StatusOr<std::optional<store::ClaimedMessage>> claimed = Claim(owner);
    const absl::Duration trouble = claiming.Report(claimed.status());
    if (!claimed.ok() || !claimed->has_value()) {
      Pause(std::max(trouble, options_.poll));
      continue;
    }
    Deliver(relay, **claimed);
  }
}

absl::StatusOr<std::optional<store::ClaimedMessage>> Sender::Claim(const std::string& owner) {
  const runtime::Context ctx(Step(clock_));
  std::optional<v1::Message> lost;
  auto claimed = database_.Transact(
      ctx, [&](db::Tx& tx) -> absl::StatusOr<std::optional<store::ClaimedMessage>> {
        lost.reset();
        ASSIGN_OR_RETURN(std::optional<store::DueMessage> due, store::LockDue(tx));
        if (!due.has_value()) {
          return std::nullopt;
        }
        v1::Message message = due->message;
        if (message.state() == v1::Message::STATE_SENDING) {
          // The lease was pause enough: it is tried again at once.
          rules::EndAttempt(rules::LostWorker(due->handed_over), options_.first_retry, ctx.now(),
                            message);
          lost = message;
          if (rules::IsFinal(message.state())) {
            ASSIGN_OR_RETURN(const v1::Message ended,
                             store::SaveOutcome(tx, message, absl::ZeroDuration()));
            RETURN_IF_ERROR(RecordEnd(tx, keyring_, ctx, due->message, ended, due->discreet));
            return std::nullopt;
          }
        }
        rules::BeginAttempt(message);
        ASSIGN_OR_RETURN(store::ClaimedMessage mine,
                         store::ClaimMessage(tx, message, owner, options_.lease));
        return std::optional<store::ClaimedMessage>(std::move(mine));
      });
  if (claimed.ok() && lost.has_value()) {
    Report(*lost);
  }
  return claimed;
}

void Sender::Deliver(SmtpClient& relay, const store::ClaimedMessage& claimed) {
  const SmtpResult result = Attempt(relay, claimed);
  if (result.relay_trouble) {
    circuit_.Failed(absl::Now());
  } else if (result.attempt.smtp_code != 0) {
    circuit_.Succeeded();
  }
  // The relay may have the mail: what it said is saved as soon as the database is back, since a
  // result that is lost is a doubt later. Until then no worker of this process claims anything: it
  // could be this message, whose lease has run out meanwhile.
  bool waits = false;
  changes::Trouble saving("saving a result", options_.poll, options_.poll);
  const absl::Cleanup done = [&] { unsaved_ -= waits ? 1 : 0; };
  while (true) {
    const absl::StatusOr<std::optional<v1::Message>> saved = Save(claimed.lease, result.attempt);
    const absl::Duration pause = saving.Report(saved.status());
    if (saved.ok()) {
      if (saved->has_value()) {
        Report(**saved);
      } else {
        log::Warning("lease lost, result dropped", {{"name", claimed.message.name()}});
      }
      return;
    }
    // A fault of ours would not heal: the lease ends, and what it covered counts as a doubt.
    if (out_of_time() || absl::IsInternal(saved.status())) {
      return;
    }
    if (!waits) {
      waits = true;
      ++unsaved_;
    }
    absl::SleepFor(pause);
  }
}

SmtpResult Sender::Attempt(SmtpClient& relay, const store::ClaimedMessage& claimed) {
  const runtime::Context ctx(Step(clock_));
  const v1::Message& message = claimed.message;
  const absl::StatusOr<Facts> facts = read_facts_(ctx, message);
  if (!facts.ok()) {
    return {.attempt = rules::Unreadable(facts.status())};
  }
  const absl::StatusOr<Mail> mail = WriteMail(message, *facts, options_.from, ctx.now());
  if (!mail.ok()) {
    return {.attempt = {.ending = rules::Ending::kNotMade,
                        .problem = std::string(mail.status().message())}};
  }
  static auto& seconds =
      metrics::Histogram("notifications_smtp_seconds",
                         "Time to hand a mail to the relay, by the relay's last code", {"code"});
  Delivery delivery(*this, claimed.lease);
  const absl::Time began = absl::Now();
  const SmtpResult result =
      relay.Send(mail->from.address, mail->to.address, ToMime(*mail), delivery);
  seconds.Observe({absl::StrCat(result.attempt.smtp_code)},
                  absl::ToDoubleSeconds(absl::Now() - began));
  return result;
}

absl::StatusOr<std::optional<v1::Message>> Sender::Save(const store::Lease& lease,
                                                        const rules::Attempt& attempt) {
  const runtime::Context ctx(Step(clock_));
  return database_.Transact(ctx, [&](db::Tx& tx) -> absl::StatusOr<std::optional<v1::Message>> {
    ASSIGN_OR_RETURN(const std::optional<store::StoredMessage> held, store::LockHeld(tx, lease));
    if (!held.has_value()) {
      return std::nullopt;
    }
    v1::Message after = held->message;
    const absl::Duration delay = rules::EndAttempt(attempt, options_.first_retry, ctx.now(), after);
    ASSIGN_OR_RETURN(after, store::SaveOutcome(tx, after, delay));
    RETURN_IF_ERROR(RecordEnd(tx, keyring_, ctx, held->message, after, held->discreet));
    return std::optional<v1::Message>(std::move(after));
  });
}

void Sender::MeasureQueue() {
  {
    absl::MutexLock lock(&mutex_);
    if (absl::Now() < measure_at_) {
      return;
    }
    measure_at_ = absl::Now() + kMeasureEvery;
  }
  static auto& depth = metrics::Gauge("notifications_queue_messages",
                                      "Messages that wait or are being sent", {"state"});
  static auto& lag = metrics::Gauge("notifications_queue_lag_seconds",
                                    "For how long the oldest message has been due", {});
  const runtime::Context ctx(Step(clock_));
  const auto figures = database_.Read(ctx, [](db::Tx& tx) { return store::MeasureQueue(tx); });
  if (figures.ok()) {
    depth.Set({v1::Message::State_Name(v1::Message::STATE_QUEUED)},
              static_cast<double>(figures->queued));
    depth.Set({v1::Message::State_Name(v1::Message::STATE_SENDING)},
              static_cast<double>(figures->sending));
    lag.Set({}, std::max(0.0, absl::ToDoubleSeconds(figures->lag)));
  }
}

void Sender::Pause(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&stopping_), duration);
}

bool Sender::stopping() const {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

bool Sender::out_of_time() const {
  absl::MutexLock lock(&mutex_);
  return absl::Now() >= cut_at_;
}

}  // namespace scharnier::notifications
