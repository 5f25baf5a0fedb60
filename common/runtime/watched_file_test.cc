#include "common/runtime/watched_file.h"

#include <cstdio>
#include <fstream>

#include "gmock/gmock.h"

namespace scharnier::runtime {
namespace {

using ::testing::Eq;
using ::testing::Optional;

// Replaces a file as operators do: by rename.
void Replace(const std::string& path, const std::string& text) {
  std::ofstream(path + ".new") << text;
  ASSERT_EQ(std::rename((path + ".new").c_str(), path.c_str()), 0);
}

TEST(WatchedFile, IsReadOncePerVersion) {
  const std::string path = ::testing::TempDir() + "/watched";
  std::remove(path.c_str());
  WatchedFile file(path);
  EXPECT_EQ(file.ReadIfNew(), std::nullopt);
  Replace(path, "one");
  EXPECT_THAT(file.ReadIfNew(), Optional(Eq("one")));
  EXPECT_EQ(file.ReadIfNew(), std::nullopt);
  Replace(path, "two");
  EXPECT_THAT(file.ReadIfNew(), Optional(Eq("two")));
  std::remove(path.c_str());
  EXPECT_EQ(file.ReadIfNew(), std::nullopt);
}

}  // namespace
}  // namespace scharnier::runtime
