#include "common/identity/grants.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/runtime/log.h"
#include "common/runtime/uuid.h"
#include "common/types/civil.h"
#include "google/protobuf/util/json_util.h"

namespace scharnier::identity {
namespace {

// What is wrong with a grant; empty: nothing.
std::string ProblemOf(const v1::Grant& grant) {
  if (grant.team().empty()) {
    return "a grant without a team";
  }
  if (grant.resources().empty()) {
    return absl::StrCat("the grant of ", grant.team(), " names no resources");
  }
  for (const int field : grant.fields()) {
    if (field != options::v1::DATA_PERSONAL) {
      return absl::StrCat("the grant of ", grant.team(), " can name DATA_PERSONAL alone as fields");
    }
  }
  for (const std::string& call : grant.calls()) {
    absl::string_view id = call;
    if (!(absl::ConsumePrefix(&id, "calls/") || absl::ConsumePrefix(&id, "series/")) ||
        !runtime::IsUuid(id)) {
      return absl::StrCat("the grant of ", grant.team(),
                          " can name calls/{uuid} and series/{uuid} alone as calls");
    }
  }
  if (!types::CheckDay(grant.end_date(), "end_date").ok()) {
    return absl::StrCat("the grant of ", grant.team(), " has no end_date that exists");
  }
  return "";
}

}  // namespace

absl::StatusOr<GrantTable> ParseGrants(const std::string& json) {
  v1::Grants grants;
  if (const auto status = google::protobuf::util::JsonStringToMessage(json, &grants);
      !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("is no JSON of grants: ", std::string(status.message())));
  }
  GrantTable table;
  for (const v1::Grant& grant : grants.grants()) {
    if (const std::string problem = ProblemOf(grant); !problem.empty()) {
      return absl::InvalidArgumentError(problem);
    }
    if (!table.emplace(grant.team(), std::make_shared<const v1::Grant>(grant)).second) {
      return absl::InvalidArgumentError(absl::StrCat("two grants of ", grant.team()));
    }
  }
  return table;
}

absl::StatusOr<std::unique_ptr<Grants>> Grants::Open(const std::string& path) {
  runtime::WatchedFile file(path);
  GrantTable table;
  if (!path.empty()) {
    const std::optional<std::string> text = file.ReadIfNew();
    if (!text.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat("cannot read ", path));
    }
    auto parsed = ParseGrants(*text);
    if (!parsed.ok()) {
      return parsed.status();
    }
    table = *std::move(parsed);
  }
  return std::unique_ptr<Grants>(new Grants(std::move(file), std::move(table)));
}

std::shared_ptr<const v1::Grant> Grants::Find(absl::string_view team, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  if (const auto text = file_.ReadIfNew(); text.has_value()) {
    auto parsed = ParseGrants(*text);
    if (parsed.ok()) {
      table_ = *std::move(parsed);
      log::Info("grants read again", {{"teams", absl::StrCat(table_.size())}});
    } else {
      log::Error("grants cannot be read: they stay as they were",
                 {{"path", file_.path()}, {"reason", std::string(parsed.status().message())}});
    }
  }
  if (const bool away = !file_.path().empty() && !file_.readable(); away != away_) {
    away_ = away;
    if (away) {
      log::Error("grants cannot be read: they stay as they were",
                 {{"path", file_.path()}, {"reason", "the file is away"}});
    } else {
      log::Info("the file of grants is there again");
    }
  }
  const auto found = table_.find(team);
  if (found == table_.end() ||
      absl::ToCivilDay(now, types::Brussels()) > types::ToDay(found->second->end_date())) {
    return nullptr;
  }
  return found->second;
}

}  // namespace scharnier::identity
