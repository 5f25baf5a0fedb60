#include "common/identity/fetch.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"

namespace scharnier::identity {
namespace {

using ::scharnier::testing::HasCode;

// What an issuer answers is tested from outside, with a server of its own: tests/functional.

TEST(Fetch, SpeaksHttpsAlone) {
  for (const char* url :
       {"http://localhost/jwks", "file:///dev/null", "ftp://localhost/jwks", "localhost/jwks"}) {
    const auto body = Fetch({.url = url});
    EXPECT_THAT(body, HasCode(absl::StatusCode::kUnavailable)) << url;
    EXPECT_EQ(body.status().message(), "Unsupported protocol") << url;
  }
  EXPECT_THAT(Fetch({.url = "not a url"}), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Fetch({.url = ""}), HasCode(absl::StatusCode::kUnavailable));
}

TEST(Fetch, SaysThatNobodyListens) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  // Bound without listening: the port is nobody else's, and refuses.
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
  EXPECT_THAT(Fetch({.url = absl::StrCat("https://127.0.0.1:", ntohs(address.sin_port), "/jwks")}),
              HasCode(absl::StatusCode::kUnavailable));
  close(fd);
}

}  // namespace
}  // namespace scharnier::identity
