#include "services/notifications/registration_facts.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/errors/macros.h"
#include "common/types/when.h"
#include "scharnier/events/v1/registration_service.pb.h"
#include "scharnier/events/v1/series_service.pb.h"
#include "scharnier/events/v1/session_service.pb.h"
#include "services/notifications/links.h"

namespace scharnier::notifications {
namespace {

namespace ev = ::scharnier::events::v1;
namespace ms = ::kainjow::mustache;

std::string WhereIs(const ev::Session& session) {
  if (session.mode() == ev::Session::MODE_ONLINE) {
    return "online";
  }
  const std::string place =
      session.has_place() ? OneLine(session.place().address()) : "nog niet bekend";
  return session.mode() == ev::Session::MODE_HYBRID ? absl::StrCat(place, ", of online") : place;
}

}  // namespace

Facts FactsOf(const RegistrationParts& parts, const std::string& recipient) {
  const ev::Registration& registration = parts.registration;
  Facts facts{.title = OneLine(parts.session.title().nl()),
              .contact = parts.series.contact_email()};
  int number = 0;
  if (absl::SimpleAtoi(absl::StripPrefix(recipient, "people/"), &number) && number >= 0 &&
      number < registration.recipients_size()) {
    facts.name = registration.recipients(number).full_name();
    facts.email = registration.recipients(number).email();
  }
  // Whoever has left the line since then has no position.
  const int position = registration.waiting_position();
  facts.words.set("position", position > 0 ? ms::data(absl::StrCat(position))
                                           : ms::data(ms::data::type::bool_false));
  facts.table = {
      {"Sessie", facts.title},
      {"Wanneer", types::InDutch(parts.session.when())},
      {"Waar", WhereIs(parts.session)},
  };
  if (!parts.session.place().access().empty()) {
    facts.table.emplace_back("Bereikbaarheid", OneLine(parts.session.place().access()));
  }
  std::vector<std::string> attendees;
  for (const ev::Attendee& attendee : registration.attendees()) {
    attendees.push_back(attendee.full_name());
  }
  facts.table.emplace_back("Deelnemers", absl::StrJoin(attendees, ", "));
  facts.table.emplace_back("Referentie", ReferenceOf(registration.name()));
  return facts;
}

absl::StatusOr<Facts> ReadRegistration(Sources& sources, const Links& links,
                                       const runtime::Context& ctx, const v1::Message& message) {
  const std::string& name = message.object();
  RegistrationParts parts;
  ASSIGN_OR_RETURN(
      parts.registration,
      (Get<ev::Registration, ev::GetRegistrationRequest>(
          sources.events, ctx, "scharnier.events.v1.RegistrationService/GetRegistration", name)));
  ASSIGN_OR_RETURN(parts.session,
                   (Get<ev::Session, ev::GetSessionRequest>(
                       sources.events, ctx, "scharnier.events.v1.SessionService/GetSession",
                       name.substr(0, name.find("/registrations/")))));
  ASSIGN_OR_RETURN(parts.series,
                   (Get<ev::Series, ev::GetSeriesRequest>(
                       sources.events, ctx, "scharnier.events.v1.SeriesService/GetSeries",
                       parts.session.series())));
  Facts facts = FactsOf(parts, message.recipient());
  facts.link = links.ToRegistration(parts.registration, message.recipient());
  return facts;
}

std::string ReferenceOf(absl::string_view registration) {
  // The last digits of a UUIDv7 are its random ones.
  const std::string digits = absl::AsciiStrToUpper(registration.substr(registration.size() - 8));
  return absl::StrCat(digits.substr(0, 4), "-", digits.substr(4));
}

}  // namespace scharnier::notifications
