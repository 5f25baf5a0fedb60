#include "common/rpc/policy.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/rpc/change_table.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

namespace pb = google::protobuf;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::HasMetadata;
using testing::HasReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;

const pb::MethodDescriptor& Method(const std::string& full_name) {
  return *pb::DescriptorPool::generated_pool()->FindMethodByName(full_name);
}

// Every method of the suite for every role: who is not named is refused.
TEST(Policy, AllowsTheRolesThatTheOptionNames) {
  int methods = 0;
  const auto grant = std::make_shared<identity::v1::Grant>();
  for (const char* resource : {"events/changes", "registrations"}) {
    grant->add_resources(resource);
  }
  for (const char* service :
       {"scharnier.events.v1.SessionService", "scharnier.events.v1.RegistrationService",
        "scharnier.events.v1.ChangeService", "scharnier.notifications.v1.MessageService"}) {
    const pb::ServiceDescriptor* descriptor =
        pb::DescriptorPool::generated_pool()->FindServiceByName(service);
    ASSERT_NE(descriptor, nullptr) << service;
    for (int i = 0; i < descriptor->method_count(); ++i, ++methods) {
      const pb::MethodDescriptor& method = *descriptor->method(i);
      const auto& allow = method.options().GetExtension(options::v1::policy).allow();
      for (int role = options::v1::ROLE_ANONYMOUS; role <= options::v1::Role_MAX; ++role) {
        SCOPED_TRACE(method.full_name() + " " + std::to_string(role));
        runtime::Caller caller;
        caller.role = static_cast<options::v1::Role>(role);
        caller.grant = grant;
        const absl::Status status = CheckPolicy(method, caller);
        if (std::find(allow.begin(), allow.end(), role) != allow.end() ||
            std::find(allow.begin(), allow.end(), options::v1::ROLE_ANONYMOUS) != allow.end()) {
          EXPECT_THAT(status, IsOk());
        } else if (role == options::v1::ROLE_ANONYMOUS) {
          EXPECT_THAT(status, HasReason(types::v1::ERROR_REASON_NOT_IDENTIFIED));
        } else {
          EXPECT_THAT(status, AllOf(HasReason(types::v1::ERROR_REASON_ROLE_NOT_ALLOWED),
                                    HasMetadata("method", method.name())));
        }
      }
    }
  }
  EXPECT_GT(methods, 8);
}

TEST(Policy, StaffMayDoWhatAnyOfTheirRolesMay) {
  const runtime::Caller officer{.role = options::v1::ROLE_STAFF,
                                .subject = "devos",
                                .further = {options::v1::ROLE_REGISTER_OFFICER}};
  EXPECT_THAT(
      CheckPolicy(Method("scharnier.organisations.v1.OrganisationService.CreateOrganisation"),
                  officer),
      IsOk());
  EXPECT_THAT(CheckPolicy(Method("scharnier.events.v1.SessionService.CreateSession"), officer),
              IsOk());
}

TEST(Policy, ATeamStaysWithinItsGrant) {
  const auto grant = std::make_shared<identity::v1::Grant>();
  grant->add_resources("events/changes");
  runtime::Caller team{.role = options::v1::ROLE_TEAM, .subject = "reporting"};
  const auto& feed = Method("scharnier.events.v1.ChangeService.ListChanges");
  const auto refused = AllOf(HasReason(types::v1::ERROR_REASON_NOT_GRANTED),
                             HasMetadata("resource", "events/changes"));
  EXPECT_THAT(CheckPolicy(feed, team), refused);
  team.grant = grant;
  EXPECT_THAT(CheckPolicy(feed, team), IsOk());
  EXPECT_THAT(CheckPolicy(Method("scharnier.proposals.v1.ChangeService.ListChanges"), team),
              HasReason(types::v1::ERROR_REASON_NOT_GRANTED));
}

TEST(Policy, ATeamActsForAPersonWhereTheMethodAndTheGrantSaySo) {
  const auto grant = std::make_shared<identity::v1::Grant>();
  grant->add_resources("registrations");
  grant->add_resources("proposals");
  runtime::Caller person{
      .role = options::v1::ROLE_PERSON, .subject = "3f", .via = "team:portaal", .grant = grant};
  const auto& registering = Method("scharnier.events.v1.RegistrationService.Register");
  EXPECT_THAT(CheckPolicy(registering, person), HasReason(types::v1::ERROR_REASON_NOT_GRANTED));
  grant->set_for_people(true);
  EXPECT_THAT(CheckPolicy(registering, person), IsOk());
  EXPECT_THAT(CheckPolicy(Method("scharnier.proposals.v1.ProposalService.SubmitProposal"), person),
              HasReason(types::v1::ERROR_REASON_ROLE_NOT_ALLOWED));
  person.grant = nullptr;
  EXPECT_THAT(CheckPolicy(registering, person), HasReason(types::v1::ERROR_REASON_NOT_GRANTED));
}

TEST(ResourceOf, IsTheLastCollectionOfThePath) {
  const struct {
    const char* method;
    const char* resource;
  } cases[] = {
      {"events.v1.SessionService.ListSessions", "sessions"},
      {"events.v1.SessionService.UpdateSession", "sessions"},
      {"events.v1.SessionService.PublishSession", "sessions"},
      {"events.v1.RegistrationService.Register", "registrations"},
      {"events.v1.RegistrationService.CancelRegistration", "registrations"},
      {"events.v1.ChangeService.ListChanges", "events/changes"},
      {"events.v1.ChangeService.WatchChanges", "events/changes"},
      {"organisations.v1.OrganisationService.SearchOrganisations", "organisations"},
      {"proposals.v1.ProposalService.ListReceipts", "receipts"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ResourceOf(Method(absl::StrCat("scharnier.", c.method))), c.resource) << c.method;
  }
}

TEST(TableGaps, NamesMethodsWithoutFunction) {
  std::vector<ServiceTable> tables;
  tables.emplace_back("scharnier.events.v1.ChangeService")
      .Unary<ListRequest, ListResponse>(
          "ListChanges",
          [](const runtime::Context&, const ListRequest&) { return ListResponse(); });
  EXPECT_THAT(TableGaps(tables),
              ElementsAre("scharnier.events.v1.ChangeService.WatchChanges: no function"));
}

TEST(TableGaps, NamesServicesWithoutTheRoleAndTheRoleWithoutServices) {
  pb::FileDescriptorProto file;
  Method("scharnier.events.v1.ChangeService.ListChanges").file()->CopyTo(&file);
  auto* policy = file.mutable_service(0)->mutable_method(0)->mutable_options()->MutableExtension(
      options::v1::policy);
  policy->clear_services();
  pb::DescriptorPool pool(pb::DescriptorPool::generated_pool());
  file.set_name("copy.proto");
  file.set_package("copy");
  ASSERT_NE(pool.BuildFile(file), nullptr);
  EXPECT_THAT(MethodGaps(*pool.FindMethodByName("copy.ChangeService.ListChanges")),
              Contains(HasSubstr("ROLE_SERVICE and services come together")));
}

TEST(TableGaps, NamesWhatTheProtoLeavesOut) {
  pb::FileDescriptorProto file;
  file.set_name("bare.proto");
  file.set_package("bare");
  file.set_syntax("proto3");
  auto* message = file.add_message_type();
  message->set_name("Words");
  auto* field = message->add_field();
  field->set_name("words");
  field->set_number(1);
  field->set_type(pb::FieldDescriptorProto::TYPE_STRING);
  field->set_label(pb::FieldDescriptorProto::LABEL_REPEATED);
  auto* service = file.add_service();
  service->set_name("Service");
  auto* method = service->add_method();
  method->set_name("Say");
  method->set_input_type("Words");
  method->set_output_type("Words");
  pb::DescriptorPool pool;
  ASSERT_NE(pool.BuildFile(file), nullptr);

  const std::vector<std::string> gaps = MethodGaps(*pool.FindMethodByName("bare.Service.Say"));
  EXPECT_THAT(gaps, Contains("bare.Service.Say: no policy"));
  EXPECT_THAT(gaps, Contains("bare.Service.Say: no HTTP path"));
  EXPECT_THAT(gaps, Contains(HasSubstr("words")));
  EXPECT_THAT(MethodGaps(Method("scharnier.events.v1.ChangeService.ListChanges")), IsEmpty());
}

}  // namespace
}  // namespace scharnier::rpc
