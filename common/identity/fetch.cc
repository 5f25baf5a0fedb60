#include "common/identity/fetch.h"

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace scharnier::identity {
namespace {

constexpr long kConnectMilliseconds = 1000;
constexpr long kTotalMilliseconds = 2000;
constexpr size_t kMaxBytes = size_t{256} * 1024;

size_t TakeBody(char* bytes, size_t size, size_t count, void* data) {
  auto& body = *static_cast<std::string*>(data);
  if (body.size() + size * count > kMaxBytes) {
    return CURL_WRITEFUNC_ERROR;
  }
  body.append(bytes, size * count);
  return size * count;
}

}  // namespace

absl::StatusOr<std::string> Fetch(const FetchOptions& options) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 &curl_easy_cleanup);
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, options.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_CAINFO, options.ca_file.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CAPATH, nullptr);
  }
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, kConnectMilliseconds);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kTotalMilliseconds);
  // Else libcurl waits for its thread that asks the DNS, however long that takes.
  curl_easy_setopt(curl.get(), CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &TakeBody);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  if (const CURLcode result = curl_easy_perform(curl.get()); result != CURLE_OK) {
    return absl::UnavailableError(curl_easy_strerror(result));
  }
  long code = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &code);
  if (code != 200) {
    return absl::UnavailableError(absl::StrCat("the issuer answered ", code));
  }
  return body;
}

}  // namespace scharnier::identity
