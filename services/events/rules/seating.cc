#include "services/events/rules/seating.h"

#include <limits>

namespace scharnier::events::rules {

int Line::free() const {
  return capacity.has_value() ? *capacity - confirmed : std::numeric_limits<int>::max();
}

Placing Place(Line& line, int party) {
  if (line.capacity.has_value() && party > *line.capacity) {
    return Placing::kTooLarge;
  }
  if (line.waiting == 0 && party <= line.free()) {
    line.confirmed += party;
    ++line.next_arrival;
    return Placing::kConfirmed;
  }
  if (!line.keeps_waiting_list) {
    return Placing::kFull;
  }
  line.waiting_seats += party;
  ++line.waiting;
  ++line.next_arrival;
  return Placing::kWaitlisted;
}

void Remove(Line& line, bool confirmed, int party) {
  if (confirmed) {
    line.confirmed -= party;
  } else {
    line.waiting_seats -= party;
    --line.waiting;
  }
}

int Promote(Line& line, const std::vector<int>& heads) {
  int promoted = 0;
  for (int party : heads) {
    if (party > line.free()) {
      break;
    }
    Remove(line, /*confirmed=*/false, party);
    line.confirmed += party;
    ++promoted;
  }
  return promoted;
}

}  // namespace scharnier::events::rules
