#include "common/rpc/limits.h"

#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/rules.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kOrganisation[] = "organisations/*";
constexpr absl::Duration kInFlightPause = absl::Seconds(1);
constexpr absl::Duration kStreamPause = absl::Seconds(5);

constexpr char kManyCalls[] = "the caller has as many calls open as it may";
constexpr char kManyStreams[] = "the caller has as many streams open as it may";
constexpr char kManyAnswers[] =
    "too many answers are not read: read them first, or ask for smaller pages";

absl::Status Refused(const char* limit, const std::string& text, absl::Duration wait) {
  return errors::Error(types::v1::ERROR_REASON_RATE_LIMITED, text)
      .With("limit", limit)
      .RetryAfter(wait);
}

// OK where there is nothing to wait for.
absl::Status Limited(const char* limit, absl::Duration wait) {
  return wait == absl::ZeroDuration()
             ? absl::OkStatus()
             : Refused(limit, absl::StrCat("too much at once for one ", limit), wait);
}

// The organisations in whose name a request is: those in fields whose rule says that they hold one,
// and not that it is somebody else.
void FindOrganisations(const Message& message, std::set<std::string>& found) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->is_repeated()) {
      continue;
    }
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      FindOrganisations(reflection.GetMessage(message, field), found);
    } else if (const auto& rules = RulesOf(field);
               rules.resource() == kOrganisation && !rules.counterparty()) {
      found.insert(reflection.GetString(message, field));
    }
  }
}

}  // namespace

std::string CallerKey(const runtime::Caller& caller, const std::string& address) {
  if (caller.is(options::v1::ROLE_SERVICE)) {
    return "";
  }
  if (!caller.is(options::v1::ROLE_ANONYMOUS)) {
    return caller.Id();
  }
  return caller.via.empty() ? address : "";
}

absl::Status Limits::TakeCall(const runtime::Caller& caller, const std::string& address,
                              absl::Time now) {
  const std::string key = CallerKey(caller, address);
  return key.empty() ? absl::OkStatus() : Limited("caller", callers_.Take(key, now));
}

absl::Status Limits::CheckCredentials(const std::string& address, absl::Time now) {
  return Limited("caller", strangers_.Wait(address, now));
}

void Limits::CountBadCredentials(const std::string& address, absl::Time now) {
  strangers_.Take(address, now);
}

absl::Status Limits::CheckMutation(const Message& request, absl::Time now) {
  std::set<std::string> organisations;
  FindOrganisations(request, organisations);
  for (const std::string& organisation : organisations) {
    RETURN_IF_ERROR(Limited("organisation", organisations_.Wait(organisation, now)));
  }
  return absl::OkStatus();
}

void Limits::CountMutation(const Message& request, absl::Time now) {
  std::set<std::string> organisations;
  FindOrganisations(request, organisations);
  for (const std::string& organisation : organisations) {
    organisations_.Take(organisation, now);
  }
}

absl::Status Limits::Begin(const std::string& key, bool stream) {
  if (key.empty()) {
    return absl::OkStatus();
  }
  absl::MutexLock lock(&mutex_);
  InFlight& in_flight = in_flight_[key];
  if (options_.calls > 0 && in_flight.calls == options_.calls) {
    return Refused("call", kManyCalls, kInFlightPause);
  }
  if (stream && options_.streams > 0 && in_flight.streams == options_.streams) {
    return Refused("stream", kManyStreams, kStreamPause);
  }
  if (in_flight.unread > 0 && in_flight.unread >= Share()) {
    return Refused("answer", kManyAnswers, kInFlightPause);
  }
  ++in_flight.calls;
  in_flight.streams += stream ? 1 : 0;
  return absl::OkStatus();
}

void Limits::End(const std::string& key, bool stream) {
  if (key.empty()) {
    return;
  }
  absl::MutexLock lock(&mutex_);
  const auto found = in_flight_.find(key);
  found->second.streams -= stream ? 1 : 0;
  --found->second.calls;
  if (found->second.none()) {
    in_flight_.erase(found);
  }
}

absl::Status Limits::BeginAnswer(const std::string& key, int64_t bytes, bool done) {
  absl::MutexLock lock(&mutex_);
  InFlight& in_flight = in_flight_[key];
  const int64_t room = bytes > kSmallAnswer ? Share() : options_.unread / 2;
  if (!done && in_flight.unread > 0 && in_flight.unread + bytes > room) {
    return Refused("answer", kManyAnswers, kInFlightPause);
  }
  in_flight.unread += bytes;
  all_unread_ += bytes;
  return absl::OkStatus();
}

void Limits::EndAnswer(const std::string& key, int64_t bytes) {
  absl::MutexLock lock(&mutex_);
  all_unread_ -= bytes;
  const auto found = in_flight_.find(key);
  found->second.unread -= bytes;
  if (found->second.none()) {
    in_flight_.erase(found);
  }
}

}  // namespace scharnier::rpc
