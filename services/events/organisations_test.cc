// Registering for an organisation: what the copy of the register says, and what is asked when it
// says nothing.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/testing/directory_rows.h"
#include "common/testing/matchers.h"
#include "scharnier/events/v1/error_reason.pb.h"
#include "scharnier/organisations/v1/mandate.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/events/events_test.h"

namespace scharnier::events {
namespace {

using organisations::v1::Organisation;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::HasMetadata;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;

constexpr char kName[] = "organisations/01900000-0000-7000-8000-00000000000a";

class ForOrganisationTest : public EventsTest {
 protected:
  static Organisation Facility(types::v1::Region region) {
    Organisation organisation;
    organisation.set_name(kName);
    organisation.set_kind(Organisation::KIND_FACILITY);
    organisation.add_regions(region);
    return organisation;
  }
  void Copy(const Organisation& organisation) {
    testing::CopyOrganisation(database_, organisation);
  }
  void Mandate(const std::string& email, organisations::v1::Mandate::Role role) {
    testing::CopyMandate(database_, kName, runtime::PersonKey(keyring_, email), role);
  }
  // Somebody who comes for the organisation and says nothing else of themselves.
  absl::StatusOr<v1::Registration> ComeFor(const v1::Session& session, const std::string& email) {
    v1::RegisterRequest request = Request(session, email);
    request.mutable_registration()->set_organisation(kName);
    request.mutable_registration()->clear_region();
    request.mutable_registration()->mutable_attendees(0)->clear_audience();
    return Register(Person(email), request);
  }
  v1::Session SessionFor(types::v1::Region region) {
    return MakeSession([region](v1::Session& session) {
      session.mutable_regions()->clear_regions();
      session.mutable_regions()->add_regions(region);
      session.mutable_regions()->set_openness(v1::OPENNESS_HARD);
      session.mutable_audience()->set_openness(v1::OPENNESS_HARD);
    });
  }
};

TEST_F(ForOrganisationTest, ItsRegionAndKindTakeThePlaceOfClaims) {
  Copy(Facility(types::v1::REGION_LIM));
  const auto taken = ComeFor(SessionFor(types::v1::REGION_LIM), "an@example.org");
  ASSERT_THAT(taken, IsOk());
  EXPECT_EQ(taken->organisation(), kName);
  EXPECT_THAT(ComeFor(SessionFor(types::v1::REGION_ANT), "bob@example.org"),
              AllOf(HasReason(v1::ERROR_REASON_NOT_ELIGIBLE), HasMetadata("rule", "region")));
  // What somebody says beside it does not count.
  v1::RegisterRequest request = Request(SessionFor(types::v1::REGION_ANT), "bob@example.org");
  request.mutable_registration()->set_organisation(kName);
  EXPECT_THAT(Register(Person("bob@example.org"), request),
              HasReason(v1::ERROR_REASON_NOT_ELIGIBLE));
  EXPECT_EQ(times_asked_, 0);
}

TEST_F(ForOrganisationTest, WithoutAMandateToWriteItIsMarkedAsAClaim) {
  Copy(Facility(types::v1::REGION_LIM));
  Mandate("viewer@example.org", organisations::v1::Mandate::ROLE_VIEWER);
  Mandate("editor@example.org", organisations::v1::Mandate::ROLE_EDITOR);
  const v1::Session session = SessionFor(types::v1::REGION_LIM);
  const auto nobody = ComeFor(session, "an@example.org");
  const auto viewer = ComeFor(session, "viewer@example.org");
  const auto editor = ComeFor(session, "editor@example.org");
  ASSERT_THAT(nobody, IsOk());
  ASSERT_THAT(viewer, IsOk());
  ASSERT_THAT(editor, IsOk());
  EXPECT_THAT(nobody->marks(), ElementsAre(v1::Registration::MARK_CLAIMED_ORGANISATION));
  EXPECT_THAT(viewer->marks(), ElementsAre(v1::Registration::MARK_CLAIMED_ORGANISATION));
  EXPECT_THAT(editor->marks(), IsEmpty());
}

TEST_F(ForOrganisationTest, AnUnknownOneCostsOneQuestion) {
  const v1::Session session = SessionFor(types::v1::REGION_LIM);
  const std::string before = Rows();
  EXPECT_THAT(ComeFor(session, "an@example.org"), testing::HasCode(absl::StatusCode::kUnavailable))
      << "the register is away";
  EXPECT_EQ(times_asked_, 1);
  asked_ = errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND, "there is none")
               .With("name", kName);
  EXPECT_THAT(
      ComeFor(session, "an@example.org"),
      AllOf(HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND), HasMetadata("name", kName)));
  EXPECT_THAT(ComeFor(session, "an@example.org"),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  EXPECT_EQ(times_asked_, 3) << "that there is none is not kept";
  EXPECT_EQ(Rows(), before);
  on_asked_ = [this] { Copy(Facility(types::v1::REGION_LIM)); };
  asked_ = Facility(types::v1::REGION_LIM);
  EXPECT_THAT(ComeFor(session, "an@example.org"), IsOk());
  on_asked_ = nullptr;
  EXPECT_THAT(ComeFor(session, "bob@example.org"), IsOk());
  EXPECT_EQ(times_asked_, 4);
}

TEST_F(ForOrganisationTest, ItsChangeNamesItForThoseWhoMayAskForIt) {
  Copy(Facility(types::v1::REGION_LIM));
  ASSERT_THAT(ComeFor(SessionFor(types::v1::REGION_LIM), "an@example.org"), IsOk());
  EXPECT_THAT(
      database_.Sql(absl::StrCat("SELECT count(*) FROM change WHERE '", kName, "' = ANY (scope)")),
      ElementsAre("1"));
}

}  // namespace
}  // namespace scharnier::events
