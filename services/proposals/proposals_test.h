// File: proposals_test.h
// The proposals service on a throw-away database, for its tests: callers, organisations, calls and
// proposals in a few words. It can be served as well.

#ifndef SCHARNIER_SERVICES_PROPOSALS_PROPOSALS_TEST_H_
#define SCHARNIER_SERVICES_PROPOSALS_PROPOSALS_TEST_H_

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/database.h"
#include "common/host/host.h"
#include "common/jobs/jobs.h"
#include "common/runtime/context.h"
#include "common/testing/postgres.h"
#include "common/testing/server.h"
#include "gmock/gmock.h"
#include "scharnier/organisations/v1/mandate.pb.h"
#include "services/proposals/service.h"

namespace scharnier::proposals {

inline constexpr auto kViewer = organisations::v1::Mandate::ROLE_VIEWER;
inline constexpr auto kEditor = organisations::v1::Mandate::ROLE_EDITOR;
inline constexpr auto kSignatory = organisations::v1::Mandate::ROLE_SIGNATORY;

// Runs `body(i)` for i < n on threads that begin together.
void InParallel(int n, const std::function<void(int)>& body);

class ProposalsTest : public ::testing::Test {
 protected:
  ProposalsTest();
  ~ProposalsTest() override;

  // Contexts of one call each, at the clock's instant.
  runtime::Context Person(const std::string& email);
  runtime::Context As(options::v1::Role role);
  runtime::Context Staff() { return As(options::v1::ROLE_STAFF); }

  // An organisation that the copy of the register knows: a facility in Oost-Vlaanderen unless
  // `adjust` says otherwise. Its name.
  std::string Organisation(
      const std::function<void(organisations::v1::Organisation&)>& adjust = {});
  // One that the register alone knows.
  std::string UnknownOrganisation();
  void Mandate(const std::string& email, const std::string& organisation,
               organisations::v1::Mandate::Role role);

  // A published call: one track, which asks ideas "waarom" and proposals "wat" (required) and
  // "waar"; hard deadlines on 15 March for ideas and 9 September 2022 for proposals. `adjust`
  // changes it before it is made.
  v1::Call MakeCall(const std::function<void(v1::Call&)>& adjust = {});
  v1::Call Draft(const std::function<void(v1::Call&)>& adjust = {});
  absl::StatusOr<v1::Call> Publish(const v1::Call& call);

  static v1::SubmitIdeaRequest IdeaRequest(const v1::Call& call, const std::string& organisation);

  // A draft, complete but for partners, and what is done with it.
  static v1::CreateProposalRequest ProposalRequest(const v1::Call& call, const std::string& lead);
  v1::Proposal MakeProposal(const std::string& email, const v1::Call& call,
                            const std::string& lead);
  absl::StatusOr<v1::Proposal> Read(const runtime::Context& ctx, const std::string& name);
  absl::StatusOr<v1::Proposal> Retitle(const std::string& email, const v1::Proposal& seen,
                                       const std::string& title);
  absl::StatusOr<v1::Proposal> Invite(const std::string& email, const std::string& proposal,
                                      const std::string& organisation);
  absl::StatusOr<v1::Proposal> Remove(const std::string& email, const std::string& proposal,
                                      const std::string& organisation);
  absl::StatusOr<v1::Invitation> Answer(const std::string& email, const std::string& proposal,
                                        const std::string& organisation, bool accept);
  // As it is now, and as it was read.
  absl::StatusOr<v1::Proposal> Submit(const runtime::Context& ctx, const std::string& proposal);
  absl::StatusOr<v1::Proposal> SubmitAt(const runtime::Context& ctx, const std::string& proposal,
                                        const std::string& etag);
  absl::StatusOr<v1::Proposal> Submit(const std::string& email, const std::string& proposal);
  absl::StatusOr<v1::Proposal> Withdraw(const std::string& email, const std::string& proposal);
  std::vector<std::string> Listed(const runtime::Context& ctx, const std::string& filter = "");

  // The types of all changes, without their package, in order.
  std::vector<std::string> Changes() const;
  // The scope of the last change, the names sorted.
  std::vector<std::string> LastScope() const;
  // The data of the last change.
  template <class Message>
  Message LastPayload() const {
    Message message;
    EXPECT_TRUE(ParseLastPayload(message));
    return message;
  }
  // Rows over all tables that a mutation writes: equal before and after means that nothing was
  // written.
  std::string Rows() const;

  testing::TestServer server_;
  testing::TestDatabase database_;
  db::Database db_;
  std::map<std::string, organisations::v1::Organisation> register_;
  std::map<std::string, rules::Mandates> mandates_;  // by person, as the register knows them
  std::atomic<bool> register_away_{false};
  std::atomic<int> asked_{0};
  jobs::Runner jobs_{db_, server_.clock()};
  host::Host host_{server_.clock(), server_.keyring(), server_.executor(), db_, jobs_};
  ProposalsService service_;

 private:
  bool ParseLastPayload(google::protobuf::Message& message) const;
};

}  // namespace scharnier::proposals

#endif  // SCHARNIER_SERVICES_PROPOSALS_PROPOSALS_TEST_H_
