#include "common/changes/audit.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/changes/sql/audit.sql.h"
#include "common/errors/macros.h"
#include "common/rpc/paging.h"
#include "common/types/timestamp.h"

namespace scharnier::changes {
namespace {

using audit::v1::AuditEntry;
using audit::v1::ListAuditEntriesRequest;
using audit::v1::ListAuditEntriesResponse;

// An entry's place in the order: the newest first, and ids where that is the same instant.
struct Place {
  absl::Time at;
  int64_t id = 0;
};

std::vector<std::string> ToKey(const Place& place) {
  return {absl::StrCat(absl::ToUnixMicros(place.at)), absl::StrCat(place.id)};
}

// Of a token that we have sealed ourselves.
Place FromKey(const std::vector<std::string>& key) {
  int64_t micros = 0;
  Place place;
  if (key.size() == 2 && absl::SimpleAtoi(key[0], &micros) && absl::SimpleAtoi(key[1], &place.id)) {
    place.at = absl::FromUnixMicros(micros);
  }
  return place;
}

using Values = google::protobuf::Map<std::string, std::string>;
void Fill(const db::Row& row, const char* paths_column, const char* values_column, Values& values) {
  const auto paths = row.Get<std::vector<std::string>>(paths_column);
  const auto texts = row.Get<std::vector<std::string>>(values_column);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    values[paths[i]] = texts[i];
  }
}

struct Found {
  AuditEntry entry;
  Place place;
};
Found FromRow(const db::Row& row) {
  Found found;
  found.place = {.at = row.Get<absl::Time>("at"), .id = row.Get<int64_t>("id")};
  AuditEntry& entry = found.entry;
  *entry.mutable_time() = types::ToProto(found.place.at);
  entry.set_subject(row.Get<std::string>("subject"));
  entry.set_via(row.Get<std::string>("via"));
  entry.set_method(row.Get<std::string>("method"));
  entry.set_request_id(row.Get<std::string>("request_id"));
  entry.set_resource(row.Get<std::string>("resource"));
  for (std::string& path : row.Get<std::vector<std::string>>("fields")) {
    entry.add_fields(std::move(path));
  }
  Fill(row, "before_paths", "before_values", *entry.mutable_before());
  Fill(row, "after_paths", "after_values", *entry.mutable_after());
  entry.set_decision(row.Get<std::string>("decision") == "DENIED" ? AuditEntry::DECISION_DENIED
                                                                  : AuditEntry::DECISION_ALLOWED);
  entry.set_reason(row.Get<std::string>("reason"));
  entry.set_traceparent(row.Get<std::string>("trace"));
  return found;
}

std::optional<std::string> Asked(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::string> Asked(AuditEntry::Decision decision) {
  switch (decision) {
    case AuditEntry::DECISION_ALLOWED:
      return "ALLOWED";
    case AuditEntry::DECISION_DENIED:
      return "DENIED";
    default:
      return std::nullopt;
  }
}

// What comes first of what was asked for lies before this place: ids begin with 1.
Place First(const ListAuditEntriesRequest& request) {
  return {.at = request.has_until() ? types::FromProto(request.until()) : absl::InfiniteFuture()};
}

absl::StatusOr<std::vector<Found>> Read(db::Tx& tx, const ListAuditEntriesRequest& request,
                                        const Place& before, int limit) {
  constexpr const db::Query& kAll = db::Find(sql::kAudit, "ListAuditEntries");
  constexpr const db::Query& kOfResource = db::Find(sql::kAudit, "ListAuditEntriesOfResource");
  const absl::Time since =
      request.has_since() ? types::FromProto(request.since()) : absl::InfinitePast();
  const auto subject = Asked(request.subject());
  const auto method = Asked(request.method());
  const auto decision = Asked(request.decision());
  return request.resource().empty()
             ? tx.All(kAll, FromRow, before.at, before.id, since, subject, method, decision, limit)
             : tx.All(kOfResource, FromRow, before.at, before.id, since, subject, method, decision,
                      limit, request.resource());
}

}  // namespace

void AuditTrail::AddTo(rpc::ServiceTable& table) {
  table.Unary<ListAuditEntriesRequest, ListAuditEntriesResponse>(
      "ListAuditEntries",
      [this](const auto& ctx, const auto& request) { return List(ctx, request); });
}

absl::StatusOr<ListAuditEntriesResponse> AuditTrail::List(const runtime::Context& ctx,
                                                          const ListAuditEntriesRequest& request) {
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::StartPage(keyring_, ctx, request));
  const Place before = page.after.empty() ? First(request) : FromKey(page.after);
  ASSIGN_OR_RETURN(std::vector<Found> found, database_.Read(ctx, [&](db::Tx& tx) {
    return Read(tx, request, before, page.size + 1);
  }));
  ListAuditEntriesResponse response;
  rpc::PageFiller filler(keyring_, ctx, request, page, response);
  for (Found& each : found) {
    if (!filler.Take(each.entry, ToKey(each.place))) {
      break;
    }
  }
  return response;
}

}  // namespace scharnier::changes
