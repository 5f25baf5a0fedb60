#include "services/proposals/proposals_test.h"

#include <latch>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/db/tx.h"
#include "common/directory/directory.h"
#include "common/errors/errors.h"
#include "common/runtime/keyring.h"
#include "common/runtime/uuid.h"
#include "common/testing/call_context.h"
#include "common/testing/directory_rows.h"
#include "common/testing/matchers.h"
#include "common/testing/text_proto.h"
#include "google/protobuf/any.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/proposals/migrations.sql.h"

namespace scharnier::proposals {
void InParallel(int n, const std::function<void(int)>& body) {
  std::latch ready(n);
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) {
    threads.emplace_back([&, i] {
      ready.arrive_and_wait();
      body(i);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

ProposalsTest::ProposalsTest()
    : server_({.now = absl::FromUnixSeconds(1643706000)}),  // 1 February 2022, 10.00 in Brussels
      database_("proposals", directory::WithDirectory(Migrations())),
      db_(database_.options()),
      service_(
          host_,
          [this](const runtime::Context&,
                 const std::string& name) -> absl::StatusOr<organisations::v1::Organisation> {
            ++asked_;
            if (const auto known = register_.find(name); known != register_.end()) {
              return known->second;
            }
            return errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND,
                                 "there is no such resource")
                .With("name", name);
          },
          [this](const runtime::Context& ctx) -> absl::StatusOr<rules::Mandates> {
            if (register_away_) {
              return errors::Error(types::v1::ERROR_REASON_DEPENDENCY_AWAY, "away");
            }
            const auto held = mandates_.find(ctx.caller().subject);
            return held == mandates_.end() ? rules::Mandates() : held->second;
          }) {}

ProposalsTest::~ProposalsTest() { server_.Stop(); }

runtime::Context ProposalsTest::Person(const std::string& email) {
  return testing::CallAsPerson(server_.keyring(), email, server_.clock().Now());
}

runtime::Context ProposalsTest::As(options::v1::Role role) {
  return testing::CallAs(role, "devos", server_.clock().Now());
}

std::string ProposalsTest::Organisation(
    const std::function<void(organisations::v1::Organisation&)>& adjust) {
  organisations::v1::Organisation organisation;
  organisation.set_name("organisations/" + runtime::NewUuid());
  organisation.set_kind(organisations::v1::Organisation::KIND_FACILITY);
  organisation.add_regions(types::v1::REGION_OVL);
  if (adjust) {
    adjust(organisation);
  }
  testing::CopyOrganisation(database_, organisation);
  return organisation.name();
}

std::string ProposalsTest::UnknownOrganisation() {
  organisations::v1::Organisation organisation;
  organisation.set_name("organisations/" + runtime::NewUuid());
  organisation.set_kind(organisations::v1::Organisation::KIND_FACILITY);
  organisation.add_regions(types::v1::REGION_OVL);
  register_[organisation.name()] = organisation;
  return organisation.name();
}

void ProposalsTest::Mandate(const std::string& email, const std::string& organisation,
                            organisations::v1::Mandate::Role role) {
  const std::string key = Person(email).caller().subject;
  testing::CopyMandate(database_, organisation, key, role);
  mandates_[key][organisation] = std::max(mandates_[key][organisation], role);
}

v1::Call ProposalsTest::Draft(const std::function<void(v1::Call&)>& adjust) {
  v1::CreateCallRequest create;
  *create.mutable_call() = testing::FromText<v1::Call>(R"pb(
    title { nl: "Reconversie in de jeugdhulp" }
    goal { nl: "Kwaliteitsvolle zorg op maat" }
    launch {
      deadline {
        date { year: 2021 month: 12 day: 20 }
        strictness: STRICTNESS_SOFT
        bound: BOUND_INCLUSIVE
      }
    }
    contact_email: "reconversie@example.org"
    milestones {
      id: "fiche"
      title { nl: "Fiche indienen" }
      gate: GATE_INTEREST
      when {
        deadline {
          date { year: 2022 month: 3 day: 15 }
          strictness: STRICTNESS_HARD
          bound: BOUND_INCLUSIVE
        }
      }
    }
    milestones {
      id: "indienen"
      title { nl: "Voorstel indienen" }
      gate: GATE_PROPOSAL
      when {
        deadline {
          date { year: 2022 month: 9 day: 9 }
          strictness: STRICTNESS_HARD
          bound: BOUND_INCLUSIVE
        }
      }
    }
    tracks {
      title { nl: "Gezinshuizen" }
      idea_form {
        sections {
          questions {
            id: "waarom"
            title { nl: "Waarom?" }
            required: true
            text {}
          }
        }
      }
      proposal_form {
        sections {
          questions {
            id: "wat"
            title { nl: "Wat?" }
            required: true
            text { max_chars: 50 }
          }
          questions {
            id: "waar"
            title { nl: "Waar?" }
            text {}
          }
        }
      }
    }
  )pb");
  static std::atomic<int> calls{0};
  create.mutable_call()->set_reference_prefix(absl::StrCat("RECO", ++calls));
  if (adjust) {
    adjust(*create.mutable_call());
  }
  create.set_request_id(runtime::NewUuid());
  const auto made = service_.CreateCall(Staff(), create);
  EXPECT_THAT(made, testing::IsOk());
  return *made;
}

absl::StatusOr<v1::Call> ProposalsTest::Publish(const v1::Call& call) {
  v1::PublishCallRequest publish;
  publish.set_name(call.name());
  publish.set_request_id(runtime::NewUuid());
  return service_.PublishCall(Staff(), publish);
}

v1::Call ProposalsTest::MakeCall(const std::function<void(v1::Call&)>& adjust) {
  const auto published = Publish(Draft(adjust));
  EXPECT_THAT(published, testing::IsOk());
  return *published;
}

v1::SubmitIdeaRequest ProposalsTest::IdeaRequest(const v1::Call& call,
                                                 const std::string& organisation) {
  v1::SubmitIdeaRequest request;
  v1::Idea& idea = *request.mutable_idea();
  idea.set_track(call.tracks(0).name());
  idea.set_organisation(organisation);
  idea.set_title("Een huis voor jonge ouders");
  idea.mutable_contact()->set_full_name("An Peeters");
  idea.mutable_contact()->set_email("an@example.org");
  idea.add_answers()->set_question_id("waarom");
  idea.mutable_answers(0)->set_text("Daarom");
  request.set_request_id(runtime::NewUuid());
  return request;
}

v1::CreateProposalRequest ProposalsTest::ProposalRequest(const v1::Call& call,
                                                         const std::string& lead) {
  v1::CreateProposalRequest request;
  v1::Proposal& proposal = *request.mutable_proposal();
  proposal.set_track(call.tracks(0).name());
  proposal.set_lead(lead);
  proposal.set_title("Huis voor jonge ouders");
  proposal.mutable_contact()->set_full_name("An Peeters");
  proposal.mutable_contact()->set_email("an@example.org");
  proposal.add_answers()->set_question_id("wat");
  proposal.mutable_answers(0)->set_text("Een huis");
  request.set_request_id(runtime::NewUuid());
  return request;
}

v1::Proposal ProposalsTest::MakeProposal(const std::string& email, const v1::Call& call,
                                         const std::string& lead) {
  const auto made = service_.CreateProposal(Person(email), ProposalRequest(call, lead));
  EXPECT_THAT(made, testing::IsOk());
  return *made;
}

absl::StatusOr<v1::Proposal> ProposalsTest::Read(const runtime::Context& ctx,
                                                 const std::string& name) {
  v1::GetProposalRequest request;
  request.set_name(name);
  return service_.GetProposal(ctx, request);
}

absl::StatusOr<v1::Proposal> ProposalsTest::Retitle(const std::string& email,
                                                    const v1::Proposal& seen,
                                                    const std::string& title) {
  v1::UpdateProposalRequest update;
  update.mutable_proposal()->set_name(seen.name());
  update.mutable_proposal()->set_etag(seen.etag());
  update.mutable_proposal()->set_title(title);
  update.set_request_id(runtime::NewUuid());
  return service_.UpdateProposal(Person(email), update);
}

absl::StatusOr<v1::Proposal> ProposalsTest::Invite(const std::string& email,
                                                   const std::string& proposal,
                                                   const std::string& organisation) {
  v1::InvitePartnerRequest request;
  request.set_name(proposal);
  request.set_organisation(organisation);
  request.set_request_id(runtime::NewUuid());
  return service_.InvitePartner(Person(email), request);
}

absl::StatusOr<v1::Proposal> ProposalsTest::Remove(const std::string& email,
                                                   const std::string& proposal,
                                                   const std::string& organisation) {
  v1::RemovePartnerRequest request;
  request.set_name(proposal);
  request.set_organisation(organisation);
  request.set_request_id(runtime::NewUuid());
  return service_.RemovePartner(Person(email), request);
}

absl::StatusOr<v1::Invitation> ProposalsTest::Answer(const std::string& email,
                                                     const std::string& proposal,
                                                     const std::string& organisation, bool accept) {
  v1::AnswerInvitationRequest request;
  request.set_name(proposal);
  request.set_organisation(organisation);
  request.set_accept(accept);
  request.set_request_id(runtime::NewUuid());
  return service_.AnswerInvitation(Person(email), request);
}

absl::StatusOr<v1::Proposal> ProposalsTest::Submit(const runtime::Context& ctx,
                                                   const std::string& proposal) {
  const auto seen = Read(ctx, proposal);
  return SubmitAt(ctx, proposal, seen.ok() ? seen->etag() : "");
}

absl::StatusOr<v1::Proposal> ProposalsTest::SubmitAt(const runtime::Context& ctx,
                                                     const std::string& proposal,
                                                     const std::string& etag) {
  v1::SubmitProposalRequest request;
  request.set_name(proposal);
  request.set_etag(etag);
  request.set_request_id(runtime::NewUuid());
  return service_.SubmitProposal(ctx, request);
}

absl::StatusOr<v1::Proposal> ProposalsTest::Submit(const std::string& email,
                                                   const std::string& proposal) {
  return Submit(Person(email), proposal);
}

absl::StatusOr<v1::Proposal> ProposalsTest::Withdraw(const std::string& email,
                                                     const std::string& proposal) {
  v1::WithdrawProposalRequest request;
  request.set_name(proposal);
  request.set_request_id(runtime::NewUuid());
  return service_.WithdrawProposal(Person(email), request);
}

std::vector<std::string> ProposalsTest::Listed(const runtime::Context& ctx,
                                               const std::string& filter) {
  v1::ListProposalsRequest request;
  request.set_filter(filter);
  request.set_page_size(1);
  std::vector<std::string> names;
  do {
    const auto page = service_.ListProposals(ctx, request);
    EXPECT_THAT(page, testing::IsOk());
    for (const v1::Proposal& proposal : page->proposals()) {
      EXPECT_EQ(proposal.answers_size() == 0 ? "" : proposal.answers(0).text(), "");
      names.push_back(proposal.name());
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return names;
}

std::vector<std::string> ProposalsTest::Changes() const {
  return database_.Sql(
      "SELECT replace(type, 'scharnier.proposals.v1.', '') FROM change ORDER BY n");
}

std::vector<std::string> ProposalsTest::LastScope() const {
  return database_.Sql(
      "SELECT unnest(scope) FROM (SELECT scope FROM change ORDER BY n DESC LIMIT 1) AS last "
      "ORDER BY 1");
}

bool ProposalsTest::ParseLastPayload(google::protobuf::Message& message) const {
  google::protobuf::Any any;
  return any.ParseFromString(absl::HexStringToBytes(database_.Sql(
             "SELECT encode(payload, 'hex') FROM change ORDER BY n DESC LIMIT 1")[0])) &&
         any.UnpackTo(&message);
}

std::string ProposalsTest::Rows() const {
  std::vector<std::string> counts;
  for (const char* table : {"call", "idea", "proposal", "proposal_version", "invitation", "change",
                            "audit", "request_log"}) {
    counts.push_back(database_.Sql(absl::StrCat("SELECT count(*) FROM ", table))[0]);
  }
  counts.push_back(database_.Sql(
      "SELECT concat_ws(' ', (SELECT sum(version) FROM call), (SELECT sum(version) FROM idea), "
      "(SELECT sum(version) FROM proposal), (SELECT sum(version) FROM invitation))")[0]);
  return absl::StrJoin(counts, " ");
}

}  // namespace scharnier::proposals
