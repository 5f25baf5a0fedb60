#include "common/rpc/wire.h"

#include "gmock/gmock.h"

namespace scharnier::rpc {
namespace {

TEST(HostOf, IsWhatOneCallerCanHave) {
  const struct {
    const char *peer, *host;
  } cases[] = {
      {"ipv4:192.0.2.1:50051", "192.0.2.1"},
      {"ipv6:%5B2001:db8:1:2:3:4:5:6%5D:50051", "2001:db8:1:2::"},
      {"ipv6:[2001:db8:1:2::9]:50051", "2001:db8:1:2::"},
      {"ipv6:%5Bfe80::1%25eth0%5D:50051", "fe80::"},
      {"ipv6:%5B::1%5D:50051", "::"},
      {"ipv6:[::ffff:192.0.2.1]:50051", "[::ffff:192.0.2.1]"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(HostOf(c.peer), c.host) << c.peer;
  }
}

}  // namespace
}  // namespace scharnier::rpc
