#include "common/runtime/config.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"

namespace scharnier::runtime {
namespace {

using ::scharnier::testing::HasCode;
using ::scharnier::testing::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Args = std::vector<std::string>;

// A variable of the environment for the length of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

// A file for the length of a test.
class File {
 public:
  explicit File(const std::string& content)
      : path_(absl::StrCat(::testing::TempDir(), "/config_test_", getpid())) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~File() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<std::string> ProblemsOf(ConfigReader& reader) {
  const absl::Status status = reader.Finish();
  return absl::StrSplit(status.message(), '\n', absl::SkipEmpty());
}

TEST(ConfigReader, ReadsEveryKindInBothForms) {
  for (const Args& args :
       {Args{"--name=x y", "--port=1", "--wait=250ms", "--fast"},
        Args{"--name", "x y", "--port", "1", "--wait", "250ms", "--fast=true"}}) {
    ConfigReader reader("events", args);
    EXPECT_EQ(reader.String("name", "a name", "z"), "x y");
    EXPECT_EQ(reader.Int("port", {.help = "a port", .fallback = 2}), 1);
    EXPECT_EQ(reader.Duration("wait", "a while", absl::Seconds(1)), absl::Milliseconds(250));
    EXPECT_TRUE(reader.Bool("fast", "hurry"));
    EXPECT_THAT(reader.Finish(), IsOk());
  }
}

TEST(ConfigReader, FallsBackWhereNothingIsGiven) {
  ConfigReader reader("events", {});
  EXPECT_EQ(reader.String("name", "a name", "z"), "z");
  EXPECT_EQ(reader.Int("port", {.help = "a port", .fallback = 2}), 2);
  EXPECT_EQ(reader.Duration("wait", "a while", absl::Seconds(1)), absl::Seconds(1));
  EXPECT_FALSE(reader.Bool("fast", "hurry"));
  EXPECT_EQ(reader.Secret("password", "password"), "");
  EXPECT_THAT(reader.Finish(), IsOk());
}

TEST(ConfigReader, PrefersTheFlagToTheEnvironment) {
  const Variable name("SCHARNIER_SOME_NAME", "environment");
  const Variable fast("SCHARNIER_FAST", "1");
  ConfigReader from_environment("events", {});
  EXPECT_EQ(from_environment.String("some-name", "a name", ""), "environment");
  EXPECT_TRUE(from_environment.Bool("fast", "hurry"));

  ConfigReader from_flags("events", {"--some-name=flag", "--fast=false"});
  EXPECT_EQ(from_flags.String("some-name", "a name", ""), "flag");
  EXPECT_FALSE(from_flags.Bool("fast", "hurry"));

  ConfigReader emptied("events", {"--some-name="});
  EXPECT_EQ(emptied.String("some-name", "a name", "fallback"), "");
}

TEST(ConfigReader, TakesAnEmptyVariableForAbsent) {
  const Variable port("SCHARNIER_PORT", "");
  ConfigReader reader("events", {});
  EXPECT_EQ(reader.Int("port", {.help = "a port", .fallback = 2}), 2);
  EXPECT_THAT(reader.Finish(), IsOk());
}

TEST(ConfigReader, TakesTheLastOfTwoFlags) {
  ConfigReader reader("events", {"--port=1", "--port", "2"});
  EXPECT_EQ(reader.Int("port", {.help = "a port"}), 2);
}

TEST(ConfigReader, TellsWordsFromValues) {
  ConfigReader reader("events", {"migrate", "--port", "1", "--fast", "now", "--name=x"});
  reader.Int("port", {.help = "a port"});
  EXPECT_TRUE(reader.Bool("fast", "hurry"));
  reader.String("name", "a name", "");
  const absl::Status status = reader.Finish();
  EXPECT_EQ(status.message(), "`now` is one word too many: see --help");
  EXPECT_THAT(reader.words(), ElementsAre("migrate", "now"));
}

TEST(ConfigReader, ReportsEveryProblemAtOnce) {
  const Variable limit("SCHARNIER_LIMIT", "many");
  ConfigReader reader("events", {"--prot=1", "--port=70000", "--wait=soon", "--fast=perhaps",
                                 "--password-file=/nowhere/password", "--name"});
  EXPECT_EQ(reader.Int("port", {.help = "a port", .fallback = 1, .min = 0, .max = 65535}), 1);
  reader.Int("limit", {.help = "a limit"});
  reader.Duration("wait", "a while", absl::Seconds(1));
  reader.Bool("fast", "hurry");
  reader.Secret("password", "password");
  reader.String("name", "a name", "");
  reader.Required("address", "an address");
  reader.Secret("keyring", "keyring", true);
  reader.Problem("--wait and --fast exclude each other");

  const auto problems = ProblemsOf(reader);
  EXPECT_THAT(problems,
              ElementsAre(AllOf(HasSubstr("--port"), HasSubstr("65535")), HasSubstr("--limit"),
                          HasSubstr("--wait"), HasSubstr("--fast"),
                          AllOf(HasSubstr("--password-file"), HasSubstr("No such file")),
                          HasSubstr("--name needs a value"), HasSubstr("--address has to be given"),
                          HasSubstr("--keyring-file has to be given"),
                          HasSubstr("exclude each other"), HasSubstr("--prot is no flag")));
}

TEST(ConfigReader, RefusesWhatIsNoValueOfItsKind) {
  for (const char* flag : {"--port=", "--port=x", "--port=1x", "--port=1.5", "--port=-1",
                           "--port=11", "--wait=", "--wait=5", "--wait=-1s", "--wait=inf",
                           "--wait=1 day", "--fast=", "--fast=yes"}) {
    ConfigReader reader("events", {flag});
    reader.Int("port", {.help = "a port", .min = 0, .max = 10});
    reader.Duration("wait", "a while", absl::Seconds(1));
    reader.Bool("fast", "hurry");
    EXPECT_THAT(reader.Finish(), HasCode(absl::StatusCode::kInvalidArgument)) << flag;
  }
}

TEST(ConfigReader, RequiresAValueThatIsNotEmpty) {
  for (const Args& args : {Args{}, Args{"--address="}, Args{"--address"}}) {
    ConfigReader reader("events", args);
    reader.Required("address", "an address");
    EXPECT_EQ(ProblemsOf(reader).size(), 1u);
  }
}

TEST(Secret, IsTheFileWithoutItsLastLineBreak) {
  const struct {
    std::string content, secret;
  } cases[] = {
      {"s3cret", "s3cret"},       {"s3cret\n", "s3cret"},         {"s3cret\r\n", "s3cret"},
      {"s3cret\n\n", "s3cret\n"}, {"two\nlines\n", "two\nlines"}, {"", ""},
  };
  for (const auto& c : cases) {
    const File file(c.content);
    ConfigReader reader("events", {absl::StrCat("--password-file=", file.path())});
    EXPECT_EQ(reader.Secret("password", "password"), c.secret);
    EXPECT_THAT(reader.Finish(), IsOk());
  }
}

TEST(Secret, ThatLivesIsWhatTheFileHoldsNow) {
  const std::string path = ::testing::TempDir() + "/live";
  std::ofstream(path) << "first\n";
  ConfigReader reader("events", {"--password-file=" + path});
  const SecretSource secret = reader.LiveSecret("password", "password");
  EXPECT_THAT(reader.Finish(), IsOk());
  EXPECT_EQ(secret(), "first");
  std::ofstream(path) << "second\n";
  EXPECT_EQ(secret(), "second");
  std::remove(path.c_str());
  EXPECT_EQ(secret(), "first");
}

TEST(Secret, IsFoundThroughTheEnvironment) {
  const File file("s3cret");
  const Variable variable("SCHARNIER_PASSWORD_FILE", file.path().c_str());
  ConfigReader reader("events", {});
  EXPECT_EQ(reader.Secret("password", "password", true), "s3cret");
  EXPECT_THAT(reader.Finish(), IsOk());
}

TEST(Secret, IsNoValueAndNoFolder) {
  ConfigReader value("events", {"--password=s3cret"});
  value.Secret("password", "password");
  EXPECT_THAT(ProblemsOf(value),
              ElementsAre(AllOf(HasSubstr("--password is no flag"), Not(HasSubstr("s3cret")))));

  ConfigReader folder("events", {absl::StrCat("--password-file=", ::testing::TempDir())});
  folder.Secret("password", "password");
  EXPECT_THAT(ProblemsOf(folder), ElementsAre(HasSubstr("cannot be read")));
}

TEST(Help, ListsAllWithTheirDefaults) {
  ConfigReader reader("events", {"--help"});
  EXPECT_TRUE(reader.wants_help());
  reader.Int("port", {.help = "port of the API", .fallback = 50051});
  reader.Required("database-url", "where the database is");
  reader.Duration("wait", "a while", absl::Seconds(90));
  reader.Bool("fast", "hurry");
  reader.Secret("password", "password of the role");
  EXPECT_THAT(reader.Help(),
              AllOf(HasSubstr("Usage: events"), HasSubstr("--port=NUMBER"),
                    HasSubstr("port of the API; default 50051"), HasSubstr("--database-url=TEXT"),
                    HasSubstr("where the database is; required"), HasSubstr("default 1m30s"),
                    HasSubstr("--fast\n"), HasSubstr("--password-file=PATH"),
                    HasSubstr("SCHARNIER_SOME_NAME")));
  EXPECT_FALSE(ConfigReader("events", {"help"}).wants_help());
}

TEST(ConfigReader, HasNoProblemWithNothing) {
  ConfigReader reader("events", {});
  EXPECT_THAT(ProblemsOf(reader), IsEmpty());
}

}  // namespace
}  // namespace scharnier::runtime
