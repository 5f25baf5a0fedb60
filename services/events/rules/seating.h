// File: seating.h
// Who sits and who waits. A party is seated whole; nobody passes those in line; a free seat stays
// free only while the first in line needs more seats than are free.

#ifndef SCHARNIER_SERVICES_EVENTS_RULES_SEATING_H_
#define SCHARNIER_SERVICES_EVENTS_RULES_SEATING_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace scharnier::events::rules {

// The seats of a session and the line in front of them, in seats unless said otherwise.
struct Line {
  std::optional<int> capacity;  // none: unlimited
  int confirmed = 0;
  int waiting_seats = 0;
  int waiting = 0;  // registrations
  int64_t next_arrival =
      1;  // the next registration's number; arrival is the order in which the lock was taken
  bool keeps_waiting_list = true;

  int free() const;
};

enum class Placing {
  kConfirmed,
  kWaitlisted,
  kFull,      // and no waiting list is kept
  kTooLarge,  // more people than the session has seats in all
};

// Places a party that arrives now, and counts it and its arrival in `line` when it is confirmed or
// waitlisted.
Placing Place(Line& line, int party);

// Takes a registration out of the line or off its seats.
void Remove(Line& line, bool confirmed, int party);

// How many from the head of the line, whose party sizes are `heads`, get a seat now; counts them in
// `line`.
int Promote(Line& line, const std::vector<int>& heads);

}  // namespace scharnier::events::rules

#endif  // SCHARNIER_SERVICES_EVENTS_RULES_SEATING_H_
