// File: paging.h
// Pages of a list (AIP-158): sealed tokens that belong to one caller and one query, and expire
// after a day.
//
//   ASSIGN_OR_RETURN(auto page, rpc::StartPage(keyring_, ctx, req));
//   … read the feed's position (changes::ReadPosition) and page.size + 1 rows after page.after …
//   rpc::PageFiller filler(keyring_, ctx, req, page, response);
//   for (auto& row : found) if (!filler.Take(row, {its place in the order})) break;

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
#include "scharnier/changes/v1/change.pb.h"

namespace scharnier::rpc {

struct Page {
  int size;  // 1 to 200: page_size, 50 for 0
  std::vector<std::string>
      after;  // the sort key of the last row that was shown; empty on the first page
  // The feed's end before the first page was read, which later pages carry on; empty for callers
  // who do not read the feed.
  changes::v1::Cursor feed;
};

// Reads page_size and page_token of a List request, which has both fields. `now` is of the real
// clock. Errors: INVALID_ARGUMENT PAGE_TOKEN_INVALID.
absl::StatusOr<Page> StartPage(const runtime::Keyring& keyring, const runtime::Context& ctx,
                               const google::protobuf::Message& request,
                               absl::Time now = absl::Now());

// Fills the response of a List method, whose one repeated field holds the resources: until the page
// has its size, or about 1 MiB, so that no answer becomes larger than callers take. Where there is
// more it sets `next_page_token`, which holds the sort key of the last one shown, encrypted, for
// the same caller, method and request (but for page_size and page_token). Sets `feed` to the
// page's, if any.
class PageFiller {
 public:
  PageFiller(const runtime::Keyring& keyring, const runtime::Context& ctx,
             const google::protobuf::Message& request, const Page& page,
             google::protobuf::Message& response, absl::Time now = absl::Now());
  // Moves the next resource into the response; false when the page is full, and so done. The first
  // one always fits.
  bool Take(google::protobuf::Message& resource, std::vector<std::string> key);

 private:
  std::string Token() const;

  const runtime::Keyring& keyring_;
  const runtime::Context& ctx_;
  const google::protobuf::Message& request_;
  const Page& page_;
  google::protobuf::Message& response_;
  const absl::Time now_;
  const google::protobuf::FieldDescriptor* const list_;
  std::vector<std::string> last_;
  size_t bytes_ = 0;
};

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_PAGING_H_
