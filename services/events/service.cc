#include "services/events/service.h"

#include <functional>

namespace scharnier::events {

EventsService::EventsService(const host::Host& host, AskOrganisation ask_organisation)
    : db_(host.database),
      keyring_(host.keyring),
      executor_(host.executor),
      ask_organisation_(std::move(ask_organisation)),
      // Two reads at a time keep both the database and this process busy.
      get_session_(
          host.executor, {.name = "GetSession", .max_parallel = 2},
          [this](const std::string&, const auto& calls) { return GetSessionBatch(calls); }),
      // One transaction at a time on a session: more would wait for its lock.
      register_(host.executor, {.name = "Register"},
                [this](const std::string& session, const auto& calls) {
                  return RegisterBatch(session, calls);
                }) {}

std::vector<rpc::ServiceTable> EventsService::Tables() {
  using std::bind_front;
  using Self = EventsService;

  rpc::ServiceTable series("scharnier.events.v1.SeriesService");
  series.Unary<v1::CreateSeriesRequest, v1::Series>("CreateSeries",
                                                    bind_front(&Self::CreateSeries, this));
  series.Unary<v1::PublishSeriesRequest, v1::Series>("PublishSeries",
                                                     bind_front(&Self::PublishSeries, this));
  series.Unary<v1::GetSeriesRequest, v1::Series>("GetSeries", bind_front(&Self::GetSeries, this));
  series.Unary<v1::ListSeriesRequest, v1::ListSeriesResponse>("ListSeries",
                                                              bind_front(&Self::ListSeries, this));

  rpc::ServiceTable sessions("scharnier.events.v1.SessionService");
  sessions.Unary<v1::CreateSessionRequest, v1::Session>("CreateSession",
                                                        bind_front(&Self::CreateSession, this));
  sessions.Unary<v1::UpdateSessionRequest, v1::Session>("UpdateSession",
                                                        bind_front(&Self::UpdateSession, this));
  sessions.Unary<v1::PublishSessionRequest, v1::Session>("PublishSession",
                                                         bind_front(&Self::PublishSession, this));
  sessions.Async<v1::GetSessionRequest, v1::Session>("GetSession",
                                                     bind_front(&Self::GetSession, this));
  sessions.Unary<v1::ListSessionsRequest, v1::ListSessionsResponse>(
      "ListSessions", bind_front(&Self::ListSessions, this));

  rpc::ServiceTable registrations("scharnier.events.v1.RegistrationService");
  registrations.Async<v1::RegisterRequest, v1::Registration>("Register",
                                                             bind_front(&Self::Register, this));
  registrations.Unary<v1::GetRegistrationRequest, v1::Registration>(
      "GetRegistration", bind_front(&Self::GetRegistration, this));
  registrations.Unary<v1::ListRegistrationsRequest, v1::ListRegistrationsResponse>(
      "ListRegistrations", bind_front(&Self::ListRegistrations, this));
  registrations.Unary<v1::UpdateRegistrationRequest, v1::Registration>(
      "UpdateRegistration", bind_front(&Self::UpdateRegistration, this));
  registrations.Unary<v1::CancelRegistrationRequest, v1::Registration>(
      "CancelRegistration", bind_front(&Self::CancelRegistration, this));

  std::vector<rpc::ServiceTable> tables;
  tables.push_back(std::move(series));
  tables.push_back(std::move(sessions));
  tables.push_back(std::move(registrations));
  return tables;
}

}  // namespace scharnier::events
