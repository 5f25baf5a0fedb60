// File: call_context.h
// Contexts of calls as the adapter makes them, for tests of methods without a server.

#ifndef SCHARNIER_COMMON_TESTING_CALL_CONTEXT_H_
#define SCHARNIER_COMMON_TESTING_CALL_CONTEXT_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/runtime/context.h"
#include "common/runtime/keyring.h"

namespace scharnier::testing {

// A call by a caller of this role, judged at `now`; it has 30 s.
inline runtime::Context CallAs(options::v1::Role role, const std::string& subject, absl::Time now) {
  return runtime::Context({.caller = {.role = role, .subject = subject},
                           .now = now,
                           .deadline = absl::Now() + absl::Seconds(30),
                           .method = "test"});
}

// A call by a person.
inline runtime::Context CallAsPerson(const runtime::Keyring& keyring, const std::string& email,
                                     absl::Time now) {
  return runtime::Context({.caller = {.role = options::v1::ROLE_PERSON,
                                      .subject = runtime::PersonKey(keyring, email),
                                      .email = runtime::NormaliseEmail(email)},
                           .now = now,
                           .deadline = absl::Now() + absl::Seconds(30),
                           .method = "test"});
}

// A call by whoever has an action token.
inline runtime::Context CallAsHolder(identity::v1::ActionToken::Purpose purpose,
                                     const std::string& resource, const std::string& holder,
                                     absl::Time now) {
  auto action = std::make_shared<identity::v1::ActionToken>();
  action->set_purpose(purpose);
  action->set_resource(resource);
  action->set_holder(holder);
  return runtime::Context(
      {.caller = {.role = options::v1::ROLE_TOKEN, .subject = "5f2a", .action = std::move(action)},
       .now = now,
       .deadline = absl::Now() + absl::Seconds(30),
       .method = "test"});
}

}  // namespace scharnier::testing

#endif  // SCHARNIER_COMMON_TESTING_CALL_CONTEXT_H_
