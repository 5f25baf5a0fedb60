#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/runtime/uuid.h"
#include "common/testing/matchers.h"
#include "scharnier/events/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/events/events_test.h"
#include "services/events/sql/all.sql.h"

namespace scharnier::events {
namespace {

using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasMetadata;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsOkAnd;

class SessionsTest : public EventsTest {
 protected:
  std::vector<std::string> List(const runtime::Context& ctx, const std::string& filter,
                                int page_size = 0) {
    v1::ListSessionsRequest request;
    request.set_filter(filter);
    request.set_page_size(page_size);
    std::vector<std::string> titles;
    do {
      const auto page = service_.ListSessions(ctx, request);
      EXPECT_THAT(page, IsOk());
      for (const v1::Session& session : page->sessions()) {
        titles.push_back(session.title().nl());
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return titles;
  }
};

TEST_F(SessionsTest, EveryQueryPreparesOnTheMigratedSchema) {
  EXPECT_THAT(testing::PrepareAll(database_, sql::All()), IsEmpty());
}

TEST_F(SessionsTest, EveryColumnIsTagged) {
  EXPECT_THAT(testing::UntaggedColumns(database_), IsEmpty());
}

TEST_F(SessionsTest, ADraftExistsForStaffAlone) {
  v1::CreateSeriesRequest create;
  create.mutable_series()->mutable_title()->set_nl("Verblijf na coronatijd");
  create.mutable_series()->set_contact_email("focusgroepen@example.org");
  create.set_request_id(runtime::NewUuid());
  const auto draft = service_.CreateSeries(Staff(), create);
  ASSERT_THAT(draft, IsOk());
  EXPECT_EQ(draft->state(), v1::Series::STATE_DRAFT);
  v1::GetSeriesRequest get;
  get.set_name(draft->name());
  EXPECT_THAT(service_.GetSeries(Staff(), get), IsOkAnd(EqualsProto(*draft)));
  EXPECT_THAT(service_.GetSeries(Anonymous(), get),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  EXPECT_THAT(database_.Sql("SELECT count(*) FROM change"), ElementsAre("0"))
      << "a draft leaves the house in no feed";

  v1::CreateSessionRequest session;
  *session.mutable_session() = MakeSession();
  session.mutable_session()->set_series(draft->name());
  session.set_request_id(runtime::NewUuid());
  const auto made = service_.CreateSession(Staff(), session);
  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(Get(Staff(), made->name()), IsOkAnd(EqualsProto(*made)));
  EXPECT_THAT(Get(Anonymous(), made->name()),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  v1::PublishSessionRequest publish;
  publish.set_name(made->name());
  publish.set_request_id(runtime::NewUuid());
  EXPECT_THAT(service_.PublishSession(Staff(), publish), HasReason(v1::ERROR_REASON_SERIES_STATE));
}

TEST_F(SessionsTest, ASessionNeedsASeriesThatExists) {
  v1::CreateSessionRequest session;
  *session.mutable_session() = MakeSession();
  session.mutable_session()->set_series("series/" + runtime::NewUuid());
  session.set_request_id(runtime::NewUuid());
  const auto refused = service_.CreateSession(Staff(), session);
  EXPECT_THAT(refused, HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  EXPECT_THAT(refused, HasMetadata("name", session.session().series()));
}

TEST_F(SessionsTest, WhatIsNotFoundIsNamed) {
  v1::UpdateSessionRequest update;
  update.mutable_session()->set_name("sessions/" + runtime::NewUuid());
  update.mutable_session()->set_etag("AAAAAAAAAAA");
  update.mutable_session()->mutable_title()->set_nl("Anders");
  update.set_request_id(runtime::NewUuid());
  const auto refused = service_.UpdateSession(Staff(), update);
  EXPECT_THAT(refused, HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  EXPECT_THAT(refused, HasMetadata("name", update.session().name()));
  v1::GetSeriesRequest get;
  get.set_name("series/" + runtime::NewUuid());
  EXPECT_THAT(service_.GetSeries(Anonymous(), get), HasMetadata("name", get.name()));
}

TEST_F(SessionsTest, PublishingPrintsDutchAndTheFirstMomentTooLate) {
  const v1::Session session = MakeSession();
  EXPECT_EQ(session.when().display(), "donderdag 15 oktober 2020 van 9.00 tot 12.00 uur");
  EXPECT_EQ(session.window().deadline().display(), "tot en met zondag 11 oktober 2020");
  EXPECT_EQ(session.window().deadline().closes_before().seconds(), 1602453600);
  EXPECT_THAT(Get(Anonymous(), session.name()), IsOkAnd(EqualsProto(session)));
}

TEST_F(SessionsTest, ListsByBeginningWithFiltersAndPages) {
  const std::string series = MakeSeries().name();
  const auto make = [&](const char* title, int day, types::v1::Region region,
                        v1::Session::Mode mode) {
    MakeSession([&](v1::Session& s) {
      s.set_series(series);
      s.mutable_title()->set_nl(title);
      if (day == 0) {
        s.mutable_when()->mutable_not_known();
      } else {
        s.mutable_when()->mutable_period()->mutable_from()->mutable_date()->set_day(day);
        s.mutable_when()->mutable_period()->mutable_to()->mutable_date()->set_day(day);
      }
      s.mutable_regions()->set_regions(0, region);
      s.set_mode(mode);
      s.mutable_place()->set_address("Hallepoortlaan 27, 1060 Brussel");
    });
  };
  make("ooit", 0, types::v1::REGION_ANT, v1::Session::MODE_ONLINE);
  make("west", 29, types::v1::REGION_WVL, v1::Session::MODE_IN_PERSON);
  make("oost", 26, types::v1::REGION_OVL, v1::Session::MODE_ONLINE);
  make("ook oost", 26, types::v1::REGION_OVL, v1::Session::MODE_ONLINE);
  MakeSession([](v1::Session& s) { s.mutable_title()->set_nl("andere reeks"); });

  const std::string in_series = absl::StrCat("series = \"", series, "\"");
  EXPECT_THAT(List(Anonymous(), in_series), ElementsAre("oost", "ook oost", "west", "ooit"));
  EXPECT_THAT(List(Anonymous(), in_series, 1), ElementsAre("oost", "ook oost", "west", "ooit"));
  EXPECT_THAT(List(Anonymous(), in_series + " AND region = REGION_OVL"),
              ElementsAre("oost", "ook oost"));
  EXPECT_THAT(List(Anonymous(), in_series + " AND mode = MODE_IN_PERSON"), ElementsAre("west"));
  EXPECT_THAT(List(Staff(), in_series + " AND state = STATE_DRAFT"), IsEmpty());
}

TEST_F(SessionsTest, ListsSeriesNewestFirst) {
  const std::string first = MakeSeries().name(), second = MakeSeries().name(),
                    third = MakeSeries().name();
  v1::ListSeriesRequest request;
  request.set_page_size(2);
  const auto page = service_.ListSeries(Anonymous(), request);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->series_size(), 2);
  EXPECT_EQ(page->series(0).name(), third);
  EXPECT_EQ(page->series(1).name(), second);
  request.set_page_token(page->next_page_token());
  const auto rest = service_.ListSeries(Anonymous(), request);
  ASSERT_THAT(rest, IsOk());
  ASSERT_EQ(rest->series_size(), 1);
  EXPECT_EQ(rest->series(0).name(), first);
  EXPECT_EQ(rest->next_page_token(), "");
  // A token belongs to its caller and its query.
  EXPECT_THAT(service_.ListSeries(Staff(), request),
              HasReason(types::v1::ERROR_REASON_PAGE_TOKEN_INVALID));
  request.set_filter("state = STATE_PUBLISHED");
  EXPECT_THAT(service_.ListSeries(Anonymous(), request),
              HasReason(types::v1::ERROR_REASON_PAGE_TOKEN_INVALID));
}

TEST_F(SessionsTest, PublishedSessionsChangeInFewFields) {
  const v1::Session session = MakeSession();
  v1::UpdateSessionRequest update;
  update.mutable_session()->set_name(session.name());
  update.mutable_session()->mutable_title()->set_nl("Antwerpen, in de voormiddag");
  update.set_request_id(runtime::NewUuid());
  EXPECT_THAT(service_.UpdateSession(Staff(), update),
              HasReason(types::v1::ERROR_REASON_FIELD_MISSING));
  update.mutable_session()->set_etag(session.etag());
  const auto updated = service_.UpdateSession(Staff(), update);
  ASSERT_THAT(updated, IsOk());
  EXPECT_NE(updated->etag(), session.etag());
  // Who sends back what was read changes nothing, in fields that are fixed as well (AIP-134).
  v1::UpdateSessionRequest back;
  *back.mutable_session() = *updated;
  back.mutable_update_mask()->add_paths("*");
  back.set_request_id(runtime::NewUuid());
  const std::string records = "SELECT count(*) FROM change UNION ALL SELECT count(*) FROM audit";
  const std::vector<std::string> before = database_.Sql(records);
  EXPECT_THAT(service_.UpdateSession(Staff(), back), IsOkAnd(EqualsProto(*updated)));
  EXPECT_EQ(database_.Sql(records), before) << "nothing changed";
  back.mutable_session()->mutable_title()->set_nl("Antwerpen");
  back.set_request_id(runtime::NewUuid());
  const auto renamed = service_.UpdateSession(Staff(), back);
  ASSERT_THAT(renamed, IsOk());
  EXPECT_EQ(renamed->title().nl(), "Antwerpen");
  update.mutable_session()->set_etag(renamed->etag());
  update.mutable_session()->set_choice_group("andere");
  update.set_request_id(runtime::NewUuid());
  EXPECT_THAT(service_.UpdateSession(Staff(), update), HasReason(v1::ERROR_REASON_FIELD_FROZEN));
  update.mutable_update_mask()->add_paths("state");
  update.set_request_id(runtime::NewUuid());
  EXPECT_THAT(service_.UpdateSession(Staff(), update),
              HasReason(types::v1::ERROR_REASON_FIELD_MASK_INVALID));
}

TEST_F(SessionsTest, ManyReadersShareRoundTripsAndGetTheirOwnAnswers) {
  const v1::Session session = MakeSession();
  for (int i = 0; i < 200; ++i) {
    const bool known = i % 2 == 0;
    const auto answer = Get(Anonymous(), known ? session.name() : "sessions/" + runtime::NewUuid());
    if (known) {
      EXPECT_THAT(answer, IsOkAnd(EqualsProto(session)));
    } else {
      EXPECT_THAT(answer, HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
    }
  }
}

TEST_F(SessionsTest, WhatIsOpenToAllIsListedForEveryRegion) {
  const v1::Session open = MakeSession([](v1::Session& s) {
    s.mutable_title()->set_nl("voor iedereen");
    s.mutable_regions()->set_openness(v1::OPENNESS_OPEN);
  });
  EXPECT_EQ(open.regions().regions_size(), 1) << "the set informs";
  EXPECT_THAT(List(Anonymous(), "region = REGION_LIM"), ElementsAre("voor iedereen"));
}

}  // namespace
}  // namespace scharnier::events
