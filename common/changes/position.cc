#include "common/changes/position.h"

#include "common/changes/sql/feed.sql.h"
#include "common/errors/macros.h"

namespace scharnier::changes {

absl::Status ReadPosition(db::Tx& tx, const runtime::Context& ctx, rpc::Page& page) {
  constexpr const db::Query& kRead = db::Find(sql::kFeed, "ReadPosition");
  const bool reads_feed =
      ctx.caller().is(options::v1::ROLE_SERVICE) || ctx.caller().is(options::v1::ROLE_TEAM);
  if (!reads_feed || !page.after.empty()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(page.feed, tx.One(kRead, [](const db::Row& row) {
    v1::Cursor end;
    end.set_generation(row.Get<std::string>("generation"));
    end.set_position(row.Get<int64_t>("last_pos"));
    return end;
  }));
  return absl::OkStatus();
}

}  // namespace scharnier::changes
