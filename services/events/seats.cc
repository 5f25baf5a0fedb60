#include "services/events/seats.h"

#include <algorithm>
#include <optional>

#include "common/errors/macros.h"
#include "common/rpc/names.h"
#include "common/types/timestamp.h"
#include "services/events/rules/session.h"
#include "services/events/store/registrations.h"

namespace scharnier::events {
namespace {

// A promotion reads the line in pieces: raising a capacity by thousands must not read thousands
// where ten wait.
constexpr int kPiece = 100;

}  // namespace

absl::StatusOr<Promoted> PromoteWaiters(db::Tx& tx, const runtime::Context& ctx,
                                        const v1::Session& session, rules::Line& line) {
  Promoted promoted;
  const std::optional<absl::Time> begins = rules::BeginsAt(session);
  if (begins.has_value() && ctx.now() >= *begins) {
    return promoted;  // a seat in what has begun is no good news
  }
  const std::string id = rpc::NameIds(session.name())[0];
  while (line.waiting > 0 && line.free() > 0) {
    const int wanted = std::min(kPiece, line.free());
    ASSIGN_OR_RETURN(const auto heads, store::HeadOfLine(tx, id, wanted));
    std::vector<int> parties;
    for (const v1::Registration& head : heads) {
      parties.push_back(head.attendees_size());
    }
    const int count = rules::Promote(line, parties);
    std::vector<v1::Registration> seated(heads.begin(), heads.begin() + count);
    promoted.before.insert(promoted.before.end(), seated.begin(), seated.end());
    for (v1::Registration& registration : seated) {
      registration.set_state(v1::Registration::STATE_CONFIRMED);
      *registration.mutable_confirm_time() = types::ToProto(ctx.now());
    }
    RETURN_IF_ERROR(store::SaveRegistrations(tx, seated));
    promoted.after.insert(promoted.after.end(), seated.begin(), seated.end());
    if (count < wanted) {
      break;  // the next in line needs more seats than are free, or nobody is left
    }
  }
  return promoted;
}

changes::Record RegistrationRecord(const runtime::Context& ctx, const std::string& request_id,
                                   const char* type, const v1::Session& session,
                                   const v1::Registration* before, const v1::Registration& after) {
  changes::Record record{.ctx = &ctx,
                         .request_id = request_id,
                         .name = after.name(),
                         .type = type,
                         .before = before,
                         .after = &after,
                         .scope = {session.series(), session.name()}};
  if (!after.organisation().empty()) {
    record.scope.push_back(after.organisation());
  }
  return record;
}

}  // namespace scharnier::events
