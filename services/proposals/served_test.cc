// The service behind its server: policy, field rules, paths of masks.

#include <string>

#include "common/rpc/policy.h"
#include "common/runtime/uuid.h"
#include "common/testing/matchers.h"
#include "scharnier/proposals/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/proposals/build.h"
#include "services/proposals/proposals_test.h"

namespace scharnier::proposals {
namespace {

using testing::HasField;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;

constexpr char kCreate[] = "scharnier.proposals.v1.ProposalService/CreateProposal";
constexpr char kUpdate[] = "scharnier.proposals.v1.ProposalService/UpdateProposal";
constexpr char kGetReceipt[] = "scharnier.proposals.v1.ProposalService/GetReceipt";
constexpr char kGet[] = "scharnier.proposals.v1.ProposalService/GetProposal";

using ServedTest = ProposalsTest;

TEST_F(ServedTest, NothingKeepsItFromBeingServed) {
  EXPECT_THAT(rpc::TableGaps(service_.Tables()), IsEmpty());
}

TEST_F(ServedTest, DraftsAreWrittenByPeopleAlone) {
  const v1::Call call = MakeCall();
  const std::string lead = Organisation();
  Mandate("an@example.org", lead, kEditor);
  server_.Start(service_.Tables());
  const v1::CreateProposalRequest create = ProposalRequest(call, lead);
  EXPECT_THAT(server_.Call<v1::Proposal>("service notifications", kCreate, create),
              HasReason(types::v1::ERROR_REASON_NOT_IDENTIFIED));
  for (const char* caller : {"staff devos", "team portaal"}) {
    EXPECT_THAT(server_.Call<v1::Proposal>(caller, kCreate, create),
                HasReason(types::v1::ERROR_REASON_ROLE_NOT_ALLOWED));
  }
  v1::CreateProposalRequest nameless = create;
  nameless.mutable_proposal()->mutable_contact()->clear_full_name();
  EXPECT_THAT(server_.Call<v1::Proposal>("person an@example.org", kCreate, nameless),
              HasField("proposal.contact.full_name"));
  const auto draft = server_.Call<v1::Proposal>("person an@example.org", kCreate, create);
  ASSERT_THAT(draft, IsOk());

  v1::UpdateProposalRequest update;
  update.mutable_proposal()->set_name(draft->name());
  update.mutable_proposal()->set_etag(draft->etag());
  types::v1::Answer& answer = *update.mutable_proposal()->add_answers();
  answer.set_question_id("waar");
  answer.set_text("Gent");
  update.mutable_update_mask()->add_paths("answers.waar");
  update.set_request_id(runtime::NewUuid());
  const auto updated = server_.Call<v1::Proposal>("person an@example.org", kUpdate, update);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->answers_size(), 2);
  update.mutable_update_mask()->add_paths("title");
  update.set_request_id(runtime::NewUuid());
  EXPECT_THAT(server_.Call<v1::Proposal>("person an@example.org", kUpdate, update),
              HasField("proposal.title"))
      << "a title cannot be emptied";

  v1::GetProposalRequest get;
  get.set_name(draft->name());
  EXPECT_THAT(server_.Call<v1::Proposal>("staff devos", kGet, get),
              HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  EXPECT_THAT(server_.Call<v1::Proposal>("person an@example.org", kGet, get), IsOk());
}

TEST_F(ServedTest, AReceiptIsNamedByItsNumber) {
  server_.Start(service_.Tables());
  const auto get = [&](const std::string& name) {
    v1::GetReceiptRequest request;
    request.set_name(name);
    return server_.Call<v1::Receipt>("staff devos", kGetReceipt, request);
  };
  // Looks like a number of the register too, which says nothing here.
  const std::string proposal = "proposals/01b19ace-5333-7682-a2b9-59200437808e";
  EXPECT_THAT(get(proposal + "/receipts/1"), HasReason(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND));
  for (const std::string& name : {proposal + "/receipts/0", proposal + "/receipts/01",
                                  std::string("proposals/x/receipts/1")}) {
    EXPECT_THAT(get(name), HasReason(types::v1::ERROR_REASON_NAME_INVALID)) << name;
  }
}

TEST_F(ServedTest, StandsWithoutTheRegisterAndEndsAtOnce) {
  const host::Service service = Build(host_, "127.0.0.1:1");
  EXPECT_EQ(service.tables.size(), 3u);
}

}  // namespace
}  // namespace scharnier::proposals
