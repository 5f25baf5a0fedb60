#include "services/events/origins.h"

#include <optional>
#include <utility>

#include "common/directory/directory.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::events {

using organisations::v1::Mandate;

absl::StatusOr<std::vector<absl::StatusOr<KnownOrigin>>> FindOrigins(
    db::Tx& tx, const runtime::Keyring& keyring, const std::vector<Asked>& asked) {
  std::vector<std::string> names;
  std::vector<directory::MandateQuestion> questions;
  for (const auto& [caller, registration] : asked) {
    if (!registration->organisation().empty()) {
      names.push_back(registration->organisation());
      questions.push_back(
          {.person_key = runtime::PersonKey(keyring, registration->registrant().email()),
           .account = caller->account,
           .by_address = !caller->is(options::v1::ROLE_PERSON),
           .organisation = registration->organisation()});
    }
  }
  std::vector<std::optional<organisations::v1::Organisation>> organisations;
  std::vector<Mandate::Role> roles;
  if (!names.empty()) {
    ASSIGN_OR_RETURN(organisations, directory::FindOrganisations(tx, names));
    ASSIGN_OR_RETURN(roles, directory::FindMandates(tx, questions));
  }
  std::vector<absl::StatusOr<KnownOrigin>> origins;
  size_t n = 0;
  for (const auto& [caller, registration] : asked) {
    if (registration->organisation().empty()) {
      auto said = rules::OriginOf(*registration);
      if (said.ok()) {
        origins.emplace_back(KnownOrigin{.origin = *std::move(said)});
      } else {
        origins.emplace_back(said.status());
      }
      continue;
    }
    if (organisations[n].has_value()) {
      origins.emplace_back(KnownOrigin{.origin = rules::OriginOf(*organisations[n]),
                                       .mandated = roles[n] >= Mandate::ROLE_EDITOR});
    } else {
      origins.emplace_back(NoSuchOrganisation(registration->organisation()));
    }
    ++n;
  }
  return origins;
}

absl::Status NoSuchOrganisation(const std::string& name) {
  return errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND, "there is no such organisation")
      .With("name", name)
      .With("field", "registration.organisation");
}

bool IsNoSuchOrganisation(const absl::Status& refusal, const std::string& name) {
  if (name.empty() || !errors::Is(refusal, types::v1::ERROR_REASON_RESOURCE_NOT_FOUND)) {
    return false;
  }
  const auto metadata = errors::Info(refusal).metadata();
  const auto named = metadata.find("name");
  return named != metadata.end() && named->second == name;
}

}  // namespace scharnier::events
