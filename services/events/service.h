// File: service.h
// The methods of events: series, sessions and registrations. One method an RPC, in series.cc,
// sessions.cc, register.cc and registrations.cc; what each promises stands in the protos.

#ifndef SCHARNIER_SERVICES_EVENTS_SERVICE_H_
#define SCHARNIER_SERVICES_EVENTS_SERVICE_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/db/batcher.h"
#include "common/db/database.h"
#include "common/host/host.h"
#include "common/rpc/service_table.h"
#include "common/runtime/context.h"
#include "common/runtime/executor.h"
#include "common/runtime/keyring.h"
#include "scharnier/events/v1/registration_service.pb.h"
#include "scharnier/events/v1/series_service.pb.h"
#include "scharnier/events/v1/session_service.pb.h"
#include "scharnier/organisations/v1/organisation.pb.h"
#include "services/events/store/sessions.h"

namespace scharnier::events {

// Thread-safe.
class EventsService {
 public:
  using Context = runtime::Context;

  // Asks the register for an organisation that its copy here does not have, and keeps the answer.
  using AskOrganisation = std::function<absl::StatusOr<organisations::v1::Organisation>(
      const Context& ctx, const std::string& name)>;

  EventsService(const host::Host& host, AskOrganisation ask_organisation);

  std::vector<rpc::ServiceTable> Tables();

  absl::StatusOr<v1::Series> CreateSeries(const Context& ctx, const v1::CreateSeriesRequest& req);
  absl::StatusOr<v1::Series> PublishSeries(const Context& ctx, const v1::PublishSeriesRequest& req);
  absl::StatusOr<v1::Series> GetSeries(const Context& ctx, const v1::GetSeriesRequest& req);
  absl::StatusOr<v1::ListSeriesResponse> ListSeries(const Context& ctx,
                                                    const v1::ListSeriesRequest& req);

  absl::StatusOr<v1::Session> CreateSession(const Context& ctx,
                                            const v1::CreateSessionRequest& req);
  absl::StatusOr<v1::Session> UpdateSession(const Context& ctx,
                                            const v1::UpdateSessionRequest& req);
  absl::StatusOr<v1::Session> PublishSession(const Context& ctx,
                                             const v1::PublishSessionRequest& req);
  // Batched: concurrent readers share a round trip.
  void GetSession(const Context& ctx, const v1::GetSessionRequest& req,
                  rpc::Done<v1::Session> done);
  absl::StatusOr<v1::ListSessionsResponse> ListSessions(const Context& ctx,
                                                        const v1::ListSessionsRequest& req);

  // Batched by session: concurrent registrations share a transaction.
  void Register(const Context& ctx, const v1::RegisterRequest& req,
                rpc::Done<v1::Registration> done);
  absl::StatusOr<v1::Registration> GetRegistration(const Context& ctx,
                                                   const v1::GetRegistrationRequest& req);
  absl::StatusOr<v1::ListRegistrationsResponse> ListRegistrations(
      const Context& ctx, const v1::ListRegistrationsRequest& req);
  absl::StatusOr<v1::Registration> UpdateRegistration(const Context& ctx,
                                                      const v1::UpdateRegistrationRequest& req);
  absl::StatusOr<v1::Registration> CancelRegistration(const Context& ctx,
                                                      const v1::CancelRegistrationRequest& req);

 private:
  using GetSessionBatcher = db::Batcher<store::SessionQuestion, v1::Session>;
  using RegisterBatcher = db::Batcher<const v1::RegisterRequest*, v1::Registration>;
  template <class Answer>
  using Answers = absl::StatusOr<std::vector<absl::StatusOr<Answer>>>;

  Answers<v1::Session> GetSessionBatch(const std::vector<GetSessionBatcher::Call*>& calls);
  Answers<v1::Registration> RegisterBatch(const std::string& session,
                                          const std::vector<RegisterBatcher::Call*>& calls);

  db::Database& db_;
  const runtime::Keyring& keyring_;
  runtime::Executor& executor_;
  const AskOrganisation ask_organisation_;
  GetSessionBatcher get_session_;
  RegisterBatcher register_;
};

}  // namespace scharnier::events

#endif  // SCHARNIER_SERVICES_EVENTS_SERVICE_H_
