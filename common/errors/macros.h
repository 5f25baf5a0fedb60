// File: macros.h
// Passing errors on: RETURN_IF_ERROR(expr) and ASSIGN_OR_RETURN(auto x, expr).

#ifndef SCHARNIER_COMMON_ERRORS_MACROS_H_
#define SCHARNIER_COMMON_ERRORS_MACROS_H_

#include <utility>

#include "absl/status/status.h"

#define SCHARNIER_CONCAT_INNER(a, b) a##b
#define SCHARNIER_CONCAT(a, b) SCHARNIER_CONCAT_INNER(a, b)

// Returns the status from the enclosing function unless it is OK.
#define RETURN_IF_ERROR(expr)                                             \
  do {                                                                    \
    if (absl::Status status_to_return = (expr); !status_to_return.ok()) { \
      return status_to_return;                                            \
    }                                                                     \
  } while (false)

// Assigns the value of a StatusOr, or returns its status from the enclosing function.
#define ASSIGN_OR_RETURN(lhs, expr) \
  SCHARNIER_ASSIGN_OR_RETURN(SCHARNIER_CONCAT(status_or_, __LINE__), lhs, expr)
#define SCHARNIER_ASSIGN_OR_RETURN(tmp, lhs, expr) \
  auto tmp = (expr);                               \
  if (!tmp.ok()) {                                 \
    return std::move(tmp).status();                \
  }                                                \
  lhs = *std::move(tmp)

#endif  // SCHARNIER_COMMON_ERRORS_MACROS_H_
