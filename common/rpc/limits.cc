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
constexpr absl::Duration kStreamPause = absl::Seconds(5);

absl::Status Limited(const char* limit, absl::Duration wait) {
  return errors::Error(types::v1::ERROR_REASON_RATE_LIMITED,
                       absl::StrCat("too much at once for one ", limit))
      .With("limit", limit)
      .RetryAfter(wait);
}

// The organisations that a request names, in the fields whose rule says that they hold one.
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
    } else if (RulesOf(field).resource() == kOrganisation) {
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
  const absl::Duration wait = key.empty() ? absl::ZeroDuration() : callers_.Take(key, now);
  return wait > absl::ZeroDuration() ? Limited("caller", wait) : absl::OkStatus();
}

absl::Status Limits::TakeMutation(const Message& request, absl::Time now) {
  std::set<std::string> organisations;
  FindOrganisations(request, organisations);
  for (const std::string& organisation : organisations) {
    if (const absl::Duration wait = organisations_.Take(organisation, now);
        wait > absl::ZeroDuration()) {
      return Limited("organisation", wait);
    }
  }
  return absl::OkStatus();
}

absl::Status Limits::OpenStream(const std::string& key) {
  if (key.empty() || options_.streams == 0) {
    return absl::OkStatus();
  }
  absl::MutexLock lock(&mutex_);
  int& open = streams_[key];
  if (open == options_.streams) {
    return Limited("stream", kStreamPause);
  }
  ++open;
  return absl::OkStatus();
}

void Limits::CloseStream(const std::string& key) {
  absl::MutexLock lock(&mutex_);
  const auto found = streams_.find(key);
  if (found != streams_.end() && --found->second == 0) {
    streams_.erase(found);
  }
}

}  // namespace scharnier::rpc
