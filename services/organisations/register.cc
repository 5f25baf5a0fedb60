#include "services/organisations/register.h"

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "scharnier/organisations/v1/error_reason.pb.h"

namespace scharnier::organisations {

Holders::Holders(const std::vector<v1::Organisation>& organisations) {
  for (const v1::Organisation& organisation : organisations) {
    Add(organisation);
  }
}

void Holders::Add(const v1::Organisation& organisation) {
  if (!organisation.enterprise_number().empty()) {
    by_number_[organisation.enterprise_number()] = organisation.name();
  }
  for (const v1::Identifier& identifier : organisation.identifiers()) {
    by_identifier_[{identifier.system(), identifier.value()}] = organisation.name();
  }
}

void Holders::Remove(const v1::Organisation& organisation) {
  by_number_.erase(organisation.enterprise_number());
  for (const v1::Identifier& identifier : organisation.identifiers()) {
    by_identifier_.erase({identifier.system(), identifier.value()});
  }
}

absl::Status Holders::Check(const v1::Organisation& organisation) const {
  const auto number = by_number_.find(organisation.enterprise_number());
  if (number != by_number_.end() && number->second != organisation.name()) {
    return errors::Error(v1::ERROR_REASON_ENTERPRISE_NUMBER_TAKEN,
                         "another organisation has this enterprise number")
        .With("organisation", number->second)
        .Field("organisation.enterprise_number", "each is one active organisation's");
  }
  for (int i = 0; i < organisation.identifiers_size(); ++i) {
    const v1::Identifier& mine = organisation.identifiers(i);
    const auto holder = by_identifier_.find({mine.system(), mine.value()});
    if (holder != by_identifier_.end() && holder->second != organisation.name()) {
      return errors::Error(v1::ERROR_REASON_IDENTIFIER_TAKEN,
                           "another organisation has this identifier")
          .With("system", mine.system())
          .With("organisation", holder->second)
          .Field(absl::StrCat("organisation.identifiers[", i, "]"),
                 "each is one organisation's in its system");
    }
  }
  return absl::OkStatus();
}

std::string Holders::FindByKey(const v1::Organisation& row) const {
  if (!row.enterprise_number().empty()) {
    const auto found = by_number_.find(row.enterprise_number());
    return found == by_number_.end() ? "" : found->second;
  }
  const auto found = by_identifier_.find({row.identifiers(0).system(), row.identifiers(0).value()});
  return found == by_identifier_.end() ? "" : found->second;
}

changes::Record CreatedRecord(const runtime::Context& ctx, const std::string& request_id,
                              const v1::Organisation& made) {
  return {.ctx = &ctx,
          .request_id = request_id,
          .name = made.name(),
          .type = "organisation.created",
          .after = &made,
          .audience = changes::Audience::kPublic,
          .scope = {made.name()}};
}

changes::Record UpdatedRecord(const runtime::Context& ctx, const std::string& request_id,
                              const v1::Organisation& before, const v1::Organisation& after) {
  return {.ctx = &ctx,
          .request_id = request_id,
          .name = after.name(),
          .type = "organisation.updated",
          .before = &before,
          .after = &after,
          .audience = changes::Audience::kPublic,
          .scope = {after.name()}};
}

}  // namespace scharnier::organisations
