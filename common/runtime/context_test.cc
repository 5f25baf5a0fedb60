#include "common/runtime/context.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"

namespace scharnier::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(Caller, IsNamedByRoleAndSubject) {
  const struct {
    options::v1::Role role;
    std::string subject;
    std::string id;
  } cases[] = {
      {options::v1::ROLE_ANONYMOUS, "", "anonymous"},
      {options::v1::ROLE_PERSON, "3f0a", "person:3f0a"},
      {options::v1::ROLE_STAFF, "devos", "staff:devos"},
      {options::v1::ROLE_REGISTER_OFFICER, "devos", "register_officer:devos"},
      {options::v1::ROLE_SERVICE, "notifications", "service:notifications"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ((Caller{c.role, c.subject, "an@example.org"}).Id(), c.id);
  }
}

TEST(Caller, HoldsThingsByAccountAndByAddress) {
  EXPECT_THAT((Caller{.subject = "3f"}).keys(), ElementsAre("3f"));
  EXPECT_THAT((Caller{.subject = "3f", .account = "a1"}).keys(), ElementsAre("3f", "a1"));
}

TEST(Caller, IsWhatAnyOfItsRolesIs) {
  const Caller officer{.role = options::v1::ROLE_STAFF,
                       .further = {options::v1::ROLE_REGISTER_OFFICER}};
  EXPECT_TRUE(officer.is(options::v1::ROLE_STAFF));
  EXPECT_TRUE(officer.is(options::v1::ROLE_REGISTER_OFFICER));
  EXPECT_FALSE(officer.is(options::v1::ROLE_OPERATOR));
}

TEST(Caller, IsGrantedNothingWithoutAGrant) {
  EXPECT_FALSE(Caller().granted_personal());
  EXPECT_EQ(Caller().granted_calls(), std::nullopt);
  const auto grant = std::make_shared<identity::v1::Grant>();
  EXPECT_EQ((Caller{.grant = grant}).granted_calls(), std::nullopt) << "all of them";
  grant->add_calls("calls/1");
  grant->add_fields(options::v1::DATA_PERSONAL);
  EXPECT_THAT((Caller{.grant = grant}).granted_calls(), Optional(ElementsAre("calls/1")));
  EXPECT_TRUE((Caller{.grant = grant}).granted_personal());
}

TEST(Context, ExpiresByCancellationAndByDeadline) {
  Context open({.caller = {}, .now = absl::Now(), .method = "job", .trace = {}});
  EXPECT_FALSE(open.expired());
  EXPECT_FALSE(open.cancelled());
  open.Cancel();
  EXPECT_TRUE(open.cancelled());
  EXPECT_TRUE(open.expired());

  const Context late({.caller = {},
                      .now = absl::Now(),
                      .deadline = absl::Now() - absl::Seconds(1),
                      .method = "job",
                      .trace = {}});
  EXPECT_FALSE(late.cancelled());
  EXPECT_TRUE(late.expired());
}

}  // namespace
}  // namespace scharnier::runtime
