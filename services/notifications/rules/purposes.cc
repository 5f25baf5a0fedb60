#include "services/notifications/rules/purposes.h"

namespace scharnier::notifications::rules {
namespace {

struct Rule {
  absl::string_view change_type;
  v1::Purpose purpose;
};

constexpr Rule kRules[] = {
    {"scharnier.events.v1.registration.confirmed", v1::PURPOSE_REGISTRATION_CONFIRMED},
    {"scharnier.events.v1.registration.waitlisted", v1::PURPOSE_REGISTRATION_WAITLISTED},
    {"scharnier.events.v1.registration.promoted", v1::PURPOSE_REGISTRATION_PROMOTED},
    {"scharnier.events.v1.registration.cancelled", v1::PURPOSE_REGISTRATION_CANCELLED},
};

}  // namespace

std::optional<v1::Purpose> PurposeOf(absl::string_view change_type) {
  for (const Rule& rule : kRules) {
    if (rule.change_type == change_type) {
      return rule.purpose;
    }
  }
  return std::nullopt;
}

}  // namespace scharnier::notifications::rules
