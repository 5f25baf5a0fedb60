#include "services/proposals/take_back.h"

#include <optional>

#include "common/changes/record.h"
#include "common/errors/macros.h"
#include "services/proposals/records.h"
#include "services/proposals/store/invitations.h"

namespace scharnier::proposals {

absl::Status TakeBack(db::Tx& tx, const runtime::Keyring& keyring, const runtime::Context& ctx,
                      const std::string& request_id, const std::string& invitation) {
  ASSIGN_OR_RETURN(const auto before,
                   store::GetInvitation(tx, invitation, std::nullopt, std::nullopt));
  v1::Invitation after = before;
  after.set_state(v1::Invitation::STATE_WITHDRAWN);
  ASSIGN_OR_RETURN(after, store::SaveInvitation(tx, after));
  return changes::Append(
      tx, keyring, {InvitationRecord(ctx, request_id, "invitation.withdrawn", &before, after)});
}

}  // namespace scharnier::proposals
