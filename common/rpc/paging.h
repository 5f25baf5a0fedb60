// File: paging.h
// Pages of a list (AIP-158): sealed tokens that belong to one caller and one query, and expire
// after a day.
//
//   ASSIGN_OR_RETURN(auto page, rpc::StartPage(keyring_, ctx, req));  // size, and where the last
//   page ended … read page.size + 1 rows after page.after … if (more than page.size) {
//     response.set_next_page_token(rpc::NextPageToken(keyring_, ctx, req, key of the last shown));
//   }

#ifndef SCHARNIER_COMMON_RPC_PAGING_H_
#define SCHARNIER_COMMON_RPC_PAGING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/runtime/context.h"
#include "common/runtime/keyring.h"
#include "google/protobuf/message.h"

namespace scharnier::rpc {

struct Page {
  int size;  // 1 to 200: page_size, 50 for 0
  std::vector<std::string>
      after;  // the sort key of the last row that was shown; empty on the first page
};

// Says when a page is full: when it has its size, or about 1 MiB, so that no answer becomes larger
// than callers take. The first always fits.
class PageRoom {
 public:
  explicit PageRoom(const Page& page) : left_(page.size) {}
  // Whether the page takes this one too.
  bool Takes(const google::protobuf::Message& next);

 private:
  int left_;
  size_t bytes_ = 0;
};

// Reads page_size and page_token of a List request, which has both fields. `now` is of the real
// clock. Errors: INVALID_ARGUMENT PAGE_TOKEN_INVALID.
absl::StatusOr<Page> StartPage(const runtime::Keyring& keyring, const runtime::Context& ctx,
                               const google::protobuf::Message& request,
                               absl::Time now = absl::Now());

// The token for the rows after `key`, for the same caller, method and request (but for page_size
// and page_token). It holds what `key` holds, encrypted.
std::string NextPageToken(const runtime::Keyring& keyring, const runtime::Context& ctx,
                          const google::protobuf::Message& request,
                          const std::vector<std::string>& key, absl::Time now = absl::Now());

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_PAGING_H_
