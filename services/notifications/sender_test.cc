#include "services/notifications/sender.h"

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/runtime/metrics.h"
#include "common/runtime/uuid.h"
#include "common/testing/eventually.h"
#include "common/testing/smtp_sink.h"
#include "services/notifications/intake.h"
#include "services/notifications/notifications_test.h"

namespace scharnier::notifications {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing::SmtpSink;
using Message = v1::Message;
using Step = SmtpSink::Step;

class SenderTest : public NotificationsTest {
 protected:
  SenderTest() {
    options_.senders = 2;
    options_.poll = absl::Milliseconds(5);
    options_.first_retry = absl::Microseconds(100);
    options_.relay_pause = absl::Milliseconds(5);
    options_.drain = absl::ZeroDuration();
    options_.from = ParseMailbox("Opgroeien <meedoen@example.org>").value();
    options_.smtp.url = sink_.url();
  }
  void Start() { sender_ = std::make_unique<Sender>(db_, keyring_, clock_, read_facts_, options_); }
  void Stop() { sender_.reset(); }
  // The message once nothing more will happen to it.
  Message Ended(const Message& message) {
    return Await(message, [](const Message& m) { return m.state() > Message::STATE_SENDING; });
  }
  Message Await(const Message& message, const std::function<bool(const Message&)>& done) {
    Message now;
    EXPECT_TRUE(testing::Eventually([&] {
      now = Now(message);
      return done(now);
    })) << now.ShortDebugString();
    return now;
  }
  std::vector<std::string> ChangeTypes() {
    return database_.Sql(
        "SELECT replace(type, 'scharnier.notifications.v1.', '') FROM change ORDER BY n");
  }

  SmtpSink sink_;
  SenderOptions options_;
  ReadFacts read_facts_ = [](const runtime::Context&,
                             const Message& message) -> absl::StatusOr<Facts> {
    RegistrationParts parts = ExampleRegistration();
    parts.registration.set_name(message.object());
    return FactsOf(parts, message.recipient());
  };
  std::unique_ptr<Sender> sender_;
};

TEST_F(SenderTest, EachMessageIsSentOnce) {
  const std::vector<Message> messages = Queue(2);
  Start();
  for (const Message& message : messages) {
    const Message ended = Ended(message);
    EXPECT_EQ(ended.state(), Message::STATE_ACCEPTED);
    EXPECT_EQ(ended.attempts(), 1);
    EXPECT_EQ(ended.doubts(), 0);
    EXPECT_EQ(ended.smtp_code(), 250);
    EXPECT_TRUE(ended.has_accept_time());
  }
  ASSERT_THAT(sink_.mails(), SizeIs(2));
  std::set<std::string> to;
  for (const SmtpSink::Mail& mail : sink_.mails()) {
    EXPECT_EQ(mail.from, "meedoen@example.org");
    to.insert(mail.to);
    const Message& message = messages[mail.to == "zoe@example.org" ? 0 : 1];
    EXPECT_THAT(mail.text, HasSubstr(absl::StrCat("Message-Id: <", message.name().substr(9),
                                                  "@example.org>")));
  }
  EXPECT_THAT(to, ElementsAre("bob@example.org", "zoe@example.org"));
  EXPECT_THAT(ChangeTypes(), ElementsAre("message.accepted", "message.accepted"));
  Stop();
  for (const char* metric : {"notifications_messages_total{purpose=\"PURPOSE_REGISTRATION_"
                             "CONFIRMED\",state=\"STATE_ACCEPTED\"}",
                             "notifications_smtp_seconds_count{code=\"250\"}",
                             "notifications_queue_messages{state=\"STATE_QUEUED\"}",
                             "notifications_queue_lag_seconds"}) {
    EXPECT_TRUE(absl::StrContains(metrics::Render(), metric)) << metric;
  }
}

TEST_F(SenderTest, TheEndOfADiscreetMessageIsAsDiscreet) {
  const std::vector<Message> messages = Queue(2);
  database_.Sql("UPDATE message SET discreet = true WHERE recipient = 'people/1'");
  Start();
  EXPECT_TRUE(testing::Eventually([&] { return ChangeTypes().size() == 2; }));
  Stop();
  EXPECT_THAT(database_.Sql("SELECT resource FROM audit_entry"), ElementsAre(messages[0].name()));
  EXPECT_THAT(database_.Sql("SELECT resource FROM audit WHERE discreet"),
              ElementsAre(messages[1].name()));
}

struct Case {
  const char* what;
  Step step;
  std::vector<absl::string_view> replies;
  Message::State state;
  int attempts, doubts, code;
  size_t mails;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.what; }

class SenderOutcomesTest : public SenderTest, public ::testing::WithParamInterface<Case> {};

TEST_P(SenderOutcomesTest, AreRecorded) {
  const Case& c = GetParam();
  for (const absl::string_view reply : c.replies) {
    sink_.Next(c.step, reply);
  }
  const Message message = Queue(1).front();
  Start();
  const Message ended = Ended(message);
  Stop();
  EXPECT_EQ(Message::State_Name(ended.state()), Message::State_Name(c.state));
  EXPECT_EQ(ended.attempts(), c.attempts);
  EXPECT_EQ(ended.doubts(), c.doubts);
  EXPECT_EQ(ended.smtp_code(), c.code);
  EXPECT_THAT(sink_.mails(), SizeIs(c.mails));
  EXPECT_LE(c.mails, 1u + static_cast<size_t>(ended.doubts())) << "the promise";
  EXPECT_THAT(ChangeTypes(), SizeIs(1)) << "attempts in between are no changes";
  // Each time with the same Message-ID.
  std::set<std::string> ids;
  for (const SmtpSink::Mail& mail : sink_.mails()) {
    for (const absl::string_view line : absl::StrSplit(mail.text, "\r\n")) {
      if (absl::StartsWith(line, "Message-Id:")) {
        ids.insert(std::string(line));
      }
    }
  }
  EXPECT_LE(ids.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    All, SenderOutcomesTest,
    ::testing::Values(
        Case{"deferred",
             Step::kRecipient,
             {"450 later", "451 later"},
             Message::STATE_ACCEPTED,
             3,
             0,
             250,
             1},
        Case{"refused",
             Step::kRecipient,
             {"550 no"},
             Message::STATE_PERMANENT_FAILURE,
             1,
             0,
             550,
             0},
        Case{"refused_text",
             Step::kAnswer,
             {"554 no"},
             Message::STATE_PERMANENT_FAILURE,
             1,
             0,
             554,
             0},
        Case{"lost_answer",
             Step::kAnswer,
             {SmtpSink::kAcceptAndCut},
             Message::STATE_ACCEPTED,
             2,
             1,
             250,
             2},
        Case{"lost_text", Step::kText, {SmtpSink::kCut}, Message::STATE_ACCEPTED, 2, 1, 250, 1},
        Case{"lost_twice",
             Step::kAnswer,
             {SmtpSink::kAcceptAndCut, SmtpSink::kAcceptAndCut},
             Message::STATE_IN_DOUBT,
             2,
             2,
             354,
             2},
        Case{"no_relay_for_a_while",
             Step::kGreeting,
             {"", "", "", "", "", "", "", ""},
             Message::STATE_ACCEPTED,
             9,
             0,
             250,
             1},
        Case{"never", Step::kRecipient, std::vector<absl::string_view>(30, "450 later"),
             Message::STATE_TEMPORARY_FAILURE, 30, 0, 450, 0}),
    [](const auto& param) { return param.param.what; });

TEST_F(SenderTest, WhatIsGoneCannotBeSent) {
  read_facts_ = [](const runtime::Context&, const Message&) { return absl::NotFoundError("gone"); };
  const Message message = Queue(1).front();
  Start();
  const Message ended = Ended(message);
  EXPECT_EQ(ended.state(), Message::STATE_TECHNICAL_FAILURE);
  EXPECT_THAT(sink_.connections(), 0);
  EXPECT_THAT(ChangeTypes(), ElementsAre("message.technical_failure"));
}

TEST_F(SenderTest, ARecipientWhoIsGoneCannotBeTold) {
  const Message message = Queue(3).back();
  Start();
  const Message ended = Ended(message);
  EXPECT_EQ(ended.state(), Message::STATE_TECHNICAL_FAILURE);
  EXPECT_EQ(ended.problem(), "the recipient has no address");
}

TEST_F(SenderTest, WhileTheFactsAreAwayNoAttemptIsUsedUp) {
  std::atomic<bool> away = true;
  std::atomic<int> reads = 0;
  read_facts_ = [&](const runtime::Context&, const Message&) -> absl::StatusOr<Facts> {
    ++reads;
    if (away) {
      return absl::UnavailableError("away");
    }
    return FactsOf(ExampleRegistration(), "people/0");
  };
  const Message message = Queue(1).front();
  Start();
  for (int i = 1; i <= 3; ++i) {
    Await(message, [&](const Message& m) {
      return reads >= i && m.state() == Message::STATE_QUEUED && m.attempts() == 0;
    });
    EndBackOff();
  }
  away = false;
  EndBackOff();
  const Message ended = Await(message, [&](const Message& m) {
    EndBackOff();
    return m.state() == Message::STATE_ACCEPTED;
  });
  EXPECT_EQ(ended.attempts(), 1);
  EXPECT_THAT(sink_.mails(), SizeIs(1));
}

// A worker that was killed while it had the message: its lease ends, and another does what is
// right.
TEST_F(SenderTest, AWorkerKilledBeforeTheHandOverLosesNothing) {
  const Message message = Queue(1).front();
  database_.Sql(
      "UPDATE message SET state = 2, attempts = 1, claim = 1, lease_owner = gen_random_uuid(), "
      "due_time = now() - interval '1 s'");
  Start();
  const Message ended = Ended(message);
  EXPECT_EQ(ended.state(), Message::STATE_ACCEPTED);
  EXPECT_EQ(ended.attempts(), 2);
  EXPECT_EQ(ended.doubts(), 0);
}

TEST_F(SenderTest, AWorkerKilledAfterTheHandOverLeavesADoubt) {
  const Message message = Queue(1).front();
  database_.Sql(
      "UPDATE message SET state = 2, attempts = 1, claim = 1, lease_owner = gen_random_uuid(), "
      "handed_over = true, "
      "due_time = now() - interval '1 s'");
  Start();
  const Message ended = Ended(message);
  EXPECT_EQ(ended.state(), Message::STATE_ACCEPTED);
  EXPECT_EQ(ended.attempts(), 2);
  EXPECT_EQ(ended.doubts(), 1);
}

TEST_F(SenderTest, ASecondDoubtIsTheLast) {
  const Message message = Queue(1).front();
  database_.Sql(
      "UPDATE message SET state = 2, attempts = 2, doubts = 1, claim = 2, lease_owner = "
      "gen_random_uuid(), "
      "handed_over = true, due_time = now() - interval '1 s'");
  Start();
  const Message ended = Ended(message);
  EXPECT_EQ(ended.state(), Message::STATE_IN_DOUBT);
  EXPECT_EQ(ended.doubts(), 2);
  EXPECT_THAT(sink_.mails(), IsEmpty());
  EXPECT_THAT(ChangeTypes(), ElementsAre("message.in_doubt"));
}

TEST_F(SenderTest, ASlowRelayKeepsItsMessage) {
  options_.senders = 2;
  options_.lease = absl::Seconds(2);
  options_.drain = absl::Seconds(20);
  const Message message = Queue(1).front();
  sink_.Next(Step::kAnswer, SmtpSink::kHoldAndAccept);
  Start();
  ASSERT_TRUE(sink_.AwaitHold());
  const auto lease_end = [&] {
    return database_.Sql("SELECT extract(epoch FROM due_time) FROM message").front();
  };
  const std::string first = lease_end();
  Await(message, [&](const Message&) { return lease_end() != first; });
  sink_.Release();
  const Message ended = Ended(message);
  EXPECT_EQ(ended.state(), Message::STATE_ACCEPTED);
  EXPECT_EQ(ended.attempts(), 1);
  EXPECT_EQ(ended.doubts(), 0);
  EXPECT_THAT(sink_.mails(), SizeIs(1));
}

// When the relay asks for the text, the message is another worker's already: nothing is handed
// over.
TEST_F(SenderTest, WhoHasLostTheLeaseHandsNothingOver) {
  options_.senders = 1;
  const Message lost = Queue(1).front();
  const Message next = Queue(1, absl::StrCat(kRegistration, "2")).front();
  read_facts_ = [&](const runtime::Context&, const Message& message) {
    if (message.object() == kRegistration) {
      database_.Sql(
          "UPDATE message SET claim = claim + 1, due_time = now() + interval '1 h' WHERE state = "
          "2");
    }
    return FactsOf(ExampleRegistration(), "people/0");
  };
  Start();
  EXPECT_EQ(Ended(next).state(), Message::STATE_ACCEPTED);
  Stop();
  EXPECT_THAT(sink_.mails(), SizeIs(1));
  EXPECT_EQ(Now(lost).state(), Message::STATE_SENDING) << "it is the other worker's";
  EXPECT_EQ(Now(lost).problem(), "");
}

TEST_F(SenderTest, StoppingPutsBackWhatTheRelayHasNotAskedFor) {
  const Message message = Queue(1).front();
  sink_.Next(Step::kRecipient, SmtpSink::kHold);
  Start();
  ASSERT_TRUE(sink_.AwaitHold());
  Stop();
  EXPECT_EQ(Now(message).state(), Message::STATE_QUEUED);
  EXPECT_EQ(Now(message).doubts(), 0);
}

TEST_F(SenderTest, StoppingWaitsForAMailThatIsHandedOver) {
  options_.drain = absl::Seconds(20);
  const Message message = Queue(1).front();
  sink_.Next(Step::kAnswer, SmtpSink::kHoldAndAccept);
  Start();
  ASSERT_TRUE(sink_.AwaitHold());
  std::thread stop([this] { Stop(); });
  sink_.Release();
  stop.join();
  EXPECT_EQ(Now(message).state(), Message::STATE_ACCEPTED);
}

TEST_F(SenderTest, AMailThatIsCutAtTheEndIsADoubt) {
  const Message message = Queue(1).front();
  sink_.Next(Step::kAnswer, SmtpSink::kHold);
  Start();
  ASSERT_TRUE(sink_.AwaitHold());
  Stop();
  EXPECT_EQ(Now(message).state(), Message::STATE_QUEUED);
  EXPECT_EQ(Now(message).doubts(), 1);
}

TEST_F(SenderTest, SeveralSendersSendEachMessageOnce) {
  options_.senders = 4;
  std::vector<Message> messages;
  for (int i = 0; i < 100; ++i) {
    messages.push_back(Queue(1, absl::StrCat(kRegistration, i)).front());
  }
  Start();
  for (const Message& message : messages) {
    EXPECT_EQ(Ended(message).state(), Message::STATE_ACCEPTED);
  }
  EXPECT_THAT(sink_.mails(), SizeIs(100));
}

// What people are called, and what they answered, is in no row: it was looked up and forgotten.
TEST_F(SenderTest, NothingPersonalIsKept) {
  events::v1::Registration registration = ExampleRegistration().registration;
  changes::v1::Change change;
  change.set_id(runtime::NewUuid());
  change.set_type("scharnier.events.v1.registration.confirmed");
  change.set_subject(kRegistration);
  change.set_sequence(1);
  change.mutable_data()->PackFrom(registration);
  const runtime::Context ctx(Options());
  ASSERT_THAT(
      db_.Transact(ctx,
                   [&](db::Tx& tx) { return QueueMessages(keyring_, nullptr)(ctx, tx, change); }),
      testing::IsOk());
  sink_.Next(Step::kRecipient, "450 zoe@example.org is greylisted");
  sink_.Next(Step::kRecipient, "550 no zoe@example.org here");
  Start();
  EXPECT_TRUE(testing::Eventually(
      [&] { return database_.Sql("SELECT 1 FROM message WHERE state IN (1, 2)").empty(); }));
  Stop();
  ASSERT_THAT(sink_.mails(), Not(IsEmpty())) << "an address was there to be kept";
  for (const std::string& table : database_.Sql("SELECT table_name FROM information_schema.tables "
                                                "WHERE table_schema = 'notifications'")) {
    for (const std::string& row : database_.Sql(absl::StrCat(
             "SELECT t::text || ' ' || coalesce(encode(",
             table == "change" ? "payload" : "''::bytea", ", 'escape'), '') FROM ", table, " t"))) {
      for (const char* canary : {"zoe", "bob@", "Zo", "De Wit", "CANARY", "greylisted"}) {
        EXPECT_THAT(row, Not(HasSubstr(canary))) << table;
      }
    }
  }
}

}  // namespace
}  // namespace scharnier::notifications
