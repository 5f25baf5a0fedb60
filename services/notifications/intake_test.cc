#include "services/notifications/intake.h"

#include "absl/strings/str_cat.h"
#include "scharnier/changes/v1/change.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/notifications/notifications_test.h"

namespace scharnier::notifications {
namespace {

namespace ty = ::scharnier::types::v1;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::SizeIs;

class IntakeTest : public NotificationsTest {
 protected:
  // A change as the feed of events has it: people are counted, not named.
  changes::v1::Change Change(const std::string& what, int64_t sequence, int recipients) {
    events::v1::Registration registration;
    registration.set_name(kRegistration);
    for (int i = 0; i < recipients; ++i) {
      registration.add_recipients();
    }
    changes::v1::Change change;
    change.set_type(absl::StrCat("scharnier.events.v1.", what));
    change.set_subject(kRegistration);
    change.set_sequence(sequence);
    change.mutable_data()->PackFrom(registration);
    return change;
  }
  absl::Status Apply(const changes::v1::Change& change) {
    const runtime::Context ctx(Options());
    return db_.Transact(ctx, [&](db::Tx& tx) { return apply_(ctx, tx, change); });
  }
  const changes::Subscriber::Apply apply_ = QueueMessages(keyring_);
};

TEST_F(IntakeTest, EachRecipientOfAChangeGetsAMessage) {
  EXPECT_THAT(Apply(Change("registration.confirmed", 1, 2)), IsOk());
  EXPECT_THAT(database_.Sql("SELECT purpose || ' ' || recipient || ' ' || sequence || ' ' || state "
                            "FROM message ORDER BY id"),
              ElementsAre("1 0 1 1", "1 1 1 1"));
  EXPECT_THAT(database_.Sql("SELECT DISTINCT object FROM message"), ElementsAre(kRegistration));
  EXPECT_THAT(database_.Sql("SELECT type FROM change"),
              ElementsAre("scharnier.notifications.v1.message.queued",
                          "scharnier.notifications.v1.message.queued"));
  EXPECT_THAT(database_.Sql("SELECT resource FROM audit"), SizeIs(2));
}

TEST_F(IntakeTest, AChangeThatComesAgainMakesNothing) {
  EXPECT_THAT(Apply(Change("registration.confirmed", 1, 2)), IsOk());
  EXPECT_THAT(Apply(Change("registration.confirmed", 1, 2)), IsOk());
  EXPECT_THAT(database_.Sql("SELECT id FROM message"), SizeIs(2));
  EXPECT_THAT(database_.Sql("SELECT n FROM change"), SizeIs(2));
}

TEST_F(IntakeTest, EachChangeOfARegistrationIsTold) {
  int64_t sequence = 0;
  for (const char* what : {"waitlisted", "promoted", "cancelled"}) {
    EXPECT_THAT(Apply(Change(absl::StrCat("registration.", what), ++sequence, 1)), IsOk());
  }
  EXPECT_THAT(database_.Sql("SELECT purpose FROM message ORDER BY sequence"),
              ElementsAre("2", "3", "4"));
}

TEST_F(IntakeTest, OtherChangesConcernNobody) {
  EXPECT_THAT(Apply(Change("session.published", 1, 2)), IsOk());
  changes::v1::Change unreadable;
  unreadable.set_type("scharnier.events.v1.series.published");
  EXPECT_THAT(Apply(unreadable), IsOk());
  EXPECT_THAT(database_.Sql("SELECT id FROM message"), IsEmpty());
}

TEST_F(IntakeTest, AChangeWithoutItsRegistrationIsAFault) {
  changes::v1::Change change = Change("registration.confirmed", 1, 1);
  change.clear_data();
  EXPECT_THAT(Apply(change), HasReason(ty::ERROR_REASON_INTERNAL_FAULT));
  EXPECT_THAT(database_.Sql("SELECT id FROM message"), IsEmpty());
}

}  // namespace
}  // namespace scharnier::notifications
