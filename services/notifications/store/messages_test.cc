#include "services/notifications/store/messages.h"

#include <set>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/errors/macros.h"
#include "common/runtime/uuid.h"
#include "common/types/timestamp.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/notifications/notifications_test.h"
#include "services/notifications/sql/all.sql.h"

namespace scharnier::notifications::store {
namespace {

namespace ty = ::scharnier::types::v1;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsOkAnd;
using ::testing::Not;
using ::testing::SizeIs;
using Message = v1::Message;

constexpr absl::Duration kLease = absl::Minutes(1);

class MessagesTest : public NotificationsTest {
 protected:
  // Claims what is due, as a worker does.
  std::optional<ClaimedMessage> Claim(const std::string& owner) {
    auto claimed = Transact([&](db::Tx& tx) -> absl::StatusOr<std::optional<ClaimedMessage>> {
      ASSIGN_OR_RETURN(const std::optional<DueMessage> due, LockDue(tx));
      if (!due.has_value()) {
        return std::nullopt;
      }
      Message message = due->message;
      message.set_attempts(message.attempts() + 1);
      ASSIGN_OR_RETURN(ClaimedMessage mine, ClaimMessage(tx, message, owner, kLease));
      return std::optional<ClaimedMessage>(std::move(mine));
    });
    EXPECT_THAT(claimed, IsOk());
    return *claimed;
  }
  // Ends an attempt in a state; false: the lease was lost.
  bool End(const Lease& lease, Message::State state, absl::Duration delay = absl::ZeroDuration()) {
    const auto saved = Transact([&](db::Tx& tx) -> absl::StatusOr<bool> {
      ASSIGN_OR_RETURN(std::optional<StoredMessage> held, LockHeld(tx, lease));
      if (!held.has_value()) {
        return false;
      }
      held->message.set_state(state);
      if (state == Message::STATE_ACCEPTED) {
        *held->message.mutable_accept_time() = types::ToProto(clock_.Now());
      }
      RETURN_IF_ERROR(SaveOutcome(tx, held->message, delay).status());
      return true;
    });
    EXPECT_THAT(saved, IsOk());
    return *saved;
  }
  const std::string a_ = runtime::NewUuid(), b_ = runtime::NewUuid();
};

TEST_F(MessagesTest, EveryQueryCanBePreparedAndEveryColumnIsTagged) {
  EXPECT_THAT(testing::PrepareAll(database_, sql::All()), IsEmpty());
  EXPECT_THAT(testing::UntaggedColumns(database_), IsEmpty());
}

TEST_F(MessagesTest, OneMessageARecipientOnce) {
  const std::vector<Message> messages = Queue(3);
  ASSERT_THAT(messages, SizeIs(3));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(messages[i].recipient(), absl::StrCat("people/", i));
    EXPECT_EQ(messages[i].state(), Message::STATE_QUEUED);
    EXPECT_EQ(messages[i].object(), kRegistration);
    EXPECT_EQ(messages[i].purpose(), v1::PURPOSE_REGISTRATION_CONFIRMED);
    EXPECT_EQ(types::FromProto(messages[i].create_time()), clock_.Now());
    EXPECT_TRUE(messages[i].has_next_attempt_time());
    EXPECT_THAT(messages[i].etag(), Not(IsEmpty()));
    EXPECT_THAT(Now(messages[i]), testing::EqualsProto(messages[i]));
  }
  EXPECT_THAT(Queue(3), IsEmpty()) << "the same change again";
  EXPECT_THAT(Queue(4), SizeIs(1)) << "a recipient more";
  EXPECT_THAT(Queue(1, kRegistration, 2), SizeIs(1)) << "another change";
  EXPECT_THAT(Queue(0, kRegistration, 3), IsEmpty());
}

TEST_F(MessagesTest, AClaimLeasesTheMessage) {
  const Message queued = Queue(1).front();
  const auto claimed = Claim(a_);
  ASSERT_TRUE(claimed.has_value());
  EXPECT_EQ(claimed->message.name(), queued.name());
  EXPECT_EQ(claimed->message.state(), Message::STATE_SENDING);
  EXPECT_EQ(claimed->message.attempts(), 1);
  EXPECT_NE(claimed->message.etag(), queued.etag());
  EXPECT_FALSE(Claim(b_).has_value()) << "it is leased";
  EXPECT_TRUE(End(claimed->lease, Message::STATE_ACCEPTED));
  const Message accepted = Now(queued);
  EXPECT_EQ(accepted.state(), Message::STATE_ACCEPTED);
  EXPECT_EQ(types::FromProto(accepted.accept_time()), clock_.Now());
  EXPECT_FALSE(accepted.has_next_attempt_time());
  EndLeases();
  EXPECT_FALSE(Claim(b_).has_value()) << "it is final";
}

TEST_F(MessagesTest, ALeaseThatHasEndedIsAnothers) {
  Queue(1);
  const auto first = Claim(a_);
  ASSERT_TRUE(first.has_value());
  EndLeases();
  const auto second = Claim(b_);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->lease.message, first->lease.message);
  EXPECT_GT(second->lease.claim, first->lease.claim);
  // Whatever the first says now is refused.
  const auto refused = [&](const Lease& lease) {
    EXPECT_THAT(Transact([&](db::Tx& tx) { return RenewLease(tx, lease, kLease); }),
                IsOkAnd(false));
    EXPECT_THAT(Transact([&](db::Tx& tx) { return MarkHandedOver(tx, lease); }), IsOkAnd(false));
    EXPECT_FALSE(End(lease, Message::STATE_ACCEPTED));
  };
  refused(first->lease);
  // Even where the same worker has claimed it again.
  Lease stale = second->lease;
  stale.claim = first->lease.claim;
  refused(stale);
  EXPECT_TRUE(End(second->lease, Message::STATE_ACCEPTED));
  refused(second->lease);
}

TEST_F(MessagesTest, ARenewedLeaseStays) {
  Queue(1);
  const auto claimed = Claim(a_);
  EndLeases();
  EXPECT_THAT(Transact([&](db::Tx& tx) { return RenewLease(tx, claimed->lease, kLease); }),
              IsOkAnd(true));
  EXPECT_FALSE(Claim(b_).has_value());
}

TEST_F(MessagesTest, TheHandOverIsRemembered) {
  Queue(1);
  const auto handed_over = [&] {
    const auto due = Transact([](db::Tx& tx) { return LockDue(tx); });
    EXPECT_THAT(due, IsOk());
    return due->value().handed_over;
  };
  auto claimed = Claim(a_);
  EndLeases();
  EXPECT_FALSE(handed_over());
  EXPECT_THAT(Transact([&](db::Tx& tx) { return MarkHandedOver(tx, claimed->lease); }),
              IsOkAnd(true));
  EXPECT_TRUE(handed_over());
  claimed = Claim(b_);
  EndLeases();
  EXPECT_FALSE(handed_over()) << "of the claim before";
}

TEST_F(MessagesTest, BackOffGoesByTheDatabase) {
  const Message message = Queue(1).front();
  const auto claimed = Claim(a_);
  EXPECT_TRUE(End(claimed->lease, Message::STATE_QUEUED, absl::Hours(1)));
  EXPECT_FALSE(Claim(b_).has_value());
  EXPECT_THAT(database_.Sql("SELECT due_time BETWEEN now() + interval '59 min' AND now() + "
                            "interval '1 h' FROM message"),
              ElementsAre("t"));
  EXPECT_TRUE(Now(message).has_next_attempt_time());
  EndBackOff();
  EXPECT_TRUE(Claim(b_).has_value());
}

TEST_F(MessagesTest, WhatIsBeingClaimedIsSkipped) {
  Queue(1);
  Queue(1, absl::StrCat(kRegistration, "2"));
  const auto seen = Transact([&](db::Tx& tx) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const std::optional<DueMessage> due, LockDue(tx));
    // Another connection, while this one holds the lock.
    const auto other = Claim(b_);
    EXPECT_TRUE(other.has_value());
    EXPECT_NE(other->message.name(), due->message.name());
    EXPECT_FALSE(Claim(b_).has_value());
    return due->message.name();
  });
  EXPECT_THAT(seen, IsOk());
}

TEST_F(MessagesTest, ManyWorkersClaimEachMessageOnce) {
  constexpr int kMessages = 100;
  for (int i = 0; i < kMessages; ++i) {
    Queue(1, absl::StrCat("object ", i));
  }
  absl::Mutex mutex;
  std::vector<std::string> claimed;
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      const std::string owner = runtime::NewUuid();
      while (const auto mine = Claim(owner)) {
        absl::MutexLock lock(&mutex);
        claimed.push_back(mine->message.name());
      }
    });
  }
  for (std::thread& worker : workers) {
    worker.join();
  }
  EXPECT_THAT(claimed, SizeIs(kMessages));
  EXPECT_THAT(std::set<std::string>(claimed.begin(), claimed.end()), SizeIs(kMessages));
}

TEST_F(MessagesTest, TheEarlierMessageOfAThreadGoesFirst) {
  const Message first = Queue(1, kRegistration, 1).front();
  const std::vector<Message> later = Queue(2, kRegistration, 2);
  database_.Sql("UPDATE message SET due_time = now() - interval '1 h' WHERE sequence = 2");
  const auto other = Claim(a_);
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ(other->message.name(), later[1].name()) << "its recipient waits for nothing earlier";
  const auto claimed = Claim(a_);
  ASSERT_TRUE(claimed.has_value());
  EXPECT_EQ(claimed->message.name(), first.name());
  EXPECT_FALSE(Claim(a_).has_value()) << "the first is being sent";
  EXPECT_TRUE(End(claimed->lease, Message::STATE_QUEUED, absl::Hours(1)));
  EXPECT_FALSE(Claim(a_).has_value()) << "the first waits for its next attempt";
  EndBackOff();
  const auto again = Claim(a_);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->message.name(), first.name());
  EXPECT_TRUE(End(again->lease, Message::STATE_PERMANENT_FAILURE));
  const auto last = Claim(a_);
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->message.name(), later[0].name());
}

TEST_F(MessagesTest, PagesAndConditions) {
  std::vector<std::string> newest_first;
  for (int i = 0; i < 5; ++i) {
    newest_first.insert(newest_first.begin(), Queue(1, absl::StrCat("object ", i)).front().name());
  }
  const auto list = [&](const MessageQuery& query) {
    const auto found = Transact([&](db::Tx& tx) { return ListMessages(tx, query); });
    EXPECT_THAT(found, IsOk());
    std::vector<std::string> names;
    for (const Message& message : *found) {
      names.push_back(message.name());
    }
    return names;
  };
  EXPECT_EQ(list({.limit = 10}), newest_first);
  EXPECT_THAT(list({.after = newest_first[1].substr(9), .limit = 2}),
              ElementsAre(newest_first[2], newest_first[3]));
  EXPECT_THAT(list({.object = "object 3", .limit = 10}), ElementsAre(newest_first[1]));
  EXPECT_THAT(list({.state = Message::STATE_QUEUED,
                    .purpose = v1::PURPOSE_REGISTRATION_CONFIRMED,
                    .limit = 10}),
              SizeIs(5));
  EXPECT_THAT(list({.state = Message::STATE_ACCEPTED, .limit = 10}), IsEmpty());
  EXPECT_THAT(list({.purpose = v1::PURPOSE_REGISTRATION_CANCELLED, .limit = 10}), IsEmpty());
}

TEST_F(MessagesTest, AnUnknownMessageIsNotFound) {
  EXPECT_THAT(
      Transact([](db::Tx& tx) { return GetMessage(tx, "01900000-0000-7000-8000-000000000001"); }),
      HasReason(ty::ERROR_REASON_RESOURCE_NOT_FOUND));
}

TEST_F(MessagesTest, FiguresOfTheQueue) {
  const auto figures = [&] {
    return Transact([](db::Tx& tx) { return MeasureQueue(tx); }).value();
  };
  EXPECT_EQ(figures().queued, 0);
  EXPECT_EQ(figures().lag, absl::ZeroDuration());
  Queue(3);
  database_.Sql(
      "UPDATE message SET due_time = now() - interval '1 h' WHERE recipient = 'people/1'");
  const QueueFigures waiting = figures();
  EXPECT_EQ(waiting.queued, 3);
  EXPECT_EQ(waiting.sending, 0);
  EXPECT_GE(waiting.lag, absl::Hours(1));
  Claim(a_);
  EXPECT_EQ(figures().queued, 2);
  EXPECT_EQ(figures().sending, 1);
}

// The connection plans while the table is as its statistics say, nearly empty, and keeps the plan
// when a burst comes.
TEST_F(MessagesTest, ClaimingDoesNotReadTheBacklogWhateverStatisticsSay) {
  database_.Sql("ALTER TABLE message SET (autovacuum_enabled = false)");
  database_.Sql("VACUUM ANALYZE message");
  EXPECT_EQ(Claim(a_), std::nullopt);
  database_.Sql(
      "INSERT INTO message (id, purpose, object, thread, recipient, sequence, state, due_time,"
      " create_time)"
      " SELECT gen_random_uuid(), 1, o.thread, o.thread, o.recipient, 1, 1,"
      " now() - interval '1 min' + i * interval '1 ms', now()"
      " FROM generate_series(1, 2000) AS i, LATERAL (VALUES"
      " ('sessions/x/registrations/' || i, 'people/0'), ('calls/x', 'organisations/' || i)"
      ") AS o (thread, recipient)");
  static constexpr db::Query kExplain = {
      "ExplainLockDue", "EXPLAIN (ANALYZE, COSTS off, TIMING off) EXECUTE \"LockDue\""};
  const auto plan = Transact([](db::Tx& tx) {
    return tx.All(kExplain,
                  [](const db::Row& row) { return row.Get<std::string>("\"QUERY PLAN\""); });
  });
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(*plan, Contains(HasSubstr("rows=1 ")));
  EXPECT_THAT(*plan, Each(Not(ContainsRegex("(rows=|Removed.*: )[0-9]{2}"))));
}

}  // namespace
}  // namespace scharnier::notifications::store
