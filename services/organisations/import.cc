// ImportOrganisations: rows of a list become organisations, piece by piece.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/field_mask.h"
#include "common/rpc/validate.h"
#include "common/runtime/uuid.h"
#include "common/types/violations.h"
#include "scharnier/organisations/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/organisations/register.h"
#include "services/organisations/rules/organisation.h"
#include "services/organisations/service.h"
#include "services/organisations/store/organisations.h"

namespace scharnier::organisations {
namespace {

using Response = v1::ImportOrganisationsResponse;
using Row = v1::ImportOrganisationsRequest::Row;

constexpr int kMostRows = 500;
constexpr int kMostErrors = 1000;
// A rival import that has entered the same organisation is found when looking again.
constexpr int kAttempts = 3;

// What one piece of an import comes to.
struct Outcome {
  int unchanged = 0;
  std::set<std::string> matched;  // names of those that were there
  std::vector<v1::Organisation> created;
  std::vector<v1::Organisation> before, updated;
  std::vector<std::pair<int32_t, absl::Status>> refused;  // by line
};

class Import final : public OrganisationsService::ImportCollector {
 public:
  Import(db::Database& database, const runtime::Keyring& keyring)
      : database_(database), keyring_(keyring) {}

  absl::Status Take(const runtime::Context& ctx, v1::ImportOrganisationsRequest& message) override {
    if (!begun_) {
      if (!message.has_options()) {
        return types::FieldMissing("options", "the first message says what the import is to do");
      }
      begun_ = true;
      dry_run_ = message.options().dry_run();
      return absl::OkStatus();
    }
    if (message.rows().rows().empty() || message.rows().rows_size() > kMostRows) {
      return types::FieldInvalid("rows.rows", "1 to 500 rows a message, after the options");
    }
    return TakeRows(ctx, *message.mutable_rows()->mutable_rows());
  }

  absl::StatusOr<Response> End(const runtime::Context& /*ctx*/) override {
    if (!begun_) {
      return types::FieldMissing("options", "the first message says what the import is to do");
    }
    return std::move(response_);
  }

 private:
  absl::Status TakeRows(const runtime::Context& ctx,
                        google::protobuf::RepeatedPtrField<Row>& rows) {
    std::vector<Row*> good;
    for (Row& row : rows) {
      const absl::Status checked = CheckRow(row);
      if (checked.ok()) {
        good.push_back(&row);
      } else {
        Refuse(row.line(), checked);
      }
    }
    if (good.empty()) {
      return absl::OkStatus();
    }
    for (int attempt = 1;; ++attempt) {
      const auto outcome = database_.Transact(
          ctx, [&](db::Tx& tx) -> absl::StatusOr<Outcome> { return Write(tx, ctx, good); });
      if (outcome.ok()) {
        Count(*outcome);
        return absl::OkStatus();
      }
      if (attempt == kAttempts || !errors::Is(outcome.status(), types::v1::ERROR_REASON_CONFLICT)) {
        return outcome.status();
      }
    }
  }

  absl::Status CheckRow(Row& row) {
    RETURN_IF_ERROR(rpc::Validate(row));
    v1::Organisation& organisation = *row.mutable_organisation();
    organisation.set_state(v1::Organisation::STATE_ACTIVE);
    for (v1::Establishment& establishment : *organisation.mutable_establishments()) {
      establishment.clear_name();
    }
    RETURN_IF_ERROR(rules::Complete(organisation));
    return keys_.Add(organisation);
  }

  // Enters what is new and changes what differs, in this transaction; a dry run only finds out.
  absl::StatusOr<Outcome> Write(db::Tx& tx, const runtime::Context& ctx,
                                const std::vector<Row*>& rows) const {
    std::vector<v1::Organisation> wanted;
    for (const Row* row : rows) {
      wanted.push_back(row->organisation());
    }
    ASSIGN_OR_RETURN(const auto taken, store::LockTaken(tx, wanted));
    Holders holders(taken);
    std::map<std::string, const v1::Organisation*> known;
    for (const v1::Organisation& organisation : taken) {
      known[organisation.name()] = &organisation;
    }
    Outcome outcome;
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto there = known.find(holders.FindByKey(wanted[i]));
      v1::Organisation after = wanted[i];
      if (there != known.end()) {
        after = rules::Merge(*there->second, wanted[i]);
        absl::Status whole = CheckFirst(there->first, outcome);
        if (whole.ok()) {
          whole = rules::Complete(after);
        }
        if (!whole.ok()) {
          outcome.refused.emplace_back(rows[i]->line(), std::move(whole));
          continue;
        }
        outcome.matched.insert(there->first);
      } else {
        after.set_name(absl::StrCat("organisations/", runtime::NewUuid()));
      }
      if (absl::Status free = holders.Check(after); !free.ok()) {
        outcome.refused.emplace_back(rows[i]->line(), std::move(free));
        continue;
      }
      if (there != known.end()) {
        holders.Remove(*there->second);
      }
      holders.Add(after);
      if (there == known.end()) {
        outcome.created.push_back(std::move(after));
      } else if (rpc::ChangedFields(*there->second, after).empty()) {
        ++outcome.unchanged;
      } else {
        outcome.before.push_back(*there->second);
        outcome.updated.push_back(std::move(after));
      }
    }
    if (!dry_run_) {
      RETURN_IF_ERROR(Save(tx, ctx, outcome));
    }
    return outcome;
  }

  // Two rows with different keys can mean the same organisation.
  absl::Status CheckFirst(const std::string& name, const Outcome& outcome) const {
    if (!matched_.contains(name) && !outcome.matched.contains(name)) {
      return absl::OkStatus();
    }
    return errors::Error(v1::ERROR_REASON_ROW_TWICE, "an earlier row is the same organisation")
        .Field("organisation", "give each organisation once");
  }

  absl::Status Save(db::Tx& tx, const runtime::Context& ctx, Outcome& outcome) const {
    if (outcome.updated.empty() && outcome.created.empty()) {
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(store::WriteOrganisations(tx, outcome.updated, outcome.created, ctx.now()));
    std::vector<changes::Record> records;
    for (size_t i = 0; i < outcome.updated.size(); ++i) {
      records.push_back(UpdatedRecord(ctx, "", outcome.before[i], outcome.updated[i]));
    }
    for (const v1::Organisation& made : outcome.created) {
      records.push_back(CreatedRecord(ctx, "", made));
    }
    return changes::Append(tx, keyring_, records);
  }

  void Count(const Outcome& outcome) {
    matched_.insert(outcome.matched.begin(), outcome.matched.end());
    response_.set_created(response_.created() + static_cast<int>(outcome.created.size()));
    response_.set_updated(response_.updated() + static_cast<int>(outcome.updated.size()));
    response_.set_unchanged(response_.unchanged() + outcome.unchanged);
    for (const auto& [line, status] : outcome.refused) {
      Refuse(line, status);
    }
  }

  void Refuse(int32_t line, const absl::Status& status) {
    response_.set_refused(response_.refused() + 1);
    if (response_.errors_size() == kMostErrors) {
      return;
    }
    const google::rpc::ErrorInfo info = errors::Info(status);
    Response::RowError& error = *response_.add_errors();
    error.set_line(line);
    error.set_reason(info.reason());
    if (const auto field = info.metadata().find("field"); field != info.metadata().end()) {
      error.set_field(field->second);
    }
    error.set_description(std::string(status.message()));
  }

  db::Database& database_;
  const runtime::Keyring& keyring_;
  bool begun_ = false;
  bool dry_run_ = false;
  rules::RowKeys keys_;            // of all rows so far
  std::set<std::string> matched_;  // names of organisations that rows have meant so far
  Response response_;
};

}  // namespace

std::unique_ptr<OrganisationsService::ImportCollector> OrganisationsService::ImportOrganisations() {
  return std::make_unique<Import>(db_, keyring_);
}

}  // namespace scharnier::organisations
