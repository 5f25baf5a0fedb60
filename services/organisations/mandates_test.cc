#include "absl/strings/str_cat.h"
#include "common/runtime/uuid.h"
#include "common/testing/call_context.h"
#include "common/testing/matchers.h"
#include "scharnier/organisations/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/organisations/organisations_test.h"
#include "services/organisations/rules/mandate.h"

namespace scharnier::organisations {
namespace {

using identity::v1::ActionToken;
using ::testing::ElementsAre;
using testing::HasField;
using testing::HasMetadata;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;

class MandatesTest : public OrganisationsTest {
 protected:
  MandatesTest() : organisation_(Create(Facility(1))->name()) {}

  // Makes a person a signatory.
  v1::Mandate Signatory(const std::string& email) {
    const auto invited = Invite(Officer(), organisation_, email, v1::Mandate::ROLE_SIGNATORY);
    EXPECT_THAT(invited, IsOk());
    const auto accepted = Accept(email, invited->name());
    EXPECT_THAT(accepted, IsOk());
    return *accepted;
  }
  std::vector<std::string> List(const runtime::Context& ctx, const std::string& parent,
                                const std::string& filter = "") {
    v1::ListMandatesRequest request;
    request.set_parent(parent);
    request.set_filter(filter);
    const auto page = service_.ListMandates(ctx, request);
    EXPECT_THAT(page, IsOk());
    std::vector<std::string> emails;
    for (const v1::Mandate& mandate : page->mandates()) {
      emails.push_back(mandate.email());
    }
    return emails;
  }

  const std::string organisation_;
};

TEST_F(MandatesTest, IsGivenAcceptedAndTakenBack) {
  const auto invited = Invite(Officer(), organisation_, "An@example.org", v1::Mandate::ROLE_EDITOR);
  ASSERT_THAT(invited, IsOk());
  EXPECT_EQ(invited->state(), v1::Mandate::STATE_INVITED);
  EXPECT_EQ(invited->person_key(), "") << "for services alone";
  const auto accepted = Accept("an@example.org", invited->name());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->state(), v1::Mandate::STATE_ACTIVE);
  const auto revoked = Revoke(Person("an@example.org"), invited->name());
  ASSERT_THAT(revoked, IsOk());
  EXPECT_EQ(revoked->state(), v1::Mandate::STATE_REVOKED);
  EXPECT_THAT(Revoke(Officer(), invited->name()), HasReason(v1::ERROR_REASON_MANDATE_STATE));
  EXPECT_THAT(Accept("an@example.org", invited->name()), HasReason(v1::ERROR_REASON_MANDATE_STATE));
  EXPECT_THAT(Changes(), ElementsAre("organisation.created", "mandate.invited", "mandate.accepted",
                                     "mandate.revoked"));
  EXPECT_THAT(database_.Sql("SELECT count(*) FROM change WHERE position('@example.org' IN "
                            "encode(payload, 'escape')) > 0"),
              ElementsAre("0"));
}

TEST_F(MandatesTest, ARepetitionShowsNoMoreThanThereIsToSee) {
  const v1::Mandate signed_by = Signatory("lies@example.org");
  v1::CreateMandateRequest request;
  request.set_parent(organisation_);
  request.mutable_mandate()->set_full_name("Bo");
  request.mutable_mandate()->set_email("bo@example.org");
  request.mutable_mandate()->set_role(v1::Mandate::ROLE_VIEWER);
  request.set_request_id(runtime::NewUuid());
  EXPECT_THAT(service_.CreateMandate(Person("lies@example.org"), request), IsOk());
  EXPECT_THAT(service_.CreateMandate(Person("lies@example.org"), request), IsOk());
  EXPECT_THAT(Revoke(Officer(), signed_by.name()), IsOk());
  EXPECT_THAT(service_.CreateMandate(Person("lies@example.org"), request),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
}

TEST_F(MandatesTest, OnlyThePersonInvitedAccepts) {
  const auto invited = Invite(Officer(), organisation_, "an@example.org", v1::Mandate::ROLE_EDITOR);
  ASSERT_THAT(invited, IsOk());
  EXPECT_THAT(Accept("jan@example.org", invited->name()),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  Signatory("lies@example.org");
  EXPECT_THAT(Accept("lies@example.org", invited->name()),
              HasReason(v1::ERROR_REASON_MANDATE_NEEDED))
      << "a signatory sees the invitation, and does not answer it";
}

TEST_F(MandatesTest, ATokenAcceptsItsMandateAndNoOther) {
  const auto invite = [&](const std::string& email) {
    return *Invite(Officer(), organisation_, email, v1::Mandate::ROLE_EDITOR);
  };
  const auto holder = [&](const std::string& mandate, const std::string& email,
                          ActionToken::Purpose purpose = ActionToken::PURPOSE_MANDATE) {
    return testing::CallAsHolder(purpose, mandate, runtime::PersonKey(keyring_, email),
                                 clock_.Now());
  };
  const auto get = [&](const runtime::Context& ctx, const std::string& name) {
    v1::GetMandateRequest request;
    request.set_name(name);
    return service_.GetMandate(ctx, request);
  };
  const auto accept = [&](const runtime::Context& ctx, const std::string& name) {
    v1::AcceptMandateRequest request;
    request.set_name(name);
    request.set_request_id(runtime::NewUuid());
    return service_.AcceptMandate(ctx, request);
  };
  const std::string an = invite("an@example.org").name(), jan = invite("jan@example.org").name();
  Signatory("lies@example.org");
  const struct {
    const char* what;
    runtime::Context ctx;
  } cases[] = {
      {"another mandate", holder(jan, "jan@example.org")},
      {"another mandate of the same organisation's signatory", holder(jan, "lies@example.org")},
      {"another person", holder(an, "jan@example.org")},
      {"another purpose", holder(an, "an@example.org", ActionToken::PURPOSE_REGISTRATION)},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(get(c.ctx, an), HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND)) << c.what;
    EXPECT_THAT(accept(c.ctx, an), HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND)) << c.what;
    EXPECT_THAT(List(c.ctx, organisation_), IsEmpty()) << c.what;
  }
  const runtime::Context own = holder(an, "an@example.org");
  const auto seen = get(own, an);
  ASSERT_THAT(seen, IsOk());
  EXPECT_EQ(seen->person_key(), "");
  const auto accepted = accept(own, an);
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->state(), v1::Mandate::STATE_ACTIVE);
  EXPECT_THAT(accept(own, an), HasReason(v1::ERROR_REASON_MANDATE_STATE));
}

TEST_F(MandatesTest, SignatoriesInviteAndOthersDoNot) {
  EXPECT_THAT(
      Invite(Person("lies@example.org"), organisation_, "an@example.org", v1::Mandate::ROLE_EDITOR),
      ::testing::AllOf(HasReason(v1::ERROR_REASON_MANDATE_NEEDED),
                       HasMetadata("organisation", organisation_)));
  const v1::Mandate lies = Signatory("lies@example.org");
  const auto an =
      Invite(Person("lies@example.org"), organisation_, "an@example.org", v1::Mandate::ROLE_EDITOR);
  ASSERT_THAT(an, IsOk());
  ASSERT_THAT(Accept("an@example.org", an->name()), IsOk());
  EXPECT_THAT(
      Invite(Person("an@example.org"), organisation_, "jan@example.org", v1::Mandate::ROLE_VIEWER),
      HasReason(v1::ERROR_REASON_MANDATE_NEEDED))
      << "an editor";
  EXPECT_THAT(Revoke(Person("an@example.org"), lies.name()),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  ASSERT_THAT(Revoke(Person("lies@example.org"), lies.name()), IsOk());
  EXPECT_THAT(Invite(Person("lies@example.org"), organisation_, "jan@example.org",
                     v1::Mandate::ROLE_VIEWER),
              HasReason(v1::ERROR_REASON_MANDATE_NEEDED))
      << "no signatory any more";
  const std::string absent = absl::StrCat("organisations/", runtime::NewUuid());
  EXPECT_THAT(Invite(Officer(), absent, "an@example.org", v1::Mandate::ROLE_EDITOR),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  EXPECT_THAT(
      Invite(Person("lies@example.org"), absent, "an@example.org", v1::Mandate::ROLE_EDITOR),
      HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
}

TEST_F(MandatesTest, APersonHasOneThatIsOpenOrInForce) {
  const auto first = Invite(Officer(), organisation_, "an@example.org", v1::Mandate::ROLE_VIEWER);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Invite(Officer(), organisation_, "AN@example.org", v1::Mandate::ROLE_EDITOR),
              ::testing::AllOf(HasReason(v1::ERROR_REASON_MANDATE_EXISTS),
                               HasMetadata("mandate", first->name())));
  ASSERT_THAT(Revoke(Officer(), first->name()), IsOk());
  EXPECT_THAT(Invite(Officer(), organisation_, "an@example.org", v1::Mandate::ROLE_EDITOR), IsOk());
}

TEST_F(MandatesTest, AnInvitationExpires) {
  const auto first = Invite(Officer(), organisation_, "an@example.org", v1::Mandate::ROLE_VIEWER);
  const auto other = Invite(Officer(), organisation_, "jan@example.org", v1::Mandate::ROLE_VIEWER);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(other, IsOk());
  clock_.Set(clock_.Now() + rules::kInvitation);
  EXPECT_THAT(Accept("an@example.org", first->name()), HasReason(v1::ERROR_REASON_MANDATE_EXPIRED));
  // A new one does not wait for the job, which writes the state of the rest.
  EXPECT_THAT(Invite(Officer(), organisation_, "an@example.org", v1::Mandate::ROLE_EDITOR), IsOk());
  ASSERT_THAT(service_.ExpireMandates(Staff()), IsOk());
  EXPECT_THAT(List(Officer(), organisation_, "state = STATE_EXPIRED"),
              ElementsAre("an@example.org", "jan@example.org"));
  EXPECT_THAT(Changes(), ElementsAre("organisation.created", "mandate.invited", "mandate.invited",
                                     "mandate.expired", "mandate.invited", "mandate.expired"));
}

TEST_F(MandatesTest, PeopleSeeTheirOwnAndWhatTheySignFor) {
  Signatory("lies@example.org");
  ASSERT_THAT(Invite(Officer(), organisation_, "an@example.org", v1::Mandate::ROLE_EDITOR), IsOk());
  const std::string other = Create(Facility(2))->name();
  const auto hidden = Invite(Officer(), other, "jan@example.org", v1::Mandate::ROLE_SIGNATORY);
  ASSERT_THAT(hidden, IsOk());
  ASSERT_THAT(Invite(Officer(), other, "an@example.org", v1::Mandate::ROLE_VIEWER), IsOk());

  EXPECT_THAT(List(Person("lies@example.org"), organisation_),
              ElementsAre("lies@example.org", "an@example.org"));
  EXPECT_THAT(List(Person("lies@example.org"), other), IsEmpty());
  EXPECT_THAT(List(Person("an@example.org"), "organisations/-"),
              ElementsAre("an@example.org", "an@example.org"));
  EXPECT_THAT(List(Staff(), "organisations/-"), ElementsAre("lies@example.org", "an@example.org",
                                                            "jan@example.org", "an@example.org"));
  EXPECT_THAT(List(Staff(), "organisations/-", "role = ROLE_SIGNATORY AND state = STATE_ACTIVE"),
              ElementsAre("lies@example.org"));
  EXPECT_THAT(List(Person("jan@example.org"), other), ElementsAre("jan@example.org"))
      << "invited to sign, which is not signing yet";

  v1::GetMandateRequest get;
  get.set_name(hidden->name());
  EXPECT_THAT(service_.GetMandate(Person("lies@example.org"), get),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  const auto for_service = service_.GetMandate(Service(), get);
  ASSERT_THAT(for_service, IsOk());
  EXPECT_EQ(for_service->person_key(), runtime::PersonKey(keyring_, "jan@example.org"));

  v1::ListMandatesRequest list;
  list.set_parent("organisations/*");
  EXPECT_THAT(
      service_.ListMandates(Staff(), list),
      ::testing::AllOf(HasReason(types::v1::ERROR_REASON_NAME_INVALID), HasField("parent")));
}

}  // namespace
}  // namespace scharnier::organisations
