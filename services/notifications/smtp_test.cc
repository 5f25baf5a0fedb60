#include "services/notifications/smtp.h"

#include "common/testing/matchers.h"
#include "common/testing/smtp_sink.h"

namespace scharnier::notifications {
namespace {

using rules::Ending;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing::SmtpSink;
using Step = SmtpSink::Step;

constexpr char kMail[] = "Subject: x\r\n\r\n.dot\r\n..\r\nend\r\n";

HeaderText Address(const char* text) { return HeaderText::From(text).value(); }

// Allows what it is told to, and counts.
class Decisions final : public HandOver {
 public:
  bool MayBegin() override {
    ++begun;
    return may_begin;
  }
  bool MayGoOn(bool has_begun) override { return has_begun ? may_end : may_go_on; }

  bool may_begin = true, may_go_on = true, may_end = true;
  int begun = 0;
};

class SmtpTest : public ::testing::Test {
 protected:
  SmtpResult Send(HandOver& hand_over) {
    if (client_ == nullptr) {
      SmtpOptions options;
      options.url = sink_.url();
      options.reply_timeout = absl::Seconds(60);
      options.mails_per_connection = 3;
      client_ = std::make_unique<SmtpClient>(options);
    }
    return client_->Send(Address("meedoen@example.org"), Address("zoe@example.org"), kMail,
                         hand_over);
  }
  SmtpResult Send() { return Send(decisions_); }

  SmtpSink sink_;
  Decisions decisions_;
  std::unique_ptr<SmtpClient> client_;
};

TEST_F(SmtpTest, TheRelayGetsTheMailAsItIs) {
  const SmtpResult result = Send();
  EXPECT_EQ(result.attempt.ending, Ending::kAccepted) << result.attempt.problem;
  EXPECT_EQ(result.attempt.smtp_code, 250);
  EXPECT_THAT(result.attempt.problem, IsEmpty());
  EXPECT_FALSE(result.relay_trouble);
  EXPECT_EQ(decisions_.begun, 1);
  ASSERT_THAT(sink_.mails(), SizeIs(1));
  EXPECT_EQ(sink_.mails()[0].from, "meedoen@example.org");
  EXPECT_EQ(sink_.mails()[0].to, "zoe@example.org");
  EXPECT_EQ(sink_.mails()[0].text, kMail);
}

TEST_F(SmtpTest, AConnectionCarriesSeveralMailsAndThenEnds) {
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(Send().attempt.ending, Ending::kAccepted);
  }
  EXPECT_EQ(sink_.connections(), 3);
}

struct Case {
  const char* what;
  Step step;
  absl::string_view reply;
  Ending ending;
  int code;
  bool trouble;
  size_t accepted;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.what; }

class SmtpAnswersTest : public SmtpTest, public ::testing::WithParamInterface<Case> {};

TEST_P(SmtpAnswersTest, SayHowItEnded) {
  const Case& c = GetParam();
  sink_.Next(c.step, c.reply);
  const SmtpResult result = Send();
  EXPECT_EQ(static_cast<int>(result.attempt.ending), static_cast<int>(c.ending))
      << result.attempt.problem;
  EXPECT_EQ(result.attempt.smtp_code, c.code);
  EXPECT_EQ(result.relay_trouble, c.trouble);
  EXPECT_THAT(sink_.mails(), SizeIs(c.accepted));
  EXPECT_THAT(result.attempt.problem, Not(HasSubstr("example.org"))) << "it may hold an address";
  EXPECT_EQ(result.attempt.problem.empty(), c.ending == Ending::kAccepted);
  // Whatever happened, the next mail goes out.
  EXPECT_EQ(Send().attempt.ending, Ending::kAccepted);
}

INSTANTIATE_TEST_SUITE_P(
    All, SmtpAnswersTest,
    ::testing::Values(
        Case{"no_greeting", Step::kGreeting, SmtpSink::kCut, Ending::kDeferred, 0, true, 0},
        Case{"greeting_421", Step::kGreeting, "421 sink.example.org busy", Ending::kDeferred, 421,
             true, 0},
        Case{"greeting_554", Step::kGreeting, "554 sink.example.org not here", Ending::kDeferred,
             554, true, 0},
        Case{"hello_cut", Step::kHello, SmtpSink::kCut, Ending::kDeferred, 220, true, 0},
        Case{"sender_451", Step::kSender, "451 later", Ending::kDeferred, 451, false, 0},
        Case{"sender_530", Step::kSender, "530 log in first", Ending::kDeferred, 530, true, 0},
        Case{"sender_550", Step::kSender, "550 no", Ending::kRefused, 550, false, 0},
        Case{"recipient_450", Step::kRecipient, "450 zoe@example.org is greylisted",
             Ending::kDeferred, 450, false, 0},
        Case{"recipient_550", Step::kRecipient, "550 no zoe@example.org here", Ending::kRefused,
             550, false, 0},
        Case{"recipient_421", Step::kRecipient, "421 closing", Ending::kDeferred, 421, true, 0},
        Case{"recipient_cut", Step::kRecipient, SmtpSink::kCut, Ending::kDeferred, 250, true, 0},
        Case{"data_452", Step::kData, "452 disk full", Ending::kDeferred, 452, false, 0},
        Case{"data_554", Step::kData, "554 no", Ending::kRefused, 554, false, 0},
        Case{"data_cut", Step::kData, SmtpSink::kCut, Ending::kDeferred, 250, true, 0},
        Case{"cut_after_354", Step::kText, SmtpSink::kCut, Ending::kDoubtful, 354, true, 0},
        Case{"cut_after_dot", Step::kAnswer, SmtpSink::kCut, Ending::kDoubtful, 354, true, 0},
        Case{"accepted_and_cut", Step::kAnswer, SmtpSink::kAcceptAndCut, Ending::kDoubtful, 354,
             true, 1},
        Case{"answer_451", Step::kAnswer, "451 scanner down", Ending::kDeferred, 451, false, 0},
        Case{"answer_554", Step::kAnswer, "554 spam", Ending::kRefused, 554, false, 0},
        Case{"answer_252", Step::kAnswer, "252 perhaps", Ending::kAccepted, 252, false, 1}),
    [](const auto& param) { return param.param.what; });

TEST_F(SmtpTest, NobodyListens) {
  SmtpOptions options;
  {
    const SmtpSink gone;
    options.url = gone.url();
  }
  SmtpClient client(options);
  const SmtpResult result =
      client.Send(Address("a@example.org"), Address("b@example.org"), kMail, decisions_);
  EXPECT_EQ(result.attempt.ending, Ending::kDeferred);
  EXPECT_TRUE(result.relay_trouble);
  EXPECT_EQ(decisions_.begun, 0);
}

TEST_F(SmtpTest, ARelayWithoutStartTlsGetsNoMailWhenItIsRequired) {
  SmtpOptions options;
  options.url = sink_.url();
  options.starttls = true;
  SmtpClient client(options);
  const SmtpResult result =
      client.Send(Address("a@example.org"), Address("b@example.org"), kMail, decisions_);
  EXPECT_EQ(result.attempt.ending, Ending::kDeferred);
  EXPECT_TRUE(result.relay_trouble);
  EXPECT_EQ(decisions_.begun, 0);
}

TEST_F(SmtpTest, WhoMayNotBeginHandsNothingOver) {
  Decisions no;
  no.may_begin = false;
  const SmtpResult result = Send(no);
  EXPECT_EQ(result.attempt.ending, Ending::kNotTried);
  EXPECT_FALSE(result.relay_trouble);
  EXPECT_EQ(no.begun, 1);
  EXPECT_EQ(Send().attempt.ending, Ending::kAccepted);
  EXPECT_THAT(sink_.mails(), SizeIs(1));
}

TEST_F(SmtpTest, WhoMayNotGoOnIsCutBeforeTheHandOver) {
  Decisions no;
  no.may_go_on = false;
  sink_.Next(Step::kRecipient, SmtpSink::kHold);
  const SmtpResult result = Send(no);
  EXPECT_EQ(result.attempt.ending, Ending::kNotTried);
  EXPECT_EQ(no.begun, 0);
}

TEST_F(SmtpTest, WhoMayNotGoOnAfterTheHandOverIsInDoubt) {
  Decisions no;
  no.may_end = false;
  sink_.Next(Step::kAnswer, SmtpSink::kHold);
  const SmtpResult result = Send(no);
  EXPECT_EQ(result.attempt.ending, Ending::kDoubtful);
  EXPECT_EQ(no.begun, 1);
}

TEST_F(SmtpTest, ASlowReplyIsADoubtOnlyAfterItsTimeout) {
  SmtpOptions options;
  options.url = sink_.url();
  options.reply_timeout = absl::Seconds(1);
  SmtpClient client(options);
  sink_.Next(Step::kAnswer, SmtpSink::kHold);
  const SmtpResult result =
      client.Send(Address("a@example.org"), Address("b@example.org"), kMail, decisions_);
  EXPECT_EQ(result.attempt.ending, Ending::kDoubtful);
  EXPECT_EQ(result.attempt.smtp_code, 354);
}

TEST_F(SmtpTest, ARelayThatStopsReadingIsADoubtAfterTheSameTimeout) {
  SmtpOptions options;
  options.url = sink_.url();
  options.reply_timeout = absl::Seconds(1);
  SmtpClient client(options);
  sink_.Next(Step::kText, SmtpSink::kHold);
  std::string large(kMail);
  while (large.size() < 20'000'000) {  // more than the sockets' buffers hold
    large += "x\r\n";
  }
  const SmtpResult result =
      client.Send(Address("a@example.org"), Address("b@example.org"), large, decisions_);
  EXPECT_EQ(result.attempt.ending, Ending::kDoubtful);
  EXPECT_TRUE(result.relay_trouble);
}

TEST_F(SmtpTest, TheEndWaitsForNoGoodbye) {
  EXPECT_EQ(Send().attempt.ending, Ending::kAccepted);
  sink_.Next(Step::kQuit, SmtpSink::kHold);
  client_.reset();
  EXPECT_FALSE(sink_.holding());
}

}  // namespace
}  // namespace scharnier::notifications
