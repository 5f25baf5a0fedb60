#include "services/notifications/facts.h"

#include "common/errors/macros.h"
#include "scharnier/events/v1/registration_service.pb.h"
#include "scharnier/events/v1/series_service.pb.h"
#include "scharnier/events/v1/session_service.pb.h"

namespace scharnier::notifications {

namespace ev = ::scharnier::events::v1;

ReadFacts FactsFromEvents(rpc::Client& events) {
  return [&events](const runtime::Context& ctx,
                   const std::string& object) -> absl::StatusOr<Facts> {
    Facts facts;
    ev::GetRegistrationRequest registration;
    registration.set_name(object);
    ASSIGN_OR_RETURN(
        facts.registration,
        events.Call<ev::Registration>(
            ctx, "scharnier.events.v1.RegistrationService/GetRegistration", registration));
    ev::GetSessionRequest session;
    session.set_name(object.substr(0, object.find("/registrations/")));
    ASSIGN_OR_RETURN(
        facts.session,
        events.Call<ev::Session>(ctx, "scharnier.events.v1.SessionService/GetSession", session));
    ev::GetSeriesRequest series;
    series.set_name(facts.session.series());
    ASSIGN_OR_RETURN(facts.series, events.Call<ev::Series>(
                                       ctx, "scharnier.events.v1.SeriesService/GetSeries", series));
    return facts;
  };
}

}  // namespace scharnier::notifications
