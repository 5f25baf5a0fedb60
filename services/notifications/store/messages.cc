#include "services/notifications/store/messages.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/errors/macros.h"
#include "common/runtime/uuid.h"
#include "common/types/etag.h"
#include "common/types/timestamp.h"
#include "services/notifications/sql/messages.sql.h"

namespace scharnier::notifications::store {
namespace {

v1::Message FromRow(const db::Row& row) {
  v1::Message message;
  message.set_name(absl::StrCat("messages/", row.Get<std::string>("id")));
  message.set_purpose(static_cast<v1::Purpose>(row.Get<int>("purpose")));
  message.set_object(row.Get<std::string>("object"));
  message.set_recipient(row.Get<std::string>("recipient"));
  message.set_state(static_cast<v1::Message::State>(row.Get<int>("state")));
  message.set_attempts(row.Get<int>("attempts"));
  message.set_doubts(row.Get<int>("doubts"));
  if (message.state() == v1::Message::STATE_QUEUED) {
    *message.mutable_next_attempt_time() = types::ToProto(row.Get<absl::Time>("due_time"));
  }
  if (!row.IsNull("accept_time")) {
    *message.mutable_accept_time() = types::ToProto(row.Get<absl::Time>("accept_time"));
  }
  message.set_smtp_code(row.Get<int>("smtp_code"));
  message.set_problem(row.Get<std::string>("problem"));
  *message.mutable_create_time() = types::ToProto(row.Get<absl::Time>("create_time"));
  message.set_etag(types::Etag(row.Get<int64_t>("version")));
  return message;
}

StoredMessage StoredFromRow(const db::Row& row) {
  return {.message = FromRow(row), .discreet = row.Get<bool>("discreet")};
}

std::string IdOf(const v1::Message& message) {
  return message.name().substr(message.name().rfind('/') + 1);
}

bool IsOne(int64_t affected) { return affected == 1; }

}  // namespace

absl::StatusOr<std::vector<StoredMessage>> InsertMessages(db::Tx& tx, const Occasion& occasion,
                                                          absl::Time now) {
  constexpr const db::Query& kQuery = db::Find(sql::kMessages, "InsertMessages");
  std::vector<std::string> ids, names;
  std::vector<bool> discreet;
  for (const Recipient& recipient : occasion.recipients) {
    ids.push_back(runtime::NewUuid());
    names.push_back(recipient.name);
    discreet.push_back(recipient.discreet);
  }
  return tx.All(kQuery, StoredFromRow, ids, names, discreet, static_cast<int>(occasion.purpose),
                occasion.object, occasion.thread, occasion.sequence, now);
}

absl::StatusOr<std::vector<Recipient>> ListTold(db::Tx& tx,
                                                const std::vector<std::string>& objects) {
  constexpr const db::Query& kQuery = db::Find(sql::kMessages, "ListTold");
  return tx.All(
      kQuery,
      [](const db::Row& row) {
        return Recipient{.name = row.Get<std::string>("recipient"),
                         .discreet = row.Get<bool>("discreet")};
      },
      objects);
}

absl::StatusOr<bool> BeginTelling(db::Tx& tx, const std::string& change_id) {
  constexpr const db::Query& kQuery = db::Find(sql::kMessages, "BeginTelling");
  ASSIGN_OR_RETURN(const int64_t begun, tx.Exec(kQuery, change_id, runtime::TimeOfUuid(change_id)));
  return IsOne(begun);
}

absl::StatusOr<std::optional<DueMessage>> LockDue(db::Tx& tx) {
  constexpr const db::Query& kQuery = db::Find(sql::kMessages, "LockDue");
  return tx.Maybe(kQuery, [](const db::Row& row) {
    return DueMessage{.message = FromRow(row),
                      .discreet = row.Get<bool>("discreet"),
                      .handed_over = row.Get<bool>("handed_over")};
  });
}

absl::StatusOr<ClaimedMessage> ClaimMessage(db::Tx& tx, const v1::Message& message,
                                            const std::string& owner, absl::Duration term) {
  constexpr const db::Query& kQuery = db::Find(sql::kMessages, "ClaimMessage");
  const std::string id = IdOf(message);
  return tx.One(
      kQuery,
      [&](const db::Row& row) {
        return ClaimedMessage{
            .message = FromRow(row),
            .lease = {.message = id, .owner = owner, .claim = row.Get<int64_t>("claim")}};
      },
      id, owner, absl::ToInt64Microseconds(term), message.attempts(), message.doubts(),
      message.smtp_code(), message.problem());
}

absl::StatusOr<bool> RenewLease(db::Tx& tx, const Lease& lease, absl::Duration term) {
  constexpr const db::Query& kQuery = db::Find(sql::kMessages, "RenewLease");
  ASSIGN_OR_RETURN(const int64_t affected, tx.Exec(kQuery, lease.message, lease.owner, lease.claim,
                                                   absl::ToInt64Microseconds(term)));
  return IsOne(affected);
}

absl::StatusOr<bool> MarkHandedOver(db::Tx& tx, const Lease& lease) {
  constexpr const db::Query& kQuery = db::Find(sql::kMessages, "MarkHandedOver");
  ASSIGN_OR_RETURN(const int64_t affected,
                   tx.Exec(kQuery, lease.message, lease.owner, lease.claim));
  return IsOne(affected);
}

absl::StatusOr<std::optional<StoredMessage>> LockHeld(db::Tx& tx, const Lease& lease) {
  constexpr const db::Query& kQuery = db::Find(sql::kMessages, "LockHeld");
  return tx.Maybe(kQuery, StoredFromRow, lease.message, lease.owner, lease.claim);
}

absl::StatusOr<v1::Message> SaveOutcome(db::Tx& tx, const v1::Message& message,
                                        absl::Duration delay) {
  constexpr const db::Query& kQuery = db::Find(sql::kMessages, "SaveOutcome");
  std::optional<absl::Time> accept_time;
  if (message.has_accept_time()) {
    accept_time = types::FromProto(message.accept_time());
  }
  return tx.One(kQuery, FromRow, IdOf(message), static_cast<int>(message.state()),
                message.attempts(), message.doubts(), message.smtp_code(), message.problem(),
                accept_time, absl::ToInt64Microseconds(delay));
}

absl::StatusOr<v1::Message> GetMessage(db::Tx& tx, const std::string& id) {
  constexpr const db::Query& kQuery = db::Find(sql::kMessages, "GetMessage");
  return db::Named(tx.One(kQuery, FromRow, id), absl::StrCat("messages/", id));
}

absl::StatusOr<std::vector<v1::Message>> ListMessages(db::Tx& tx, const MessageQuery& query) {
  constexpr const db::Query& kQuery = db::Find(sql::kMessages, "ListMessages");
  return tx.All(kQuery, FromRow, query.after, query.state, query.purpose, query.object,
                query.limit);
}

absl::StatusOr<QueueFigures> MeasureQueue(db::Tx& tx) {
  constexpr const db::Query& kQuery = db::Find(sql::kMessages, "MeasureQueue");
  return tx.One(kQuery, [](const db::Row& row) {
    return QueueFigures{.queued = row.Get<int64_t>("queued"),
                        .sending = row.Get<int64_t>("sending"),
                        .lag = absl::Microseconds(row.Get<int64_t>("lag"))};
  });
}

}  // namespace scharnier::notifications::store
