#include "services/notifications/settings.h"

#include "common/testing/matchers.h"

namespace scharnier::notifications {
namespace {

using testing::HasCode;
using ::testing::HasSubstr;
using testing::IsOk;

TEST(SettingsTest, ReadsFlags) {
  runtime::ConfigReader reader(
      "notifications",
      {"--events=127.0.0.1:1", "--organisations=127.0.0.1:2", "--proposals=127.0.0.1:3",
       "--smtp-url=smtp://127.0.0.1:25", "--smtp-from=Opgroeien <a@example.org>", "--lease=2s",
       "--registration-link=https://loket.example.org/i#{token}", "--senders=8",
       "--first-retry=100ms", "--smtp-starttls", "--smtp-user=scharnier"});
  const Settings settings = ReadSettings(reader, false);
  EXPECT_THAT(reader.Finish(), IsOk());
  EXPECT_EQ(settings.sources.events, "127.0.0.1:1");
  EXPECT_EQ(settings.sources.organisations, "127.0.0.1:2");
  EXPECT_EQ(settings.sources.proposals, "127.0.0.1:3");
  EXPECT_EQ(settings.sender.lease, absl::Seconds(2));
  EXPECT_EQ(settings.sender.senders, 8);
  EXPECT_EQ(settings.sender.first_retry, absl::Milliseconds(100));
  EXPECT_EQ(settings.sender.from.name.text(), "Opgroeien");
  EXPECT_EQ(settings.sender.from.address.text(), "a@example.org");
  EXPECT_EQ(settings.sender.smtp.url, "smtp://127.0.0.1:25");
  EXPECT_EQ(settings.sender.smtp.user, "scharnier");
  EXPECT_TRUE(settings.sender.smtp.starttls);
  EXPECT_EQ(settings.links.registration, "https://loket.example.org/i#{token}");
  EXPECT_EQ(settings.links.mandate, "");
  EXPECT_EQ(settings.sender.smtp.reply_timeout, absl::Minutes(10));
}

TEST(SettingsTest, ReportsAllProblemsAtOnce) {
  runtime::ConfigReader reader("notifications", {"--smtp-from=nobody", "--senders=0",
                                                 "--invitation-link=https://loket.example.org"});
  ReadSettings(reader, false);
  const absl::Status status = reader.Finish();
  EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument));
  for (const char* flag : {"events", "organisations", "proposals", "smtp-url", "smtp-from",
                           "senders", "invitation-link"}) {
    EXPECT_THAT(status.message(), HasSubstr(flag));
  }
}

struct Relay {
  const char* url;
  bool starttls;
  const char* user;
  bool simulated;
  bool allowed;
};

TEST(SmtpOptionsTest, WhichRelaysMayBeUsed) {
  for (const Relay& r : {
           Relay{"smtp://relay.example.org:587", false, "", false, true},
           Relay{"smtps://relay.example.org", false, "user", false, true},
           Relay{"smtp://relay.example.org:587", true, "user", false, true},
           Relay{"smtp://relay.example.org:587", false, "user", false,
                 false},  // the password in the clear
           Relay{"smtp://127.0.0.1:2525", false, "user", false, true},
           Relay{"smtp://127.0.0.1:2525", false, "", true, true},
           Relay{"smtp://[::1]:2525", false, "", true, true},
           Relay{"smtp://localhost:2525", false, "", true, true},
           Relay{"smtp://relay.example.org:587", true, "", true, false},  // a set clock
           Relay{"smtp://127.0.0.1.example.org", false, "", true, false},
           Relay{"smtp://127.0.0.1@relay.example.org", false, "", true, false},
           Relay{"smtp://user:secret@127.0.0.1", false, "", false, false},
           Relay{"https://127.0.0.1", false, "", false, false},
           Relay{"relay.example.org", false, "", false, false},
           Relay{"", false, "", false, false},
       }) {
    SmtpOptions options;
    options.url = r.url;
    options.starttls = r.starttls;
    options.user = r.user;
    EXPECT_EQ(CheckSmtpOptions(options, r.simulated).ok(), r.allowed)
        << r.url << " " << r.user << " " << r.simulated;
  }
}

}  // namespace
}  // namespace scharnier::notifications
