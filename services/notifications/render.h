// File: render.h
// Mustache templates, strictly: a template that asks for something that is not there gives an
// error, not a hole.

#ifndef SCHARNIER_SERVICES_NOTIFICATIONS_RENDER_H_
#define SCHARNIER_SERVICES_NOTIFICATIONS_RENDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "kainjow/mustache.hpp"

namespace scharnier::notifications {

// How values are written into the result.
enum class Escape {
  kNone,  // as they are: plain text
  kHtml,  // & < > " and ' as entities
};

// Renders a template over `data`. A section that may be absent needs `false` in the data. Errors:
// INTERNAL INTERNAL_FAULT naming what is missing, or why the template cannot be read.
absl::StatusOr<std::string> Render(const std::string& source, const kainjow::mustache::data& data,
                                   Escape escape);

}  // namespace scharnier::notifications

#endif  // SCHARNIER_SERVICES_NOTIFICATIONS_RENDER_H_
