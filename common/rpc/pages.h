// File: pages.h
// All pages of another service's list.

#ifndef SCHARNIER_COMMON_RPC_PAGES_H_
#define SCHARNIER_COMMON_RPC_PAGES_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "common/errors/macros.h"
#include "common/rpc/client.h"
#include "common/runtime/context.h"

namespace scharnier::rpc {

// Calls `take` with every page of a list, in order; the request's paging is set here. Blocks.
// Errors: the method's own.
template <class Response, class Request, class Take>
absl::Status EachPage(Client& client, const runtime::Context& ctx, const std::string& method,
                      Request request, Take take) {
  constexpr int kMostPerPage = 200;
  request.set_page_size(kMostPerPage);
  while (true) {
    ASSIGN_OR_RETURN(Response page, client.Call<Response>(ctx, method, request));
    request.set_page_token(page.next_page_token());
    take(std::move(page));
    if (request.page_token().empty()) {
      return absl::OkStatus();
    }
  }
}

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_PAGES_H_
