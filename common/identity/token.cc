#include "common/identity/token.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/identity/encoding.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::identity {
namespace {

constexpr size_t kMaxTokenBytes = 4096;
constexpr size_t kEcdsaSignatureBytes = 64;
constexpr size_t kMaxSubjectChars = 255;
constexpr size_t kMaxEmailBytes = 254;
constexpr size_t kMaxRoles = 16;
constexpr size_t kMaxRoleBytes = 64;
constexpr absl::Duration kSkew = absl::Seconds(60);
constexpr int64_t kMaxLifetimeSeconds = 3600;
constexpr int64_t kLastSecond = 253'402'300'799;  // of the year 9999

absl::Status Refusal() {
  return errors::Error(types::v1::ERROR_REASON_TOKEN_INVALID,
                       "the access token cannot be relied on");
}

// The three parts, decoded; nullopt for anything else.
struct Parts {
  std::string header, payload, signature;
};
std::optional<Parts> Split(absl::string_view token) {
  if (token.size() > kMaxTokenBytes) {
    return std::nullopt;
  }
  const std::vector<absl::string_view> texts = absl::StrSplit(token, '.');
  if (texts.size() != 3) {
    return std::nullopt;
  }
  auto header = DecodeBase64Url(texts[0]);
  auto payload = DecodeBase64Url(texts[1]);
  auto signature = DecodeBase64Url(texts[2]);
  if (header.value_or("").empty() || payload.value_or("").empty() ||
      signature.value_or("").empty()) {
    return std::nullopt;
  }
  return Parts{*std::move(header), *std::move(payload), *std::move(signature)};
}

// The kid of a header that keeps the rules.
std::optional<std::string> KidOf(const json_t* header, Algorithm algorithm) {
  for (const char* member :
       {"crit", "b64", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "zip", "cty"}) {
    if (json_object_get(header, member) != nullptr) {
      return std::nullopt;
    }
  }
  std::optional<std::string> kid = TextOf(json_object_get(header, "kid"));
  if (TextOf(json_object_get(header, "alg")) != NameOf(algorithm) ||
      TextOf(json_object_get(header, "typ")) != "at+jwt" || kid.value_or("").empty()) {
    return std::nullopt;
  }
  return kid;
}

std::optional<int64_t> SecondsOf(const json_t* value) {
  if (value == nullptr || json_typeof(value) != JSON_INTEGER) {
    return std::nullopt;
  }
  const int64_t seconds = json_integer_value(value);
  return seconds < 0 || seconds > kLastSecond ? std::nullopt : std::optional(seconds);
}

// The text of `sub`: visible ASCII.
std::optional<std::string> SubjectOf(const json_t* value) {
  std::optional<std::string> subject = TextOf(value);
  if (!subject.has_value() || subject->empty() || subject->size() > kMaxSubjectChars ||
      !std::all_of(subject->begin(), subject->end(), [](char c) { return c > ' ' && c <= '~'; })) {
    return std::nullopt;
  }
  return subject;
}

// The instant at which the token expires, if it counts at `now`.
std::optional<absl::Time> ReadTimes(const json_t* claims, absl::Time now) {
  const std::optional<int64_t> expires = SecondsOf(json_object_get(claims, "exp"));
  const std::optional<int64_t> issued = SecondsOf(json_object_get(claims, "iat"));
  if (!expires.has_value() || !issued.has_value() || *expires <= *issued ||
      *expires - *issued > kMaxLifetimeSeconds || absl::FromUnixSeconds(*issued) > now + kSkew) {
    return std::nullopt;
  }
  if (const json_t* const not_before = json_object_get(claims, "nbf"); not_before != nullptr) {
    const std::optional<int64_t> begins = SecondsOf(not_before);
    if (!begins.has_value() || absl::FromUnixSeconds(*begins) > now + kSkew) {
      return std::nullopt;
    }
  }
  return absl::FromUnixSeconds(*expires);
}

// Each of these reads an optional claim; false where it is there and against the rules.
bool ReadEmail(const json_t* claims, std::string& email) {
  const json_t* const value = json_object_get(claims, "email");
  if (value == nullptr) {
    return true;
  }
  const std::optional<std::string> text = TextOf(value);
  if (!text.has_value() || text->size() > kMaxEmailBytes) {
    return false;
  }
  if (json_is_true(json_object_get(claims, "email_verified"))) {
    email = *text;
  }
  return true;
}

bool ReadRoles(const json_t* claims, std::vector<std::string>& roles) {
  const json_t* const value = json_object_get(claims, "roles");
  if (value == nullptr) {
    return true;
  }
  if (json_typeof(value) != JSON_ARRAY || json_array_size(value) > kMaxRoles) {
    return false;
  }
  for (size_t i = 0; i < json_array_size(value); ++i) {
    std::optional<std::string> role = TextOf(json_array_get(value, i));
    if (!role.has_value() || role->size() > kMaxRoleBytes) {
      return false;
    }
    roles.push_back(*std::move(role));
  }
  return true;
}

bool ReadActor(const json_t* claims, std::string& actor) {
  const json_t* const value = json_object_get(claims, "act");
  if (value == nullptr) {
    return true;
  }
  // Of anything but an object there is no member.
  std::optional<std::string> subject = SubjectOf(json_object_get(value, "sub"));
  if (!subject.has_value()) {
    return false;
  }
  actor = *std::move(subject);
  return true;
}

// What the claims say, if they keep the rules.
std::optional<Claims> ReadClaims(const json_t* json, const TokenRules& rules, absl::Time now) {
  if (TextOf(json_object_get(json, "iss")) != rules.issuer ||
      TextOf(json_object_get(json, "aud")) != rules.audience) {
    return std::nullopt;
  }
  const std::optional<absl::Time> expires = ReadTimes(json, now);
  std::optional<std::string> subject = SubjectOf(json_object_get(json, "sub"));
  if (!expires.has_value() || !subject.has_value()) {
    return std::nullopt;
  }
  Claims claims{.subject = *std::move(subject), .expires = *expires};
  if (!ReadEmail(json, claims.email) || !ReadRoles(json, claims.roles) ||
      !ReadActor(json, claims.actor) || HasExpired(claims, now)) {
    return std::nullopt;
  }
  return claims;
}

// The parts and the kid of a token whose form and header keep the rules.
struct Candidate {
  Parts parts;
  std::string kid;
};
absl::StatusOr<Candidate> ReadForm(absl::string_view token, Algorithm algorithm) {
  std::optional<Parts> parts = Split(token);
  if (!parts.has_value()) {
    return Refusal();
  }
  // Longer ones cjose would cut into two halves, whatever their size.
  if (algorithm == Algorithm::kEs256 && parts->signature.size() != kEcdsaSignatureBytes) {
    return Refusal();
  }
  std::optional<std::string> kid = KidOf(ParseObject(parts->header).get(), algorithm);
  if (!kid.has_value()) {
    return Refusal();
  }
  return Candidate{*std::move(parts), *std::move(kid)};
}

}  // namespace

absl::StatusOr<std::string> ReadKid(absl::string_view token, Algorithm algorithm) {
  ASSIGN_OR_RETURN(Candidate candidate, ReadForm(token, algorithm));
  return std::move(candidate.kid);
}

absl::StatusOr<Claims> VerifyToken(absl::string_view token, const KeySet& keys,
                                   const TokenRules& rules, absl::Time now) {
  ASSIGN_OR_RETURN(const Candidate candidate, ReadForm(token, rules.algorithm));
  if (!keys.Verifies(candidate.kid, token)) {
    return Refusal();
  }
  std::optional<Claims> claims = ReadClaims(ParseObject(candidate.parts.payload).get(), rules, now);
  if (!claims.has_value()) {
    return Refusal();
  }
  return *std::move(claims);
}

bool HasExpired(const Claims& claims, absl::Time now) { return now >= claims.expires + kSkew; }

}  // namespace scharnier::identity
