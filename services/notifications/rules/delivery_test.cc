#include "services/notifications/rules/delivery.h"

#include "gmock/gmock.h"

namespace scharnier::notifications::rules {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;
using Message = v1::Message;

constexpr absl::Duration kMinute = absl::Minutes(1);
const absl::Time kNow = absl::FromUnixMicros(1'602'745'200'000'001);

Message Sending(int attempts, int doubts = 0) {
  Message message;
  message.set_state(Message::STATE_SENDING);
  message.set_attempts(attempts);
  message.set_doubts(doubts);
  return message;
}

TEST(BackOffTest, GrowsToFourHours) {
  const absl::Duration expected[] = {absl::Minutes(1), absl::Minutes(5), absl::Minutes(15),
                                     absl::Hours(1),   absl::Hours(4),   absl::Hours(4)};
  for (int attempts = 1; attempts <= 6; ++attempts) {
    EXPECT_EQ(BackOff(attempts, kMinute), expected[attempts - 1]) << attempts;
  }
  EXPECT_EQ(BackOff(2, absl::Milliseconds(10)), absl::Milliseconds(50));
  EXPECT_EQ(BackOff(0, kMinute), kMinute);
}

TEST(BackOffTest, AMessageIsTriedForFourDays) {
  absl::Duration total;
  for (int attempts = 1; attempts < kMaxAttempts; ++attempts) {
    total += BackOff(attempts, kMinute);
  }
  EXPECT_GT(total, absl::Hours(96));
  EXPECT_LT(total, absl::Hours(120));
}

TEST(DeliveryTest, BeginCountsTheAttempt) {
  Message message = Sending(2);
  message.set_state(Message::STATE_QUEUED);
  BeginAttempt(message);
  EXPECT_EQ(message.state(), Message::STATE_SENDING);
  EXPECT_EQ(message.attempts(), 3);
}

struct Case {
  const char* what;
  Ending ending;
  int attempts, doubts;  // before
  Message::State state;  // after
  int attempts_after, doubts_after;
  absl::Duration delay;  // with STATE_QUEUED
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.what; }

class EndAttemptTest : public ::testing::TestWithParam<Case> {};

TEST_P(EndAttemptTest, MovesTheMessageOn) {
  const Case& c = GetParam();
  Message message = Sending(c.attempts, c.doubts);
  const absl::Duration delay = EndAttempt(
      {.ending = c.ending, .smtp_code = 451, .problem = "words"}, kMinute, kNow, message);
  EXPECT_EQ(message.state(), c.state);
  EXPECT_EQ(message.attempts(), c.attempts_after);
  EXPECT_EQ(message.doubts(), c.doubts_after);
  EXPECT_EQ(message.smtp_code(), 451);
  EXPECT_EQ(message.problem(), "words");
  EXPECT_EQ(message.has_accept_time(), c.state == Message::STATE_ACCEPTED);
  if (c.state == Message::STATE_QUEUED) {
    EXPECT_EQ(delay, c.delay);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, EndAttemptTest,
    ::testing::Values(
        Case{"accepted", Ending::kAccepted, 1, 0, Message::STATE_ACCEPTED, 1, 0, {}},
        Case{"accepted_after_a_doubt", Ending::kAccepted, 2, 1, Message::STATE_ACCEPTED, 2, 1, {}},
        Case{"deferred", Ending::kDeferred, 1, 0, Message::STATE_QUEUED, 1, 0, kMinute},
        Case{"deferred_again", Ending::kDeferred, 2, 0, Message::STATE_QUEUED, 2, 0,
             absl::Minutes(5)},
        Case{"deferred_after_a_doubt", Ending::kDeferred, 2, 1, Message::STATE_QUEUED, 2, 1,
             absl::Minutes(5)},
        Case{"last_but_one", Ending::kDeferred, kMaxAttempts - 1, 0, Message::STATE_QUEUED,
             kMaxAttempts - 1, 0, absl::Hours(4)},
        Case{"used_up",
             Ending::kDeferred,
             kMaxAttempts,
             0,
             Message::STATE_TEMPORARY_FAILURE,
             kMaxAttempts,
             0,
             {}},
        Case{"refused", Ending::kRefused, 1, 0, Message::STATE_PERMANENT_FAILURE, 1, 0, {}},
        Case{"first_doubt", Ending::kDoubtful, 1, 0, Message::STATE_QUEUED, 1, 1, kMinute},
        Case{"second_doubt", Ending::kDoubtful, 2, 1, Message::STATE_IN_DOUBT, 2, 2, {}},
        Case{"doubt_at_the_end",
             Ending::kDoubtful,
             kMaxAttempts,
             0,
             Message::STATE_IN_DOUBT,
             kMaxAttempts,
             1,
             {}},
        Case{"not_made", Ending::kNotMade, 1, 0, Message::STATE_TECHNICAL_FAILURE, 1, 0, {}},
        Case{"not_tried", Ending::kNotTried, 3, 1, Message::STATE_QUEUED, 2, 1, absl::Seconds(5)},
        Case{"not_tried_at_the_end", Ending::kNotTried, kMaxAttempts, 0, Message::STATE_QUEUED,
             kMaxAttempts - 1, 0, absl::Seconds(5)}),
    [](const auto& param) { return param.param.what; });

TEST(DeliveryTest, AcceptanceHasItsInstant) {
  Message message = Sending(1);
  EndAttempt({.ending = Ending::kAccepted, .smtp_code = 250}, kMinute, kNow, message);
  EXPECT_EQ(message.accept_time().seconds(), 1'602'745'200);
  EXPECT_EQ(message.accept_time().nanos(), 1000);
}

// The promise: however attempts end, a message is handed over without a certain refusal at most 1 +
// doubts times.
TEST(DeliveryTest, AMessageIsHandedOverOnceMoreThanItsDoubtsAtMost) {
  for (const auto& endings : std::vector<std::vector<Ending>>{
           {Ending::kDoubtful, Ending::kDoubtful, Ending::kAccepted},
           {Ending::kDoubtful, Ending::kDeferred, Ending::kDoubtful, Ending::kAccepted},
           {Ending::kDeferred, Ending::kDoubtful, Ending::kNotTried, Ending::kAccepted},
       }) {
    Message message;
    message.set_state(Message::STATE_QUEUED);
    int perhaps_accepted = 0;
    for (const Ending ending : endings) {
      if (IsFinal(message.state())) {
        break;
      }
      BeginAttempt(message);
      perhaps_accepted += ending == Ending::kDoubtful || ending == Ending::kAccepted;
      EndAttempt({.ending = ending}, kMinute, kNow, message);
    }
    EXPECT_TRUE(IsFinal(message.state()));
    EXPECT_LE(perhaps_accepted, 1 + message.doubts());
    EXPECT_LE(perhaps_accepted, 2);
  }
}

TEST(DeliveryTest, AWorkerLostAfterTheHandOverIsADoubt) {
  EXPECT_EQ(LostWorker(true).ending, Ending::kDoubtful);
  EXPECT_EQ(LostWorker(false).ending, Ending::kDeferred);
  EXPECT_THAT(LostWorker(true).problem, Not(IsEmpty()));
}

TEST(DeliveryTest, FactsThatCannotBeRead) {
  const std::pair<absl::Status, Ending> cases[] = {
      {absl::NotFoundError("x"), Ending::kNotMade},
      {absl::UnavailableError("x"), Ending::kNotTried},
      {absl::DeadlineExceededError("x"), Ending::kNotTried},
      {absl::ResourceExhaustedError("x"), Ending::kNotTried},
      {absl::AbortedError("x"), Ending::kNotTried},
      {absl::CancelledError("x"), Ending::kNotTried},
      {absl::InternalError("x"), Ending::kDeferred},
      {absl::PermissionDeniedError("x"), Ending::kDeferred},
  };
  for (const auto& [status, ending] : cases) {
    EXPECT_EQ(Unreadable(status).ending, ending) << status;
    EXPECT_THAT(Unreadable(status).problem,
                ::testing::EndsWith(absl::StatusCodeToString(status.code())));
  }
}

TEST(DeliveryTest, TwoStatesGoOn) {
  const google::protobuf::EnumDescriptor* states = Message::State_descriptor();
  for (int i = 1; i < states->value_count(); ++i) {
    const auto state = static_cast<Message::State>(states->value(i)->number());
    EXPECT_EQ(IsFinal(state), state != Message::STATE_QUEUED && state != Message::STATE_SENDING);
  }
}

}  // namespace
}  // namespace scharnier::notifications::rules
