#include <algorithm>
#include <atomic>
#include <latch>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/rpc/names.h"
#include "common/runtime/uuid.h"
#include "common/testing/matchers.h"
#include "scharnier/events/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/events/events_test.h"

namespace scharnier::events {
namespace {

using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasField;
using testing::HasMetadata;
using testing::HasReason;
using testing::IsOk;
using ::testing::Not;

constexpr auto kConfirmed = v1::Registration::STATE_CONFIRMED;
constexpr auto kWaitlisted = v1::Registration::STATE_WAITLISTED;
constexpr auto kCancelled = v1::Registration::STATE_CANCELLED;

// Runs `body(i)` for i < n on threads that begin together.
void InParallel(int n, const std::function<void(int)>& body) {
  std::latch ready(n);
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) {
    threads.emplace_back([&, i] {
      ready.arrive_and_wait();
      body(i);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

class RegisterTest : public EventsTest {
 protected:
  int64_t Arrival(const std::string& name) {
    int64_t arrival = 0;
    EXPECT_TRUE(
        absl::SimpleAtoi(database_.Sql(absl::StrCat("SELECT arrival FROM registration WHERE id = '",
                                                    rpc::NameIds(name)[1], "'"))[0],
                         &arrival));
    return arrival;
  }
};

TEST_F(RegisterTest, SeatsThenWaitsAndReadsBack) {
  const v1::Session session = MakeSession();
  const auto first = Register(session, "een@example.org");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->state(), kConfirmed);
  EXPECT_EQ(first->waiting_position(), 0);
  EXPECT_EQ(first->recipients_size(), 1);
  ASSERT_THAT(Register(session, "twee@example.org"), IsOk());
  const auto third = Register(session, "drie@example.org");
  ASSERT_THAT(third, IsOk());
  EXPECT_EQ(third->state(), kWaitlisted);
  EXPECT_EQ(third->waiting_position(), 1);
  EXPECT_THAT(Read("een@example.org", first->name()), EqualsProto(*first));
  EXPECT_THAT(Read("drie@example.org", third->name()), EqualsProto(*third));
  const auto seats = Get(Anonymous(), session.name());
  ASSERT_THAT(seats, IsOk());
  EXPECT_EQ(seats->confirmed_seats(), 2);
  EXPECT_EQ(seats->waiting_seats(), 1);
  EXPECT_EQ(seats->etag(), session.etag()) << "taking a seat is no change of the session";
}

TEST_F(RegisterTest, TwoHundredForTheLastSeat) {
  const v1::Session session = MakeSession([](v1::Session& s) { s.set_capacity(1); });
  constexpr int kCallers = 200;
  std::vector<v1::Registration> answers(kCallers);
  InParallel(kCallers, [&](int i) {
    const auto answer = Register(session, absl::StrCat("beller", i, "@example.org"));
    ASSERT_THAT(answer, IsOk());
    answers[i] = *answer;
  });
  std::set<int> positions;
  for (const v1::Registration& answer : answers) {
    positions.insert(answer.waiting_position());
    EXPECT_EQ(answer.waiting_position() == 0, answer.state() == kConfirmed);
  }
  EXPECT_EQ(static_cast<int>(positions.size()), kCallers);
  EXPECT_EQ(*positions.rbegin(), kCallers - 1);
}

TEST_F(RegisterTest, ACallSentAfterAnAnswerNeverStandsBeforeIt) {
  const v1::Session session = MakeSession([](v1::Session& s) { s.set_capacity(1); });
  constexpr int kThreads = 16, kCalls = 25;
  struct Call {
    int64_t sent, answered;
    std::string name;
  };
  std::vector<Call> calls(size_t{kThreads} * kCalls);
  std::atomic<int64_t> ticks{0};
  InParallel(kThreads, [&](int thread) {
    for (int i = 0; i < kCalls; ++i) {
      Call& call = calls[thread * kCalls + i];
      call.sent = ++ticks;
      const auto answer = Register(session, absl::StrCat("p", thread, ".", i, "@example.org"));
      call.answered = ++ticks;
      ASSERT_THAT(answer, IsOk());
      call.name = answer->name();
    }
  });
  std::map<std::string, int64_t> arrivals;
  for (const Call& call : calls) {
    arrivals[call.name] = Arrival(call.name);
  }
  for (const Call& earlier : calls) {
    for (const Call& later : calls) {
      if (earlier.answered < later.sent) {
        ASSERT_LT(arrivals[earlier.name], arrivals[later.name]);
      }
    }
  }
}

TEST_F(RegisterTest, ANewcomerRacingACancellationNeverPassesTheFirstWaiter) {
  for (int round = 0; round < 40; ++round) {
    const v1::Session session = MakeSession([](v1::Session& s) { s.set_capacity(1); });
    const auto seated = Register(session, "zit@example.org");
    const auto waiter = Register(session, "wacht@example.org");
    ASSERT_THAT(seated, IsOk());
    ASSERT_THAT(waiter, IsOk());
    absl::StatusOr<v1::Registration> newcomer = absl::UnknownError("");
    InParallel(2, [&](int i) {
      if (i == 0) {
        EXPECT_THAT(Cancel(Person("zit@example.org"), seated->name()), IsOk());
      } else {
        newcomer = Register(session, "nieuw@example.org");
      }
    });
    ASSERT_THAT(newcomer, IsOk());
    EXPECT_EQ(newcomer->state(), kWaitlisted);
    EXPECT_EQ(Read("wacht@example.org", waiter->name()).state(), kConfirmed);
  }
}

TEST_F(RegisterTest, OneRequestIdTwelveTimesInParallelHasOneEffect) {
  const v1::Session session = MakeSession();
  const v1::RegisterRequest request = Request(session, "een@example.org");
  std::vector<absl::StatusOr<v1::Registration>> answers(12, absl::UnknownError(""));
  InParallel(12, [&](int i) { answers[i] = Register(Person("een@example.org"), request); });
  for (const auto& answer : answers) {
    ASSERT_THAT(answer, IsOk());
    EXPECT_THAT(*answer, EqualsProto(*answers[0]));
  }
  EXPECT_THAT(database_.Sql("SELECT count(*) FROM registration"), ElementsAre("1"));
  EXPECT_THAT(database_.Sql("SELECT count(*) FROM change WHERE type LIKE '%registration%'"),
              ElementsAre("1"));

  v1::RegisterRequest other = request;
  other.mutable_registration()->set_region(types::v1::REGION_LIM);
  EXPECT_THAT(Register(Person("een@example.org"), other),
              HasReason(types::v1::ERROR_REASON_REQUEST_ID_REUSED));
}

TEST_F(RegisterTest, ARepetitionAnswersWithTheRegistrationAsItIsNow) {
  const v1::Session session = MakeSession();
  const v1::RegisterRequest request = Request(session, "een@example.org");
  const auto first = Register(Person("een@example.org"), request);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(Cancel(Person("een@example.org"), first->name()), IsOk());
  const auto again = Register(Person("een@example.org"), request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->name(), first->name());
  EXPECT_EQ(again->state(), kCancelled);
}

TEST_F(RegisterTest, AttendeesComeOnceASessionAndOnceAChoice) {
  const std::string series = MakeSeries().name();
  const auto in_choice = [&](v1::Session& s) {
    s.set_series(series);
    s.set_choice_group("antwerpen");
  };
  const v1::Session morning = MakeSession(in_choice), afternoon = MakeSession(in_choice);
  const auto first = Register(morning, "een@example.org");
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Register(morning, "EEN@example.org"), HasReason(v1::ERROR_REASON_ALREADY_REGISTERED));
  EXPECT_THAT(Register(afternoon, "een@example.org"), HasReason(v1::ERROR_REASON_CHOICE_TAKEN));
  ASSERT_THAT(Cancel(Person("een@example.org"), first->name()), IsOk());
  EXPECT_THAT(Register(afternoon, "een@example.org"), IsOk());
}

TEST_F(RegisterTest, BothSessionsOfAChoiceAtTheSameTimeGiveOneSeat) {
  const std::string series = MakeSeries().name();
  const auto in_choice = [&](v1::Session& s) {
    s.set_series(series);
    s.set_choice_group("antwerpen");
    s.set_capacity(1000);
  };
  const std::vector<v1::Session> sessions = {MakeSession(in_choice), MakeSession(in_choice)};
  for (int round = 0; round < 40; ++round) {
    std::atomic<int> seated{0}, refused{0};
    InParallel(4, [&](int i) {
      const auto answer = Register(sessions[i % 2], absl::StrCat("keuze", round, "@example.org"));
      if (answer.ok()) {
        ++seated;
      } else if (errors::Is(answer.status(), v1::ERROR_REASON_CHOICE_TAKEN) ||
                 errors::Is(answer.status(), v1::ERROR_REASON_ALREADY_REGISTERED)) {
        ++refused;
      } else {
        ADD_FAILURE() << answer.status();
      }
    });
    EXPECT_EQ(seated, 1);
    EXPECT_EQ(refused, 3);
  }
}

TEST_F(RegisterTest, RefusalsWriteNothing) {
  const std::string series = MakeSeries().name();
  const auto in_series = [&](v1::Session& s) { s.set_series(series); };
  const v1::Session open = MakeSession([&](v1::Session& s) {
    in_series(s);
    s.mutable_window()->mutable_deadline()->mutable_date()->set_day(14);
  });
  const v1::Session closing = MakeSession(in_series);
  const v1::Session hard = MakeSession([&](v1::Session& s) {
    in_series(s);
    s.mutable_regions()->set_openness(v1::OPENNESS_HARD);
  });
  const v1::Session listless = MakeSession([&](v1::Session& s) {
    in_series(s);
    s.set_capacity(1);
    s.set_no_waiting_list(true);
  });
  ASSERT_THAT(Register(listless, "zit@example.org"), IsOk());
  const std::string before = Rows();

  v1::RegisterRequest elsewhere = Request(hard, "lim@example.org");
  elsewhere.mutable_registration()->set_region(types::v1::REGION_LIM);
  EXPECT_THAT(Register(Person("lim@example.org"), elsewhere),
              HasReason(v1::ERROR_REASON_NOT_ELIGIBLE));
  EXPECT_THAT(Register(listless, "vol@example.org"), HasReason(v1::ERROR_REASON_SESSION_FULL));
  EXPECT_THAT(Register(hard, "groot@example.org", 3), HasReason(v1::ERROR_REASON_PARTY_TOO_LARGE));
  EXPECT_THAT(Register(Person("een@example.org"), Request(hard, "ander@example.org")),
              HasReason(v1::ERROR_REASON_REGISTRANT_NOT_CALLER));
  clock_.Set(absl::FromUnixSeconds(1602453600));  // 12 October 2020, the first moment too late
  const auto late = Register(closing, "laat@example.org");
  EXPECT_THAT(late, HasReason(v1::ERROR_REASON_REGISTRATION_CLOSED));
  EXPECT_THAT(late, HasMetadata("fits", open.name()));
  EXPECT_EQ(Rows(), before);
}

TEST_F(RegisterTest, LatenessIsJudgedByTheInstantOfReceipt) {
  const v1::Session session = MakeSession();
  const runtime::Context in_time = Person("een@example.org");
  clock_.Set(absl::FromUnixSeconds(1602453600));  // the deadline passes while the call waits
  EXPECT_THAT(Register(in_time, Request(session, "een@example.org")), IsOk());
}

TEST_F(RegisterTest, CancellingSeatsTheFirstInLineInTheSameTransaction) {
  const v1::Session session = MakeSession();
  const auto pair = Register(session, "paar@example.org", 2);
  const auto large = Register(session, "groot@example.org", 2);
  const auto small = Register(session, "klein@example.org", 1);
  ASSERT_THAT(small, IsOk());
  EXPECT_EQ(small->waiting_position(), 2);
  const auto cancelled = Cancel(Person("paar@example.org"), pair->name());
  ASSERT_THAT(cancelled, IsOk());
  EXPECT_EQ(cancelled->state(), kCancelled);
  EXPECT_EQ(Read("groot@example.org", large->name()).state(), kConfirmed);
  EXPECT_EQ(Read("klein@example.org", small->name()).waiting_position(), 1);
  EXPECT_THAT(
      database_.Sql(
          "SELECT count(DISTINCT tx) || ' ' || count(*) FROM audit WHERE method = 'test' AND "
          "resource LIKE '%registrations%' GROUP BY request_id ORDER BY count(*) DESC LIMIT 1"),
      ElementsAre("1 2"));
  EXPECT_THAT(Cancel(Person("paar@example.org"), pair->name()),
              HasReason(v1::ERROR_REASON_REGISTRATION_CANCELLED));
}

TEST_F(RegisterTest, NobodyMovesUpIntoWhatHasBegun) {
  const v1::Session session = MakeSession();
  ASSERT_THAT(Register(session, "vol@example.org", 2), IsOk());
  const auto waiter = Register(session, "wacht@example.org");
  clock_.Set(absl::FromUnixSeconds(1602745200));  // 15 October 2020, 9.00
  v1::UpdateSessionRequest update;
  update.mutable_session()->set_name(session.name());
  update.mutable_session()->set_etag(session.etag());
  update.mutable_session()->set_capacity(10);
  update.set_request_id(runtime::NewUuid());
  ASSERT_THAT(service_.UpdateSession(Staff(), update), IsOk());
  EXPECT_EQ(Read("wacht@example.org", waiter->name()).state(), kWaitlisted);
}

// A newer release may run beside this one, and have written personal fields that it does not know.

TEST_F(RegisterTest, AWaiterWhoLeavesMayUnblockTheNext) {
  const v1::Session session = MakeSession();
  ASSERT_THAT(Register(session, "zit@example.org"), IsOk());
  const auto large = Register(session, "groot@example.org", 2);
  const auto small = Register(session, "klein@example.org", 1);
  ASSERT_THAT(small, IsOk());
  EXPECT_EQ(small->state(), kWaitlisted);
  ASSERT_THAT(Cancel(Person("groot@example.org"), large->name()), IsOk());
  EXPECT_EQ(Read("klein@example.org", small->name()).state(), kConfirmed);
}

TEST_F(RegisterTest, AddedSeatsGoToTheFirstInLineAndStaleEtagsAreRefused) {
  const v1::Session session = MakeSession([](v1::Session& s) { s.set_capacity(1); });
  ASSERT_THAT(Register(session, "een@example.org"), IsOk());
  const auto second = Register(session, "twee@example.org");
  ASSERT_THAT(Register(session, "drie@example.org"), IsOk());
  v1::UpdateSessionRequest update;
  update.mutable_session()->set_name(session.name());
  update.mutable_session()->set_etag(session.etag());
  update.mutable_session()->set_capacity(2);
  update.set_request_id(runtime::NewUuid());
  const auto updated = service_.UpdateSession(Staff(), update);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->confirmed_seats(), 2);
  EXPECT_EQ(updated->waiting_seats(), 1);
  EXPECT_EQ(Read("twee@example.org", second->name()).state(), kConfirmed);

  update.set_request_id(runtime::NewUuid());
  EXPECT_THAT(service_.UpdateSession(Staff(), update),
              HasReason(types::v1::ERROR_REASON_ETAG_STALE));
  update.mutable_session()->set_etag(updated->etag());
  update.mutable_session()->set_capacity(1);
  EXPECT_THAT(service_.UpdateSession(Staff(), update),
              HasReason(v1::ERROR_REASON_CAPACITY_BELOW_SEATED));
}

TEST_F(RegisterTest, LetterCaseAndBlanksTellNobodyApart) {
  const v1::Session session = MakeSession();
  v1::RegisterRequest request = Request(session, "een@example.org", 2);
  request.mutable_registration()->mutable_attendees(1)->set_full_name("an PEETERS");
  const auto twice = Register(Person("een@example.org"), request);
  EXPECT_THAT(twice, HasReason(types::v1::ERROR_REASON_FIELD_INVALID));
  EXPECT_THAT(twice, HasField("registration.attendees[1]"));
  request.mutable_registration()->mutable_attendees(1)->set_full_name(" An\u00a0 Peeters ");
  EXPECT_THAT(Register(Person("een@example.org"), request),
              HasReason(types::v1::ERROR_REASON_FIELD_INVALID));
  request.mutable_registration()->mutable_attendees(1)->set_full_name("Bram Claes");
  EXPECT_THAT(Register(Person("een@example.org"), request), IsOk());
}

TEST_F(RegisterTest, ARefusalNamesNoSessionThatWouldRefuseAsWell) {
  const std::string series = MakeSeries().name();
  const auto until = [&](int day) {
    return [&series, day](v1::Session& s) {
      s.set_series(series);
      s.set_choice_group("antwerpen");
      s.mutable_window()->mutable_deadline()->mutable_date()->set_day(day);
    };
  };
  const v1::Session open = MakeSession(until(14)), closing = MakeSession(until(11));
  ASSERT_THAT(Register(open, "een@example.org"), IsOk());
  clock_.Set(absl::FromUnixSeconds(1602453600));
  const auto refused = Register(closing, "een@example.org");
  EXPECT_THAT(refused, HasReason(v1::ERROR_REASON_REGISTRATION_CLOSED));
  EXPECT_THAT(refused, Not(HasMetadata("fits", open.name()))) << "they are registered there";
  EXPECT_THAT(Register(closing, "ander@example.org"), HasMetadata("fits", open.name()));
}

}  // namespace
}  // namespace scharnier::events
