#include "common/identity/action_token.h"

#include <cstddef>
#include <optional>

#include "absl/strings/escaping.h"
#include "common/errors/errors.h"
#include "common/identity/encoding.h"
#include "common/types/timestamp.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::identity {
namespace {

// Ours have fewer: two names, a key and two instants.
constexpr size_t kLongest = 512;
// What is sealed for this purpose is this message.
constexpr char kForm[] = "scharnier.identity.v1.ActionToken";

}  // namespace

std::string MintActionToken(const runtime::Keyring& keyring, const v1::ActionToken& token) {
  return absl::WebSafeBase64Escape(
      keyring.Seal(runtime::Keyring::kActionToken, token.SerializeAsString(), kForm));
}

absl::StatusOr<v1::ActionToken> ReadActionToken(const runtime::Keyring& keyring,
                                                absl::string_view text, absl::Time now) {
  const std::optional<std::string> sealed =
      text.size() <= kLongest ? DecodeBase64Url(text) : std::nullopt;
  if (!sealed.has_value()) {
    return ActionTokenInvalid();
  }
  const auto opened = keyring.Open(runtime::Keyring::kActionToken, *sealed, kForm);
  v1::ActionToken token;
  if (!opened.ok() || !token.ParseFromString(*opened) ||
      now >= types::FromProto(token.expire_time())) {
    return ActionTokenInvalid();
  }
  return token;
}

absl::Status ActionTokenInvalid() {
  return errors::Error(types::v1::ERROR_REASON_ACTION_TOKEN_INVALID,
                       "the link is not valid, or not any more");
}

}  // namespace scharnier::identity
