#include "common/runtime/digest.h"

#include "absl/strings/escaping.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"

namespace scharnier::runtime {
namespace {

TEST(DigestTest, IsSha256OfTheBytes) {
  google::rpc::ErrorInfo info;
  EXPECT_EQ(absl::BytesToHexString(Digest(info)),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  info.set_reason("abc");  // 0a 03 61 62 63
  EXPECT_EQ(absl::BytesToHexString(Digest(info)),
            "8ab7a6c5e74737878ac73863cb76739d15d4666de44e5756bf55a2f9e9ab5f44");
}

TEST(DigestTest, MapsHaveOneOrder) {
  google::rpc::ErrorInfo a, b;
  for (int i = 0; i < 100; ++i) {
    (*a.mutable_metadata())["key" + std::to_string(i)] = "x";
    (*b.mutable_metadata())["key" + std::to_string(99 - i)] = "x";
  }
  EXPECT_EQ(Digest(a), Digest(b));
}

}  // namespace
}  // namespace scharnier::runtime
