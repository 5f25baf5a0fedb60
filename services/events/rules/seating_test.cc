#include "services/events/rules/seating.h"

#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"

namespace scharnier::events::rules {
namespace {

struct PlaceCase {
  const char* what;
  Line line;
  int party;
  Placing placing;
  int confirmed, waiting_seats;  // afterwards
};

class PlaceTest : public ::testing::TestWithParam<PlaceCase> {};

TEST_P(PlaceTest, Places) {
  const PlaceCase& c = GetParam();
  Line line = c.line;
  EXPECT_EQ(Place(line, c.party), c.placing);
  EXPECT_EQ(line.confirmed, c.confirmed);
  EXPECT_EQ(line.waiting_seats, c.waiting_seats);
  const bool taken = c.placing == Placing::kConfirmed || c.placing == Placing::kWaitlisted;
  EXPECT_EQ(line.next_arrival, c.line.next_arrival + (taken ? 1 : 0));
}

INSTANTIATE_TEST_SUITE_P(
    All, PlaceTest,
    ::testing::Values(
        PlaceCase{"free", {.capacity = 10}, 1, Placing::kConfirmed, 1, 0},
        PlaceCase{"the last seat", {.capacity = 10, .confirmed = 9}, 1, Placing::kConfirmed, 10, 0},
        PlaceCase{"full", {.capacity = 10, .confirmed = 10}, 1, Placing::kWaitlisted, 10, 1},
        PlaceCase{"a party that does not fit waits whole",
                  {.capacity = 10, .confirmed = 9},
                  2,
                  Placing::kWaitlisted,
                  9,
                  2},
        PlaceCase{"a newcomer never passes those in line",
                  {.capacity = 10, .confirmed = 9, .waiting_seats = 2, .waiting = 1},
                  1,
                  Placing::kWaitlisted,
                  9,
                  3},
        PlaceCase{"full without a list",
                  {.capacity = 10, .confirmed = 10, .keeps_waiting_list = false},
                  1,
                  Placing::kFull,
                  10,
                  0},
        PlaceCase{"larger than the session", {.capacity = 10}, 11, Placing::kTooLarge, 0, 0},
        PlaceCase{"as large as the session", {.capacity = 10}, 10, Placing::kConfirmed, 10, 0},
        PlaceCase{"unlimited", {.confirmed = 100000}, 20, Placing::kConfirmed, 100020, 0}),
    [](const auto& instance) {
      std::string name = instance.param.what;
      std::erase_if(name, [](char c) { return !isalnum(c); });
      return name;
    });

struct PromoteCase {
  int capacity, confirmed;
  std::vector<int> heads;
  int promoted;
};

TEST(PromoteTest, SeatsFromTheHeadAndStopsAtTheFirstThatDoesNotFit) {
  for (const PromoteCase& c :
       std::vector<PromoteCase>{{10, 10, {1}, 0},
                                {10, 9, {1}, 1},
                                {10, 9, {2, 1}, 0},  // the second never passes the first
                                {10, 7, {2, 1}, 2},
                                {10, 7, {1, 1, 2, 1}, 2},
                                {10, 0, {}, 0}}) {
    Line line{.capacity = c.capacity, .confirmed = c.confirmed};
    for (int party : c.heads) {
      line.waiting_seats += party;
      ++line.waiting;
    }
    EXPECT_EQ(Promote(line, c.heads), c.promoted);
    EXPECT_EQ(line.waiting, static_cast<int>(c.heads.size()) - c.promoted);
    EXPECT_LE(line.confirmed, c.capacity);
  }
}

// A model in its simplest form: a list of parties. Whatever comes and goes, nobody sits who should
// not, nobody waits who could sit, and nobody passes.
TEST(SeatingTest, AgreesWithAModelOverRandomComingsAndGoings) {
  struct Party {
    int size;
    bool seated;
  };
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    const int capacity = static_cast<int>(random() % 12) + 1;
    Line line{.capacity = capacity};
    std::vector<Party> parties;  // in order of arrival
    for (int step = 0; step < 200; ++step) {
      if (parties.empty() || random() % 3 != 0) {
        const int size = static_cast<int>(random() % 4) + 1;
        const Placing placing = Place(line, size);
        if (placing != Placing::kTooLarge) {
          parties.push_back({size, placing == Placing::kConfirmed});
        }
      } else {
        const size_t who = random() % parties.size();
        Remove(line, parties[who].seated, parties[who].size);
        parties.erase(parties.begin() + static_cast<std::ptrdiff_t>(who));
        std::vector<int> heads;
        for (const Party& party : parties) {
          if (!party.seated) {
            heads.push_back(party.size);
          }
        }
        int promoted = Promote(line, heads);
        for (Party& party : parties) {
          if (!party.seated && promoted-- > 0) {
            party.seated = true;
          }
        }
      }
      int confirmed = 0, waiting_seats = 0, waiting = 0;
      const Party* head = nullptr;
      for (const Party& party : parties) {
        confirmed += party.seated ? party.size : 0;
        waiting_seats += party.seated ? 0 : party.size;
        waiting += party.seated ? 0 : 1;
        head = head == nullptr && !party.seated ? &party : head;
      }
      ASSERT_EQ(line.confirmed, confirmed) << "seed " << seed;
      ASSERT_EQ(line.waiting_seats, waiting_seats) << "seed " << seed;
      ASSERT_EQ(line.waiting, waiting) << "seed " << seed;
      ASSERT_LE(confirmed, capacity) << "seed " << seed;
      ASSERT_TRUE(head == nullptr || head->size > capacity - confirmed) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace scharnier::events::rules
