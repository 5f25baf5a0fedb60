// File: grants.h
// What other teams may do: a file that operators keep (scharnier.identity.v1.Grants, as JSON), read
// again when it is replaced.

#ifndef SCHARNIER_COMMON_IDENTITY_GRANTS_H_
#define SCHARNIER_COMMON_IDENTITY_GRANTS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/runtime/watched_file.h"
#include "scharnier/identity/v1/grant.pb.h"

namespace scharnier::identity {

// Grants by team.
using GrantTable = std::map<std::string, std::shared_ptr<const v1::Grant>, std::less<>>;

// Reads a file's text. Errors: INVALID_ARGUMENT, saying what is wrong with which grant.
absl::StatusOr<GrantTable> ParseGrants(const std::string& json);

// Thread-safe.
class Grants {
 public:
  // Reads the file; without one nobody has a grant. Errors: INVALID_ARGUMENT. A file that goes
  // away, or is replaced by one that cannot be read as grants, leaves them as they were, and the
  // log says so.
  static absl::StatusOr<std::unique_ptr<Grants>> Open(const std::string& path);

  // The grant of a team; null where there is none, or `now` lies after its last day.
  std::shared_ptr<const v1::Grant> Find(absl::string_view team, absl::Time now);

 private:
  Grants(runtime::WatchedFile file, GrantTable table)
      : file_(std::move(file)), table_(std::move(table)) {}

  absl::Mutex mutex_;
  runtime::WatchedFile file_ ABSL_GUARDED_BY(mutex_);
  GrantTable table_ ABSL_GUARDED_BY(mutex_);
  bool away_ ABSL_GUARDED_BY(mutex_) = false;  // the file, as the log says
};

}  // namespace scharnier::identity

#endif  // SCHARNIER_COMMON_IDENTITY_GRANTS_H_
