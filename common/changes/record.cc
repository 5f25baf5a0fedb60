#include "common/changes/record.h"

#include <optional>
#include <unordered_map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/changes/difference.h"
#include "common/changes/sql/record.sql.h"
#include "common/errors/macros.h"
#include "common/runtime/uuid.h"
#include "common/types/parts.h"
#include "google/protobuf/any.pb.h"

namespace scharnier::changes {
namespace {

// One value a row.
using Column = std::vector<std::optional<std::string>>;

const std::string& Package(const Record& record) {
  return record.after->GetDescriptor()->file()->package();
}

// "scharnier.events.v1": "//scharnier/events".
std::string Source(const Record& record) {
  const std::vector<std::string> parts = absl::StrSplit(Package(record), '.');
  return absl::StrCat("//", parts[0], "/", parts[1]);
}

std::string Payload(const Record& record) {
  std::unique_ptr<google::protobuf::Message> shown(record.after->New());
  shown->CopyFrom(*record.after);
  types::ClearPersonal(*shown);
  google::protobuf::Any any;
  any.PackFrom(*shown);
  return any.SerializeAsString();
}

struct Changes {
  Column id, source, aggregatetype, aggregateid, type, subject, time, audience, scope, payload,
      trace;

  void Add(const Record& record) {
    const std::vector<std::string> segments = absl::StrSplit(record.name, '/');
    id.emplace_back(runtime::NewUuid());
    source.emplace_back(Source(record));
    aggregatetype.emplace_back(segments[segments.size() - 2]);
    aggregateid.emplace_back(segments.back());
    type.emplace_back(absl::StrCat(Package(record), ".", record.type));
    subject.emplace_back(record.name);
    time.emplace_back(db::Param(record.ctx->now()).text());
    audience.emplace_back(record.audience == Audience::kPublic ? "PUBLIC" : "INTERNAL");
    scope.emplace_back(db::Param(record.scope).text());
    payload.emplace_back(db::Param(db::Bytes{Payload(record)}).text());
    trace.emplace_back(record.ctx->trace().ToHeader());
  }
};

class Audits {
 public:
  explicit Audits(const runtime::Keyring& keyring) : keyring_(keyring) {}

  Column subject, via, method, request_id, resource, shown, before, after, hashed, hash_before,
      hash_after, discreet, reason, trace;

  void Add(const Record& record) {
    std::vector<std::string> shown_paths, hashed_paths;
    Column shown_before, shown_after, hashed_before, hashed_after;
    for (FieldChange& change : Difference(record.before, *record.after)) {
      if (change.personal) {
        hashed_paths.push_back(std::move(change.path));
        hashed_before.push_back(Hash(change.before));
        hashed_after.push_back(Hash(change.after));
      } else {
        shown_paths.push_back(std::move(change.path));
        shown_before.push_back(std::move(change.before));
        shown_after.push_back(std::move(change.after));
      }
    }
    subject.emplace_back(record.ctx->caller().Id());
    via.emplace_back(record.ctx->caller().via);
    method.emplace_back(record.ctx->method());
    request_id.push_back(record.request_id.empty() ? std::nullopt
                                                   : std::optional(record.request_id));
    resource.emplace_back(record.name);
    shown.emplace_back(db::Param(shown_paths).text());
    before.push_back(db::Param(shown_before).text());
    after.push_back(db::Param(shown_after).text());
    hashed.emplace_back(db::Param(hashed_paths).text());
    hash_before.push_back(db::Param(hashed_before).text());
    hash_after.push_back(db::Param(hashed_after).text());
    discreet.emplace_back(db::Param(record.discreet).text());
    reason.emplace_back(record.reason);
    trace.emplace_back(record.ctx->trace().ToHeader());
  }

 private:
  std::optional<std::string> Hash(const std::optional<std::string>& value) {
    if (!value.has_value()) {
      return std::nullopt;
    }
    const auto [hash, is_new] = hashes_.try_emplace(*value);
    if (is_new) {
      hash->second = absl::BytesToHexString(keyring_.Mac(runtime::Keyring::kPseudonym, *value));
    }
    return hash->second;
  }

  const runtime::Keyring& keyring_;
  // People stand in several places of a resource: registrant, attendee, recipient.
  std::unordered_map<std::string, std::string> hashes_;
};

}  // namespace

absl::Status Append(db::Tx& tx, const runtime::Keyring& keyring,
                    const std::vector<Record>& records) {
  constexpr const db::Query& kQuery = db::Find(sql::kRecord, "AppendRecords");
  if (records.empty()) {
    return absl::OkStatus();
  }
  Changes changes;
  Audits audits(keyring);
  for (const Record& record : records) {
    if (!record.type.empty()) {
      changes.Add(record);
    }
    audits.Add(record);
  }
  return tx
      .Exec(kQuery, changes.id, changes.source, changes.aggregatetype, changes.aggregateid,
            changes.type, changes.subject, changes.time, changes.audience, changes.scope,
            changes.payload, changes.trace, audits.subject, audits.via, audits.method,
            audits.request_id, audits.resource, audits.shown, audits.before, audits.after,
            audits.hashed, audits.hash_before, audits.hash_after, audits.discreet, audits.reason,
            audits.trace)
      .status();
}

}  // namespace scharnier::changes
