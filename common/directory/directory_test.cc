#include "common/directory/directory.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/directory/sql/all.sql.h"
#include "common/testing/call_context.h"
#include "common/testing/matchers.h"
#include "common/testing/postgres.h"
#include "gmock/gmock.h"

namespace scharnier::directory {
namespace {

namespace org = ::scharnier::organisations::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;

constexpr char kKnown[] = "organisations/01900000-0000-7000-8000-00000000000a";
constexpr char kOther[] = "organisations/01900000-0000-7000-8000-00000000000b";
constexpr char kAbsent[] = "organisations/01900000-0000-7000-8000-00000000000c";

class DirectoryTest : public ::testing::Test {
 protected:
  template <class F>
  auto Read(F body) -> decltype(body(std::declval<db::Tx&>())) {
    const runtime::Context ctx = testing::CallAs(options::v1::ROLE_SERVICE, "tests", absl::Now());
    return database_.Read(ctx, body);
  }
  void Enter(const std::string& name) {
    org::Organisation organisation;
    organisation.set_name(name);
    organisation.set_display_name("De Groene Linde");
    postgres_.Sql(absl::StrCat("INSERT INTO directory_organisation VALUES ('",
                               name.substr(name.find('/') + 1), "', 1, '\\x",
                               absl::BytesToHexString(organisation.SerializeAsString()), "')"));
  }
  void Mandate(const std::string& organisation, const std::string& person, int role,
               bool in_force) {
    postgres_.Sql(absl::StrCat("INSERT INTO directory_mandate VALUES (gen_random_uuid(), 1, '",
                               organisation.substr(organisation.find('/') + 1), "', '", person,
                               "', ", role, ", ", in_force ? "true" : "false", ")"));
  }

  testing::TestDatabase postgres_{"events", WithDirectory({})};
  db::Database database_{postgres_.options()};
};

TEST_F(DirectoryTest, EveryQueryPreparesAndEveryColumnIsTagged) {
  EXPECT_THAT(testing::PrepareAll(postgres_, sql::All()), IsEmpty());
  EXPECT_THAT(testing::UntaggedColumns(postgres_), IsEmpty());
}

TEST_F(DirectoryTest, OrganisationsAreFoundInTheOrderAskedFor) {
  Enter(kKnown);
  Enter(kOther);
  const auto found =
      Read([](db::Tx& tx) { return FindOrganisations(tx, {kOther, kAbsent, kKnown, kOther}); });
  ASSERT_THAT(found, IsOk());
  std::vector<std::string> names;
  for (const auto& organisation : *found) {
    names.push_back(organisation.has_value() ? organisation->name() : "nobody");
  }
  EXPECT_THAT(names, ElementsAre(kOther, "nobody", kKnown, kOther));
}

TEST_F(DirectoryTest, TheFarthestMandateInForceCounts) {
  Mandate(kKnown, "an", org::Mandate::ROLE_VIEWER, true);
  Mandate(kKnown, "an", org::Mandate::ROLE_EDITOR, true);
  Mandate(kKnown, "an", org::Mandate::ROLE_SIGNATORY, false);
  Mandate(kOther, "an", org::Mandate::ROLE_SIGNATORY, true);
  const auto roles = Read([](db::Tx& tx) {
    return FindMandates(
        tx, {{"bob", kKnown}, {"an", kKnown}, {"an", kOther}, {"an", kAbsent}, {"an", kKnown}});
  });
  ASSERT_THAT(roles, IsOk());
  EXPECT_THAT(*roles, ElementsAre(org::Mandate::ROLE_UNSPECIFIED, org::Mandate::ROLE_EDITOR,
                                  org::Mandate::ROLE_SIGNATORY, org::Mandate::ROLE_UNSPECIFIED,
                                  org::Mandate::ROLE_EDITOR));
}

}  // namespace
}  // namespace scharnier::directory
