#include "services/proposals/store/receipts.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/db/message_column.h"
#include "common/db/parts.h"
#include "common/db/root_columns.h"
#include "common/errors/macros.h"
#include "common/runtime/digest.h"
#include "services/proposals/sql/receipts.sql.h"

namespace scharnier::proposals::store {
namespace {

std::string NameOf(const std::string& proposal_id, int number) {
  return absl::StrCat("proposals/", proposal_id, "/receipts/", number);
}

absl::StatusOr<v1::Receipt> FromRow(const db::Row& row) {
  ASSIGN_OR_RETURN(auto proposal, db::ReadMessage<v1::Proposal>(row, "body"));
  RETURN_IF_ERROR(db::JoinPersonal(row, proposal));
  v1::Receipt receipt;
  receipt.set_number(row.Get<int>("number"));
  receipt.set_name(NameOf(row.Get<std::string>("proposal_id"), receipt.number()));
  receipt.set_reference(proposal.reference());
  receipt.set_title(proposal.title());
  *receipt.mutable_contact() = proposal.contact();
  *receipt.mutable_receive_time() = proposal.submit_time();
  receipt.set_digest(absl::BytesToHexString(row.Get<db::Bytes>("digest").value));
  *receipt.mutable_marks() = proposal.marks();
  for (const v1::Partner& partner : proposal.partners()) {
    if (partner.state() == v1::Invitation::STATE_ACCEPTED) {
      receipt.add_partners(partner.organisation());
    }
  }
  return receipt;
}

}  // namespace

absl::Status InsertVersion(db::Tx& tx, const runtime::Keyring& keyring, v1::Proposal proposal) {
  constexpr const db::Query& kQuery = db::Find(sql::kReceipts, "InsertVersion");
  const std::string id = db::LastId(proposal.name());
  proposal.clear_etag();
  const std::string digest = runtime::Digest(proposal);
  proposal.clear_name();
  proposal.clear_state();
  const db::Parts parts = db::Split(keyring, proposal, VersionRow(id, proposal.version()));
  return tx
      .Exec(kQuery, id, proposal.version(), db::Bytes{digest}, parts.body, parts.personal,
            parts.sealed)
      .status();
}

std::string VersionRow(const std::string& proposal_id, int number) {
  return absl::StrCat("proposal/", proposal_id, "/", number);
}

absl::StatusOr<v1::Receipt> GetReceipt(db::Tx& tx, const std::string& proposal_id, int number,
                                       const std::optional<std::vector<std::string>>& keys) {
  constexpr const db::Query& kQuery = db::Find(sql::kReceipts, "GetReceipt");
  return db::Named(tx.One(kQuery, FromRow, proposal_id, number, keys), NameOf(proposal_id, number));
}

absl::StatusOr<std::vector<v1::Receipt>> ListReceipts(db::Tx& tx, const ReceiptQuery& query) {
  constexpr const db::Query& kQuery = db::Find(sql::kReceipts, "ListReceipts");
  return tx.All(kQuery, FromRow, query.proposal_id, query.keys, query.after, query.limit);
}

}  // namespace scharnier::proposals::store
