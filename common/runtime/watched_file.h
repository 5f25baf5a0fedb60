// File: watched_file.h
// A file that somebody may replace (by rename) while the process runs.

#ifndef SCHARNIER_COMMON_RUNTIME_WATCHED_FILE_H_
#define SCHARNIER_COMMON_RUNTIME_WATCHED_FILE_H_

#include <sys/types.h>

#include <ctime>
#include <optional>
#include <string>
#include <tuple>

namespace scharnier::runtime {

// Not thread-safe.
class WatchedFile {
 public:
  explicit WatchedFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  // The content, where it is another file than when it was read last; nullopt where it is the same,
  // or cannot be read.
  std::optional<std::string> ReadIfNew();
  // Whether the last look could read it.
  bool readable() const { return readable_; }

 private:
  // What tells one file under this path from the next.
  using Version = std::tuple<ino_t, time_t, long, off_t>;

  const std::string path_;
  Version version_{};
  bool readable_ = false;
};

}  // namespace scharnier::runtime

#endif  // SCHARNIER_COMMON_RUNTIME_WATCHED_FILE_H_
