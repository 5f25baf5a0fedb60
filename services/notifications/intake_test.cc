#include "services/notifications/intake.h"

#include "absl/strings/str_cat.h"
#include "common/runtime/uuid.h"
#include "scharnier/changes/v1/change.pb.h"
#include "scharnier/organisations/v1/mandate.pb.h"
#include "scharnier/proposals/v1/proposal.pb.h"
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

constexpr char kCall[] = "calls/01900000-0000-7000-8000-00000000000d";
constexpr char kAn[] = "organisations/01900000-0000-7000-8000-0000000000a1";
constexpr char kBo[] = "organisations/01900000-0000-7000-8000-0000000000b1";
constexpr char kCo[] = "organisations/01900000-0000-7000-8000-0000000000c1";

class IntakeTest : public NotificationsTest {
 protected:
  // A change as a feed has it.
  changes::v1::Change Change(const std::string& type, const std::string& subject, int64_t sequence,
                             const google::protobuf::Message& resource) {
    changes::v1::Change change;
    change.set_id(runtime::NewUuid());
    change.set_type(absl::StrCat("scharnier.", type));
    change.set_subject(subject);
    change.set_sequence(sequence);
    change.mutable_data()->PackFrom(resource);
    return change;
  }
  // People are counted, not named.
  changes::v1::Change Registration(const std::string& what, int64_t sequence, int recipients) {
    events::v1::Registration registration;
    registration.set_name(kRegistration);
    for (int i = 0; i < recipients; ++i) {
      registration.add_recipients();
    }
    return Change(absl::StrCat("events.v1.registration.", what), kRegistration, sequence,
                  registration);
  }
  // The call, amended so many times.
  changes::v1::Change Call(int amendments) {
    proposals::v1::Call call;
    call.set_name(kCall);
    for (int i = 0; i < amendments; ++i) {
      call.add_amendments();
    }
    return Change(amendments == 0 ? "proposals.v1.call.published" : "proposals.v1.call.amended",
                  kCall, amendments + 2, call);
  }
  absl::Status Apply(const changes::v1::Change& change) {
    const runtime::Context ctx(Options());
    return db_.Transact(ctx, [&](db::Tx& tx) { return apply_(ctx, tx, change); });
  }
  std::vector<std::string> Told(const std::string& object) {
    return database_.Sql(
        absl::StrCat("SELECT recipient || ' ' || purpose FROM message WHERE object = '", object,
                     "' ORDER BY recipient"));
  }

  absl::StatusOr<Concerned> concerned_ = Concerned{.eligible = {kAn, kBo}};
  const changes::Subscriber::Apply apply_ = QueueMessages(
      keyring_, [this](const runtime::Context&, const proposals::v1::Call&) { return concerned_; });
};

TEST_F(IntakeTest, EachRecipientOfAChangeGetsAMessage) {
  EXPECT_THAT(Apply(Registration("confirmed", 1, 2)), IsOk());
  EXPECT_THAT(database_.Sql("SELECT purpose || ' ' || recipient || ' ' || sequence || ' ' || state "
                            "FROM message ORDER BY id"),
              ElementsAre("1 people/0 1 1", "1 people/1 1 1"));
  EXPECT_THAT(database_.Sql("SELECT DISTINCT object FROM message"), ElementsAre(kRegistration));
  EXPECT_THAT(database_.Sql("SELECT type FROM change"),
              ElementsAre("scharnier.notifications.v1.message.queued",
                          "scharnier.notifications.v1.message.queued"));
  EXPECT_THAT(database_.Sql("SELECT resource FROM audit"), SizeIs(2));
}

TEST_F(IntakeTest, AChangeThatComesAgainMakesNothing) {
  const changes::v1::Change change = Registration("confirmed", 1, 2);
  EXPECT_THAT(Apply(change), IsOk());
  EXPECT_THAT(Apply(change), IsOk());
  EXPECT_THAT(database_.Sql("SELECT id FROM message"), SizeIs(2));
  EXPECT_THAT(database_.Sql("SELECT n FROM change"), SizeIs(2));
}

TEST_F(IntakeTest, EachChangeOfARegistrationIsTold) {
  int64_t sequence = 0;
  for (const char* what : {"waitlisted", "promoted", "cancelled"}) {
    EXPECT_THAT(Apply(Registration(what, ++sequence, 1)), IsOk());
  }
  EXPECT_THAT(database_.Sql("SELECT purpose FROM message ORDER BY sequence"),
              ElementsAre("2", "3", "4"));
}

TEST_F(IntakeTest, OtherChangesConcernNobody) {
  EXPECT_THAT(Apply(Change("events.v1.session.published", "sessions/1", 1, events::v1::Session())),
              IsOk());
  changes::v1::Change unreadable;
  unreadable.set_type("scharnier.events.v1.series.published");
  EXPECT_THAT(Apply(unreadable), IsOk());
  EXPECT_THAT(database_.Sql("SELECT id FROM message"), IsEmpty());
}

TEST_F(IntakeTest, AChangeWithoutItsRegistrationIsAFault) {
  changes::v1::Change change = Registration("confirmed", 1, 1);
  change.clear_data();
  EXPECT_THAT(Apply(change), HasReason(ty::ERROR_REASON_INTERNAL_FAULT));
  EXPECT_THAT(database_.Sql("SELECT id FROM message"), IsEmpty());
}

TEST_F(IntakeTest, ACallIsToldToThoseItIsFor) {
  const changes::v1::Change published = Call(0);
  EXPECT_THAT(Apply(published), IsOk());
  EXPECT_THAT(Told(kCall), ElementsAre(absl::StrCat(kAn, " 5"), absl::StrCat(kBo, " 5")));
  concerned_ = Concerned{.eligible = {kAn, kBo, kCo}};
  EXPECT_THAT(Apply(published), IsOk());
  EXPECT_THAT(Told(kCall), SizeIs(2)) << "who came later is not told when the feed is read again";
}

TEST_F(IntakeTest, AnAmendmentIsAlsoToldToThoseWhoWereToldBefore) {
  EXPECT_THAT(Apply(Call(0)), IsOk());
  concerned_ = Concerned{.eligible = {kCo}};
  EXPECT_THAT(Apply(Call(1)), IsOk());
  EXPECT_THAT(
      Told(absl::StrCat(kCall, "/amendments/1")),
      ElementsAre(absl::StrCat(kAn, " 6"), absl::StrCat(kBo, " 6"), absl::StrCat(kCo, " 6")));
  concerned_ = Concerned{};
  EXPECT_THAT(Apply(Call(2)), IsOk());
  EXPECT_THAT(Told(absl::StrCat(kCall, "/amendments/2")), SizeIs(3))
      << "told of the first amendment alone";
  EXPECT_THAT(database_.Sql("SELECT DISTINCT thread FROM message"), ElementsAre(kCall));
}

TEST_F(IntakeTest, WhatWouldTellOfADraftIsDiscreet) {
  const auto discreet = [&] {
    return database_.Sql(
        "SELECT DISTINCT recipient FROM message WHERE discreet ORDER BY recipient");
  };
  concerned_ = Concerned{.eligible = {kAn}, .involved = {kAn, kBo}};
  EXPECT_THAT(Apply(Call(1)), IsOk());
  EXPECT_THAT(discreet(), ElementsAre(kBo)) << "it may have a draft, and the call is not for it";
  concerned_ = Concerned{};
  EXPECT_THAT(Apply(Call(2)), IsOk());
  EXPECT_THAT(Told(absl::StrCat(kCall, "/amendments/2")), SizeIs(2));
  EXPECT_THAT(discreet(), ElementsAre(kBo)) << "it was told discreetly before";
  concerned_ = Concerned{.eligible = {kAn, kBo}};
  EXPECT_THAT(Apply(Call(3)), IsOk());
  EXPECT_THAT(database_.Sql(absl::StrCat("SELECT 1 FROM message WHERE discreet AND object = '",
                                         kCall, "/amendments/3'")),
              IsEmpty())
      << "the call is for both now";

  proposals::v1::Invitation asked;
  asked.set_organisation(kCo);
  int64_t sequence = 0;
  for (const char* what : {"sent", "accepted", "declined", "withdrawn"}) {
    const std::string name = absl::StrCat("proposals/1/invitations/", what);
    EXPECT_THAT(
        Apply(Change(absl::StrCat("proposals.v1.invitation.", what), name, ++sequence, asked)),
        IsOk());
    EXPECT_THAT(
        database_.Sql(absl::StrCat("SELECT discreet FROM message WHERE object = '", name, "'")),
        ElementsAre("t"))
        << what;
  }
  EXPECT_THAT(database_.Sql("SELECT DISTINCT a.discreet = m.discreet FROM audit a "
                            "JOIN message m ON a.resource = 'messages/' || m.id"),
              ElementsAre("t"))
      << "and so is its row of audit";
}

TEST_F(IntakeTest, WhatKeepsItFromKnowingWhomKeepsTheChange) {
  concerned_ = absl::UnavailableError("away");
  EXPECT_THAT(Apply(Call(0)), testing::HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(database_.Sql("SELECT id FROM message"), IsEmpty());
}

TEST_F(IntakeTest, EachOfItsOwn) {
  const std::string proposal = "proposals/01900000-0000-7000-8000-00000000000e";
  const std::string invitation = absl::StrCat(proposal, "/invitations/1");
  proposals::v1::Invitation asked;
  asked.set_proposal(proposal);
  asked.set_organisation(kBo);
  EXPECT_THAT(Apply(Change("proposals.v1.invitation.sent", invitation, 1, asked)), IsOk());
  EXPECT_THAT(Apply(Change("proposals.v1.invitation.declined", invitation, 2, asked)), IsOk());
  EXPECT_THAT(Told(invitation), ElementsAre(absl::StrCat(kBo, " 8"), "people/0 11"));

  proposals::v1::Proposal submitted;
  submitted.set_name(proposal);
  submitted.set_version(2);
  for (const auto& [organisation, state] :
       {std::pair(kAn, proposals::v1::Invitation::STATE_ACCEPTED),
        std::pair(kBo, proposals::v1::Invitation::STATE_DECLINED)}) {
    proposals::v1::Partner& partner = *submitted.add_partners();
    partner.set_organisation(organisation);
    partner.set_state(state);
  }
  EXPECT_THAT(Apply(Change("proposals.v1.proposal.submitted", proposal, 4, submitted)), IsOk());
  EXPECT_THAT(Told(absl::StrCat(proposal, "/receipts/2")),
              ElementsAre(absl::StrCat(kAn, " 12"), "people/0 12"));
  EXPECT_THAT(database_.Sql("SELECT DISTINCT thread FROM message"), ElementsAre(proposal))
      << "all of it reaches each in order";

  EXPECT_THAT(Apply(Change("proposals.v1.idea.received", "ideas/1", 1, proposals::v1::Idea())),
              IsOk());
  EXPECT_THAT(Told("ideas/1"), ElementsAre("people/0 7"));
  EXPECT_THAT(Apply(Change("organisations.v1.mandate.invited", "organisations/1/mandates/1", 1,
                           organisations::v1::Mandate())),
              IsOk());
  EXPECT_THAT(Told("organisations/1/mandates/1"), ElementsAre("people/0 13"));
}

TEST_F(IntakeTest, WhatHappenedBeforeThisSchemaExistedIsNotTold) {
  const changes::v1::Change before = Call(0);
  database_.Sql("UPDATE horizon SET since = clock_timestamp() + interval '1 h'");
  EXPECT_THAT(Apply(before), IsOk());
  EXPECT_THAT(Apply(Registration("confirmed", 1, 1)), IsOk());
  EXPECT_THAT(database_.Sql("SELECT id FROM message"), IsEmpty());
  database_.Sql("UPDATE horizon SET since = clock_timestamp() - interval '1 h'");
  EXPECT_THAT(Apply(before), IsOk());
  EXPECT_THAT(Told(kCall), SizeIs(2));
}

}  // namespace
}  // namespace scharnier::notifications
