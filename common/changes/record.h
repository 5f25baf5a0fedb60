// File: record.h
// What a mutation leaves behind, in its own transaction: a change for the feed and a row of audit.

#ifndef SCHARNIER_COMMON_CHANGES_RECORD_H_
#define SCHARNIER_COMMON_CHANGES_RECORD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/db/tx.h"
#include "common/runtime/context.h"
#include "common/runtime/keyring.h"
#include "google/protobuf/message.h"

namespace scharnier::changes {

// Who may read a change in the feed.
enum class Audience {
  kInternal,  // the suite's services
  kPublic,    // other teams as well
};

// One mutation of one resource.
struct Record {
  const runtime::Context* ctx = nullptr;
  std::string request_id;  // empty for background work
  std::string name;        // "sessions/…/registrations/…"
  std::string type;        // "registration.confirmed"; empty: audit alone (a draft)
  const google::protobuf::Message* before = nullptr;  // null: it was made
  const google::protobuf::Message* after = nullptr;
  Audience audience = Audience::kInternal;
  std::vector<std::string>
      scope;              // names of the call, organisations, regions that a rule may ask for
  std::string reason;     // why, where the caller had to say
  bool discreet = false;  // its row of audit is not listed: it tells of what staff may not know
};

// Writes changes and audit rows for `records` in one statement, while the root rows are locked. The
// change's data is `after` without personal and sensitive fields; its type is prefixed with the
// proto package of `after`; its sequence is the resource's last + 1. The audit row holds the
// changed field paths, non-personal values before and after, and keyed hashes of personal ones.
absl::Status Append(db::Tx& tx, const runtime::Keyring& keyring,
                    const std::vector<Record>& records);

}  // namespace scharnier::changes

#endif  // SCHARNIER_COMMON_CHANGES_RECORD_H_
