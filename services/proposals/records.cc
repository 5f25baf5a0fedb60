#include "services/proposals/records.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/rpc/names.h"

namespace scharnier::proposals {

changes::Record WorkingCopyRecord(const runtime::Context& ctx, const std::string& request_id,
                                  const v1::Proposal* before, const v1::Proposal& after) {
  return {.ctx = &ctx,
          .request_id = request_id,
          .name = after.name(),
          .before = before,
          .after = &after,
          .discreet = true};
}

changes::Record SubmittedRecord(const runtime::Context& ctx, const std::string& request_id,
                                const char* type, const v1::Proposal* before,
                                const v1::Proposal& after, std::vector<std::string> authors) {
  changes::Record record = WorkingCopyRecord(ctx, request_id, before, after);
  record.discreet = false;
  record.type = type;
  record.audience = changes::Audience::kPublic;
  record.scope = std::move(authors);
  record.scope.insert(record.scope.begin(), absl::StrCat("calls/", rpc::NameIds(after.track())[0]));
  return record;
}

changes::Record InvitationRecord(const runtime::Context& ctx, const std::string& request_id,
                                 const char* type, const v1::Invitation* before,
                                 const v1::Invitation& after) {
  return {.ctx = &ctx,
          .request_id = request_id,
          .name = after.name(),
          .type = type,
          .before = before,
          .after = &after,
          .scope = {after.organisation()},
          .discreet = true};
}

}  // namespace scharnier::proposals
