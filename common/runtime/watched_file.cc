#include "common/runtime/watched_file.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

namespace scharnier::runtime {

std::optional<std::string> WatchedFile::ReadIfNew() {
  struct stat found{};
  readable_ = stat(path_.c_str(), &found) == 0;
  const Version version{found.st_ino, found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_size};
  if (!readable_ || version == version_) {
    return std::nullopt;
  }
  std::ifstream file(path_);
  std::ostringstream text;
  text << file.rdbuf();
  readable_ = !file.fail();
  if (!readable_) {
    return std::nullopt;
  }
  version_ = version;
  return std::move(text).str();
}

}  // namespace scharnier::runtime
