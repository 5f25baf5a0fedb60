// File: messages.h
// Messages in the database: the queue that workers lease from, and the list that staff read.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_STORE_MESSAGES_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_STORE_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/tx.h"
#include "scharnier/notifications/v1/message.pb.h"

namespace scharnier::notifications::store {

// Who is to be told.
struct Recipient {
  std::string name;       // as in v1::Message
  bool discreet = false;  // nobody reads of the message: it would tell that a draft exists
};
// What is to be told, and to whom.
struct Occasion {
  v1::Purpose purpose = v1::PURPOSE_UNSPECIFIED;
  std::string object;                 // as in v1::Message
  std::string thread;                 // what is told of it reaches a recipient in order
  int64_t sequence = 0;               // which change of the resource
  std::vector<Recipient> recipients;  // each once
};
struct StoredMessage {
  v1::Message message;
  bool discreet = false;
};
// Queues one message a recipient and returns those that are new: the same occasion has its messages
// once.
absl::StatusOr<std::vector<StoredMessage>> InsertMessages(db::Tx& tx, const Occasion& occasion,
                                                          absl::Time now);

// Who was told of any of these objects, whatever became of it; discreet where all of it was.
absl::StatusOr<std::vector<Recipient>> ListTold(db::Tx& tx,
                                                const std::vector<std::string>& objects);

// Whether a change is to be told of now: it was not before, and was made (by the id's clock) since
// this schema exists. From here on it was.
absl::StatusOr<bool> BeginTelling(db::Tx& tx, const std::string& change_id);

// A message that is due, with its row locked.
struct DueMessage {
  v1::Message message;
  bool discreet = false;
  bool handed_over =
      false;  // with STATE_SENDING: whether the worker that lost it had begun to hand it over
};
// Locks the message that has been due for longest, which nobody else is claiming; nullopt: there is
// none. A message in STATE_SENDING is due when its worker's lease has ended.
absl::StatusOr<std::optional<DueMessage>> LockDue(db::Tx& tx);

// What a worker has to show to say anything of a message.
struct Lease {
  std::string message;  // its id
  std::string owner;    // the worker's UUID
  int64_t claim = 0;    // fences: the next claim is higher
};
struct ClaimedMessage {
  v1::Message message;
  Lease lease;
};
// Leases a locked message to a worker for `term`, and saves what its new attempt has changed.
absl::StatusOr<ClaimedMessage> ClaimMessage(db::Tx& tx, const v1::Message& message,
                                            const std::string& owner, absl::Duration term);

// The three below say false, or nullopt, when the lease has been lost to another worker.
// Prolongs the lease to `term` from now.
absl::StatusOr<bool> RenewLease(db::Tx& tx, const Lease& lease, absl::Duration term);
// Remembers that from here on the relay may accept the message.
absl::StatusOr<bool> MarkHandedOver(db::Tx& tx, const Lease& lease);
// Locks the message to save how its attempt ended.
absl::StatusOr<std::optional<StoredMessage>> LockHeld(db::Tx& tx, const Lease& lease);

// Saves a locked message whose attempt has ended, and gives up the lease; in STATE_QUEUED it is due
// after `delay`. Returns it as stored.
absl::StatusOr<v1::Message> SaveOutcome(db::Tx& tx, const v1::Message& message,
                                        absl::Duration delay);

// These two know of no message that is discreet. Errors: NOT_FOUND RESOURCE_NOT_FOUND.
absl::StatusOr<v1::Message> GetMessage(db::Tx& tx, const std::string& id);

struct MessageQuery {
  std::optional<std::string> after;  // the last message's id
  std::optional<int> state;
  std::optional<int> purpose;
  std::optional<std::string> object;
  int limit = 0;
};
// Newest first.
absl::StatusOr<std::vector<v1::Message>> ListMessages(db::Tx& tx, const MessageQuery& query);

struct QueueFigures {
  int64_t queued = 0;
  int64_t sending = 0;
  absl::Duration lag;  // since when the oldest has been due; negative: until when it is
};
absl::StatusOr<QueueFigures> MeasureQueue(db::Tx& tx);

}  // namespace scharnier::notifications::store

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_STORE_MESSAGES_H_
