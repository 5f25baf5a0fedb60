#include "common/changes/record.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "absl/strings/escaping.h"
#include "common/changes/sql/all.sql.h"
#include "common/changes/test_feed.h"
#include "common/db/listener.h"
#include "common/testing/matchers.h"
#include "common/testing/text_proto.h"
#include "gmock/gmock.h"
#include "scharnier/events/v1/registration.pb.h"

namespace scharnier::changes {
namespace {

using ::scharnier::testing::EqualsProto;
using ::scharnier::testing::FromText;
using ::scharnier::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kRequestId[] = "5e3c1c7e-8f9a-4d52-9a07-0d2f5c8e1b11";
constexpr char kSession[] = "sessions/0192f0c1-0000-7000-8000-000000000001";
constexpr char kRegistration[] =
    "sessions/0192f0c1-0000-7000-8000-000000000001/registrations/"
    "0192f0c1-0000-7000-8000-000000000002";

class RecordTest : public ::testing::Test {
 protected:
  absl::Status AppendAll(const std::vector<Record>& records) {
    return service_.database.Transact(
        *ctx_, [&](db::Tx& tx) { return Append(tx, service_.keyring, records); });
  }
  std::vector<std::string> Sql(const std::string& statement) {
    return service_.postgres.Sql(statement);
  }

  TestService service_;
  const std::unique_ptr<runtime::Context> ctx_ =
      ContextOf({.role = options::v1::ROLE_PERSON, .subject = "tester", .via = "team:reporting"});
};

TEST_F(RecordTest, EveryQueryIsPreparedAsTheRoleThatAsks) {
  std::vector<db::Query> services;
  const std::vector<db::Query> audits(std::begin(sql::kAudit), std::end(sql::kAudit));
  std::ranges::copy_if(sql::All(), std::back_inserter(services), [&](const db::Query& query) {
    return std::ranges::none_of(
        audits, [&](const db::Query& other) { return std::string_view(other.name) == query.name; });
  });
  EXPECT_THAT(testing::PrepareAll(service_.postgres, services), IsEmpty());
  EXPECT_THAT(testing::PrepareAll(service_.postgres, audits, "audit_events"), IsEmpty());
  EXPECT_THAT(testing::PrepareAll(service_.postgres, audits), SizeIs(audits.size()));
}

TEST_F(RecordTest, WritesTheChangeWithTheAttributesOfItsResource) {
  events::v1::Registration after = FromText<events::v1::Registration>(R"(
    registrant { full_name: "An Peeters" email: "an.peeters@example.org" }
    attendees { full_name: "Bo Claes" audience: AUDIENCE_CLIENT }
    region: REGION_OVL
    state: STATE_CONFIRMED
  )");
  after.set_name(kRegistration);
  ASSERT_THAT(AppendAll({{.ctx = ctx_.get(),
                          .request_id = kRequestId,
                          .name = kRegistration,
                          .type = "registration.confirmed",
                          .after = &after,
                          .audience = Audience::kPublic,
                          .scope = {"REGION_OVL", "organisations/\"a, b\""},
                          .reason = ""}}),
              IsOk());

  EXPECT_THAT(
      Sql("SELECT concat_ws('|', source, aggregatetype, aggregateid, seq, type, subject, audience, "
          "scope[1], scope[2], time, trace, generation, pos) FROM change"),
      ElementsAre(
          absl::StrCat("//scharnier/events|registrations|0192f0c1-0000-7000-8000-000000000002|1|"
                       "scharnier.events.v1.registration.confirmed|",
                       kRegistration, "|PUBLIC|REGION_OVL|organisations/\"a, b\"|",
                       absl::FormatTime("%Y-%m-%d %H:%M:%E*S+00",
                                        absl::FromUnixMicros(absl::ToUnixMicros(ctx_->now())),
                                        absl::UTCTimeZone()),
                       "|", ctx_->trace().ToHeader())));

  const std::vector<std::string> payloads = Sql("SELECT encode(payload, 'hex') FROM change");
  ASSERT_EQ(payloads.size(), 1u);
  google::protobuf::Any any;
  ASSERT_TRUE(any.ParseFromString(absl::HexStringToBytes(payloads[0])));
  events::v1::Registration shown;
  ASSERT_TRUE(any.UnpackTo(&shown));
  events::v1::Registration expected = FromText<events::v1::Registration>(R"(
    registrant {}
    attendees { audience: AUDIENCE_CLIENT }
    region: REGION_OVL
    state: STATE_CONFIRMED
  )");
  expected.set_name(kRegistration);
  EXPECT_THAT(shown, EqualsProto(expected));
}

TEST_F(RecordTest, WritesTheAuditRowWithValuesThatAreNotPersonalAndHashesOfThoseThatAre) {
  const auto before = FromText<events::v1::Registration>(R"(
    registrant { full_name: "An Peeters" email: "an@example.org" }
    state: STATE_WAITLISTED
  )");
  const auto after = FromText<events::v1::Registration>(R"(
    registrant { full_name: "An Peeters" email: "an.peeters@example.org" }
    state: STATE_CONFIRMED
    confirm_time { seconds: 1603666800 }
  )");
  ASSERT_THAT(AppendAll({{.ctx = ctx_.get(),
                          .request_id = kRequestId,
                          .name = kRegistration,
                          .type = "registration.promoted",
                          .before = &before,
                          .after = &after,
                          .audience = Audience::kInternal,
                          .scope = {},
                          .reason = "a seat came free"}}),
              IsOk());
  EXPECT_THAT(
      Sql("SELECT concat_ws('|', subject, via, method, request_id, resource, decision, reason, "
          "trace) FROM audit"),
      ElementsAre(absl::StrCat("person:tester|team:reporting|Test/Call|", kRequestId, "|",
                               kRegistration, "|ALLOWED|a seat came free|",
                               ctx_->trace().ToHeader())));
  EXPECT_THAT(Sql("SELECT array_to_string(fields, ',') FROM audit"),
              ElementsAre("state,confirm_time,registrant.email"));
  EXPECT_THAT(Sql("SELECT before::text FROM audit"),
              ElementsAre(R"({"state": "STATE_WAITLISTED"})"));
  EXPECT_THAT(
      Sql("SELECT after::text FROM audit"),
      ElementsAre(R"({"state": "STATE_CONFIRMED", "confirm_time": "2020-10-25T23:00:00Z"})"));
  const auto hash = [&](const char* text) {
    return absl::BytesToHexString(service_.keyring.Mac(runtime::Keyring::kPseudonym, text));
  };
  EXPECT_THAT(Sql("SELECT hashes->'before'->>'registrant.email' FROM audit"),
              ElementsAre(hash("an@example.org")));
  EXPECT_THAT(Sql("SELECT hashes->'after'->>'registrant.email' FROM audit"),
              ElementsAre(hash("an.peeters@example.org")));
}

TEST_F(RecordTest, LeavesNoPersonalTextAnywhere) {
  const char* const canaries[] = {"canary-name", "canary@example.org", "canary-attendee",
                                  "attendee.canary@example.org", "canary-story"};
  auto after = FromText<events::v1::Registration>(R"(
    registrant { full_name: "canary-name" email: "canary@example.org" }
    attendees {
      full_name: "canary-attendee"
      email: "attendee.canary@example.org"
      answers { question_id: "traject" text: "canary-story" }
    }
    recipients { full_name: "canary-name" email: "canary@example.org" }
  )");
  const auto before = after;
  const auto record = [&](const events::v1::Registration* was,
                          const events::v1::Registration& is) -> Record {
    return {.ctx = ctx_.get(),
            .request_id = kRequestId,
            .name = kRegistration,
            .type = "registration.confirmed",
            .before = was,
            .after = &is,
            .audience = Audience::kInternal,
            .scope = {},
            .reason = ""};
  };
  ASSERT_THAT(AppendAll({record(nullptr, after)}), IsOk());
  after.clear_recipients();
  after.mutable_attendees(0)->mutable_answers(0)->set_text("another canary-story");
  ASSERT_THAT(AppendAll({record(&before, after)}), IsOk());

  const std::vector<std::string> rows =
      Sql("SELECT audit::text FROM audit UNION ALL "
          "SELECT change::text || encode(payload, 'escape') FROM change");
  ASSERT_EQ(rows.size(), 4u);
  for (const std::string& row : rows) {
    for (const char* canary : canaries) {
      EXPECT_THAT(row, Not(HasSubstr(canary)));
    }
  }
}

TEST_F(RecordTest, CountsTheChangesOfEachResourceFromOne) {
  const std::string a = TestService::NewName();
  const std::string b = TestService::NewName();
  ASSERT_THAT(service_.Write({a, b, a}), IsOk());
  ASSERT_THAT(service_.Write({a, b}), IsOk());
  EXPECT_THAT(Sql(absl::StrCat("SELECT CASE subject WHEN '", a,
                               "' THEN 'a' ELSE 'b' END || seq FROM change ORDER BY n")),
              ElementsAre("a1", "b1", "a2", "a3", "b2"));
  EXPECT_THAT(Sql("SELECT count(*) FROM audit"), ElementsAre("5"));
}

TEST_F(RecordTest, WithoutATypeIsAuditedAlone) {
  events::v1::Session session;
  session.set_capacity(20);
  ASSERT_THAT(AppendAll({{.ctx = ctx_.get(),
                          .request_id = "",
                          .name = kSession,
                          .type = "",
                          .after = &session,
                          .audience = Audience::kInternal,
                          .scope = {},
                          .reason = ""}}),
              IsOk());
  EXPECT_THAT(Sql("SELECT count(*) FROM change"), ElementsAre("0"));
  EXPECT_THAT(Sql("SELECT concat_ws('|', resource, after, hashes, request_id IS NULL) FROM audit"),
              ElementsAre(absl::StrCat(kSession, "|{\"capacity\": \"20\"}|{}|t")));
}

TEST_F(RecordTest, IsDiscreetWhereItsMakerSaysSo) {
  const auto session = FromText<events::v1::Session>("capacity: 20");
  const auto record = [&](const char* name, bool discreet) {
    return Record{.ctx = ctx_.get(), .name = name, .after = &session, .discreet = discreet};
  };
  ASSERT_THAT(AppendAll({record(kSession, true), record(kRegistration, false)}), IsOk());
  EXPECT_THAT(Sql("SELECT resource FROM audit_entry"), ElementsAre(kRegistration));
  EXPECT_THAT(Sql("SELECT resource FROM audit WHERE discreet"), ElementsAre(kSession));
}

TEST_F(RecordTest, IsUndoneWithItsTransaction) {
  EXPECT_THAT(service_.Write({kSession}, Audience::kInternal,
                             [](db::Tx&) { return absl::AbortedError("undone"); }),
              Not(IsOk()));
  EXPECT_THAT(Sql("SELECT count(*) FROM change"), ElementsAre("0"));
  EXPECT_THAT(Sql("SELECT count(*) FROM audit"), ElementsAre("0"));
}

TEST_F(RecordTest, NotifiesTheChannelOfTheSchemaAfterTheCommit) {
  db::Listener listener(service_.postgres.options(), "events");
  ASSERT_THAT(listener.Wait(absl::ZeroDuration()), IsOk());
  ASSERT_THAT(service_.Write({kSession, kSession}), IsOk());
  const absl::Time start = absl::Now();
  ASSERT_THAT(listener.Wait(absl::Minutes(5)), IsOk());
  EXPECT_LT(absl::Now() - start, absl::Minutes(5));
}

}  // namespace
}  // namespace scharnier::changes
