// File: position.h
// Where a copy of a list goes on: with the changes after the position that the list is consistent
// with.

#ifndef SCHARNIER_COMMON_CHANGES_POSITION_H_
#define SCHARNIER_COMMON_CHANGES_POSITION_H_

#include <utility>

#include "absl/status/status.h"
#include "common/db/database.h"
#include "common/db/tx.h"
#include "common/rpc/paging.h"
#include "common/runtime/context.h"

namespace scharnier::changes {

// Reads the feed's end into `page.feed`, before the rows of a first page are read; a later page has
// it from its token. What the rows show may be newer, never older: whoever goes on from here sees
// some changes that they have already, and misses none. Callers who do not read feeds get none.
absl::Status ReadPosition(db::Tx& tx, const runtime::Context& ctx, rpc::Page& page);

// Reads the rows of a page, and the position before them: `list(tx)` returns StatusOr<vector>.
template <class F>
auto ReadList(db::Database& database, const runtime::Context& ctx, rpc::Page& page, F list)
    -> decltype(list(std::declval<db::Tx&>())) {
  using Rows = decltype(list(std::declval<db::Tx&>()));
  return database.Read(ctx, [&](db::Tx& tx) -> Rows {
    absl::Status read = ReadPosition(tx, ctx, page);
    return read.ok() ? list(tx) : Rows(std::move(read));
  });
}

}  // namespace scharnier::changes

#endif  // SCHARNIER_COMMON_CHANGES_POSITION_H_
