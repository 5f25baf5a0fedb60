#include "common/runtime/context.h"

#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"

namespace scharnier::runtime {
namespace {

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
