// File: sender.h
// Sends the messages that are due: threads that lease one message each, write its mail and hand it
// to the relay.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_SENDER_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_SENDER_H_

#include <atomic>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/db/database.h"
#include "common/runtime/clock.h"
#include "common/runtime/keyring.h"
#include "services/notifications/circuit.h"
#include "services/notifications/facts.h"
#include "services/notifications/mime.h"
#include "services/notifications/smtp.h"
#include "services/notifications/store/messages.h"

namespace scharnier::notifications {

struct SenderOptions {
  int senders = 4;  // threads, each with a connection to the relay
  absl::Duration lease =
      absl::Seconds(60);  // a message is another's when its worker was silent for so long
  absl::Duration poll = absl::Milliseconds(250);   // how soon an idle worker looks again
  absl::Duration first_retry = absl::Minutes(1);   // rules::BackOff
  absl::Duration relay_pause = absl::Seconds(10);  // after five troubles of the relay in a row
  absl::Duration drain =
      absl::Seconds(10);  // how long a mail that is being handed over has when the process ends
  Mailbox from;
  SmtpOptions smtp;
};

// Runs its threads from construction to destruction. All that it is given outlives it.
class Sender {
 public:
  Sender(db::Database& database, const runtime::Keyring& keyring, const runtime::Clock& clock,
         ReadFacts read_facts, SenderOptions options);
  // Takes no further message. One that the relay has not asked for yet goes back into the queue.
  ~Sender();

 private:
  class Delivery;

  void Work();
  // What the threads do when a message is theirs.
  void Deliver(SmtpClient& relay, const store::ClaimedMessage& claimed);
  absl::StatusOr<std::optional<store::ClaimedMessage>> Claim(const std::string& owner);
  SmtpResult Attempt(SmtpClient& relay, const store::ClaimedMessage& claimed);
  absl::StatusOr<std::optional<v1::Message>> Save(const store::Lease& lease,
                                                  const rules::Attempt& attempt);
  void MeasureQueue();

  // Sleeps, or returns at once when the sender stops.
  void Pause(absl::Duration duration);
  bool stopping() const;
  // Whether even a mail that is being handed over has to be cut.
  bool out_of_time() const;

  db::Database& database_;
  const runtime::Keyring& keyring_;
  const runtime::Clock& clock_;
  const ReadFacts read_facts_;
  const SenderOptions options_;
  Circuit circuit_;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time cut_at_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  absl::Time measure_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::atomic<int> unsaved_{0};  // results that wait for the database
  std::vector<std::thread> threads_;
};

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_SENDER_H_
