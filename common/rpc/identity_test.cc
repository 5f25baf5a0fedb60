#include "common/rpc/identity.h"

#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using testing::HasReason;
using testing::IsOk;

TEST(CallerFromHeader, WithoutAValueIsAnonymous) {
  const auto caller = CallerFromHeader({}, runtime::Keyring::Random());
  ASSERT_THAT(caller, IsOk());
  EXPECT_TRUE(caller->is(options::v1::ROLE_ANONYMOUS));
  EXPECT_EQ(caller->subject, "");
}

TEST(CallerFromHeader, NamesAPersonByKey) {
  const runtime::Keyring keyring = runtime::Keyring::Random();
  const auto caller = CallerFromHeader({"person An.Peeters@Example.org"}, keyring);
  ASSERT_THAT(caller, IsOk());
  EXPECT_TRUE(caller->is(options::v1::ROLE_PERSON));
  EXPECT_EQ(caller->email, "an.peeters@example.org");
  EXPECT_EQ(caller->subject, runtime::PersonKey(keyring, "an.peeters@example.org"));
}

TEST(CallerFromHeader, NamesEveryOtherRole) {
  const struct {
    const char* header;
    options::v1::Role role;
    const char* subject;
  } cases[] = {
      {"staff devos", options::v1::ROLE_STAFF, "devos"},
      {"register-officer devos", options::v1::ROLE_REGISTER_OFFICER, "devos"},
      {"operator piet", options::v1::ROLE_OPERATOR, "piet"},
      {"team reporting-2", options::v1::ROLE_TEAM, "reporting-2"},
      {"service notifications", options::v1::ROLE_SERVICE, "notifications"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.header);
    const auto caller = CallerFromHeader({c.header}, runtime::Keyring::Random());
    ASSERT_THAT(caller, IsOk());
    EXPECT_EQ(caller->role, c.role);
    EXPECT_EQ(caller->subject, c.subject);
    EXPECT_EQ(caller->email, "");
  }
}

TEST(CallerFromHeader, RefusesAnythingElse) {
  const std::vector<std::string> cases[] = {
      {""},
      {"staff"},
      {"staff "},
      {" staff devos"},
      {"staff devos extra"},
      {"staff  devos"},
      {"Staff devos"},
      {"staff De Vos"},
      {"staff DeVos"},
      {"staff 1devos"},
      {"staff de_vos"},
      {"staff " + std::string(64, 'a')},
      {"person"},
      {"person an"},
      {"person an@example"},
      {"person @example.org"},
      {"person an@peeters@example.org"},
      {"person an\t@example.org"},
      {"person " + std::string(250, 'a') + "@example.org"},
      {"token abc"},
      {"anonymous nobody"},
      {"root devos"},
      {"staff devos", "staff devos"},
  };
  for (const auto& values : cases) {
    SCOPED_TRACE(values.front());
    EXPECT_THAT(CallerFromHeader(values, runtime::Keyring::Random()),
                HasReason(types::v1::ERROR_REASON_NOT_IDENTIFIED));
  }
}

}  // namespace
}  // namespace scharnier::rpc
