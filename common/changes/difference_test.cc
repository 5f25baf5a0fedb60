#include "common/changes/difference.h"

#include "common/testing/text_proto.h"
#include "gmock/gmock.h"
#include "scharnier/events/v1/registration.pb.h"
#include "scharnier/events/v1/session.pb.h"

namespace scharnier::changes {
namespace {

using ::scharnier::testing::FromText;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

// "path: before -> after", a * before personal ones, - for absent.
std::vector<std::string> Lines(const std::vector<FieldChange>& changes) {
  std::vector<std::string> lines;
  for (const FieldChange& change : changes) {
    lines.push_back(absl::StrCat(change.personal ? "*" : "", change.path, ": ",
                                 change.before.value_or("-"), " -> ", change.after.value_or("-")));
  }
  return lines;
}

TEST(DifferenceTest, NamesEachValueThatDiffers) {
  struct Case {
    const char* what;
    const char* before;
    const char* after;
    std::vector<std::string> lines;
  };
  const Case cases[] = {
      {"nothing", "capacity: 20 title { nl: 'a' }", "capacity: 20 title { nl: 'a' }", {}},
      {"a number", "capacity: 20", "capacity: 30", {"capacity: 20 -> 30"}},
      {"a bool that becomes false", "no_waiting_list: true", "", {"no_waiting_list: true -> -"}},
      {"an enum, by name",
       "state: STATE_DRAFT",
       "state: STATE_PUBLISHED",
       {"state: STATE_DRAFT -> STATE_PUBLISHED"}},
      {"a text in a message",
       "title { nl: 'a' en: 'c' }",
       "title { nl: 'b' en: 'c' }",
       {"title.nl: a -> b"}},
      {"a message that is gone",
       "place { address: 'a' access: 'b' }",
       "",
       {"place.address: a -> -", "place.access: b -> -"}},
      {"elements that differ and come",
       "regions { regions: [REGION_ANT] }",
       "regions { regions: [REGION_OVL, REGION_ANT] }",
       {"regions.regions[0]: REGION_ANT -> REGION_OVL", "regions.regions[1]: - -> REGION_ANT"}},
      {"a message without fields",
       "capacity: 20",
       "unlimited {}",
       {"capacity: 20 -> -", "unlimited: - -> set"}},
      {"an instant",
       "update_time { seconds: 1603666800 }",
       "update_time { seconds: 1603666800 nanos: 500000000 }",
       {"update_time: 2020-10-25T23:00:00Z -> 2020-10-25T23:00:00.500Z"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const auto before = FromText<events::v1::Session>(c.before);
    EXPECT_THAT(Lines(Difference(&before, FromText<events::v1::Session>(c.after))),
                ElementsAreArray(c.lines));
  }
}

TEST(DifferenceTest, NamesAllOfWhatWasMadeAndMarksWhatIsPersonal) {
  const auto made = FromText<events::v1::Registration>(R"(
    registrant { full_name: "An Peeters" email: "an.peeters@example.org" }
    attendees {
      full_name: "Bo Claes"
      audience: AUDIENCE_CLIENT
      answers { question_id: "traject" text: "pleegzorg" }
    }
    state: STATE_CONFIRMED
  )");
  EXPECT_THAT(
      Lines(Difference(nullptr, made)),
      ElementsAre("*registrant.full_name: - -> An Peeters",
                  "*registrant.email: - -> an.peeters@example.org",
                  "*attendees[0].full_name: - -> Bo Claes",
                  "attendees[0].audience: - -> AUDIENCE_CLIENT",
                  "attendees[0].answers[0].question_id: - -> traject",
                  "*attendees[0].answers[0].text: - -> pleegzorg", "state: - -> STATE_CONFIRMED"));
  EXPECT_THAT(Difference(&made, made), IsEmpty());
}

}  // namespace
}  // namespace scharnier::changes
