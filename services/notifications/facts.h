// File: facts.h
// What a mail tells of, read from the services that know it when the mail is written: no address
// and no name is kept here.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_FACTS_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_FACTS_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/runtime/context.h"
#include "kainjow/mustache.hpp"
#include "scharnier/notifications/v1/message.pb.h"
#include "services/notifications/sources.h"

namespace scharnier::notifications {

// A way to act, for whoever gets the mail.
struct Link {
  std::string label;  // what can be done: "Bekijken, wijzigen of annuleren"
  std::string url;    // empty: there is none
};

// Facts for one recipient. No answer to a form is ever among them.
struct Facts {
  std::string name;                                        // how the recipient is addressed
  std::string email;                                       // empty: the recipient is gone
  std::string title;                                       // what it is about, on one line
  std::string contact;                                     // whom to ask; empty: the sender
  kainjow::mustache::data words;                           // what the purpose's template asks for
                                                           // besides name, title and contact
  std::vector<std::pair<std::string, std::string>> table;  // labels and values, as they are shown
  Link link;
};

// Reads the facts of a message. Blocks. Errors: the reads' own; NOT_FOUND when what it tells of, or
// its recipient, is gone.
using ReadFacts =
    std::function<absl::StatusOr<Facts>(const runtime::Context& ctx, const v1::Message& message)>;

class Links;

// Reads them from the services; `sources` and `links` outlive the function.
ReadFacts FactsFrom(Sources& sources, const Links& links);

// One line: runs of blanks and line breaks become a blank.
std::string OneLine(absl::string_view text);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_FACTS_H_
