#include "services/notifications/render.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/errors/errors.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::notifications {
namespace {

namespace ms = ::kainjow::mustache;
namespace ty = ::scharnier::types::v1;

// Remembers the names that a template asks for in vain.
class StrictContext final : public ms::context<std::string> {
 public:
  explicit StrictContext(const ms::data* data) : ms::context<std::string>(data) {}
  const ms::data* get(const std::string& name) const override {
    const ms::data* found = ms::context<std::string>::get(name);
    if (found == nullptr) {
      missing_.insert(name);
    }
    return found;
  }
  const std::set<std::string>& missing() const { return missing_; }

 private:
  mutable std::set<std::string> missing_;
};

}  // namespace

absl::StatusOr<std::string> Render(const std::string& source, const ms::data& data, Escape escape) {
  ms::mustache tmpl(source);
  if (!tmpl.is_valid()) {
    return errors::Error(ty::ERROR_REASON_INTERNAL_FAULT,
                         absl::StrCat("a template: ", tmpl.error_message()));
  }
  if (escape == Escape::kNone) {
    tmpl.set_custom_escape([](const std::string& text) { return text; });
  }
  StrictContext context(&data);
  std::string result = tmpl.render(context);
  if (!context.missing().empty()) {
    return errors::Error(
        ty::ERROR_REASON_INTERNAL_FAULT,
        absl::StrCat("a template asks for ", absl::StrJoin(context.missing(), ", ")));
  }
  return result;
}

}  // namespace scharnier::notifications
