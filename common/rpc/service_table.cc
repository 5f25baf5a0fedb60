#include "common/rpc/service_table.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "common/runtime/log.h"

namespace scharnier::rpc {
namespace {

namespace pb = google::protobuf;

// A table that does not fit its proto is a fault of the program, found at its first start.
[[noreturn]] void Die(const std::string& problem) {
  log::Error("bad service table", {{"problem", problem}});
  std::abort();
}

const pb::MethodDescriptor* FindMethod(const pb::ServiceDescriptor* service,
                                       const std::vector<ServiceTable::Method>& present,
                                       const std::string& name, const pb::Descriptor* request) {
  const pb::MethodDescriptor* method = service->FindMethodByName(name);
  if (method == nullptr) {
    Die(absl::StrCat(service->full_name(), " has no method ", name));
  }
  for (const ServiceTable::Method& other : present) {
    if (other.descriptor == method) {
      Die(absl::StrCat(method->full_name(), " has two functions"));
    }
  }
  if (method->input_type() != request) {
    Die(absl::StrCat(method->full_name(), " does not take ", request->full_name()));
  }
  return method;
}

void CheckResponse(const pb::MethodDescriptor& method, const pb::Descriptor* response) {
  if (method.output_type() != response) {
    Die(absl::StrCat(method.full_name(), " does not answer with ", response->full_name()));
  }
}

}  // namespace

ServiceTable::ServiceTable(const std::string& full_name)
    : descriptor_(pb::DescriptorPool::generated_pool()->FindServiceByName(full_name)) {
  if (descriptor_ == nullptr) {
    Die(absl::StrCat("no service ", full_name, " is linked in"));
  }
}

void ServiceTable::Add(const std::string& method, const pb::Descriptor* request,
                       const pb::Descriptor* response, AnyUnary function) {
  const pb::MethodDescriptor* descriptor = FindMethod(descriptor_, methods_, method, request);
  if (descriptor->server_streaming() || descriptor->client_streaming()) {
    Die(absl::StrCat(descriptor->full_name(), " has a stream"));
  }
  CheckResponse(*descriptor, response);
  methods_.push_back({.descriptor = descriptor, .unary = std::move(function)});
}

void ServiceTable::AddStream(const std::string& method, const pb::Descriptor* request,
                             AnyStream open) {
  const pb::MethodDescriptor* descriptor = FindMethod(descriptor_, methods_, method, request);
  if (!descriptor->server_streaming() || descriptor->client_streaming()) {
    Die(absl::StrCat(descriptor->full_name(), " does not answer a message with a stream"));
  }
  methods_.push_back({.descriptor = descriptor, .stream = std::move(open)});
}

void ServiceTable::AddCollect(const std::string& method, const pb::Descriptor* request,
                              const pb::Descriptor* response, AnyCollect open) {
  const pb::MethodDescriptor* descriptor = FindMethod(descriptor_, methods_, method, request);
  if (!descriptor->client_streaming() || descriptor->server_streaming()) {
    Die(absl::StrCat(descriptor->full_name(), " does not answer a stream with a message"));
  }
  CheckResponse(*descriptor, response);
  methods_.push_back({.descriptor = descriptor, .collect = std::move(open)});
}

}  // namespace scharnier::rpc
