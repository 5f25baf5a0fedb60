#include "common/rpc/tls.h"

#include <fstream>

#include "common/testing/authority.h"
#include "gmock/gmock.h"

namespace scharnier::rpc {
namespace {

TEST(CertificateEnd, IsThatOfTheOwnCertificate) {
  testing::Authority authority;
  const auto end = CertificateEnd(authority.Issue("events").certificate);
  ASSERT_TRUE(end.has_value());
  EXPECT_GT(*end, absl::Now());
  EXPECT_LT(*end, absl::Now() + absl::Hours(24 * 3660));
}

TEST(CertificateEnd, OfWhatIsNoneIsNothing) {
  EXPECT_EQ(CertificateEnd("/nowhere"), std::nullopt);
  const std::string path = ::testing::TempDir() + "/no.pem";
  std::ofstream(path) << "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(CertificateEnd(path), std::nullopt);
}

}  // namespace
}  // namespace scharnier::rpc
