#include "common/rpc/denial.h"

#include "common/errors/errors.h"
#include "common/rpc/limits.h"
#include "common/rpc/rules.h"
#include "scharnier/options/v1/options.pb.h"

namespace scharnier::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The text of a field; empty where the message has none of that name.
std::string Text(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  const bool text = field != nullptr && !field->is_repeated() &&
                    field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  return text ? message.GetReflection()->GetString(message, field) : "";
}

// What the request is about; of something new the parent.
std::string ResourceOf(const Message& request) {
  if (const FieldDescriptor* updated = UpdatedResource(request.GetDescriptor())) {
    return Text(request.GetReflection()->GetMessage(request, updated), "name");
  }
  const std::string name = Text(request, "name");
  return name.empty() ? Text(request, "parent") : name;
}

}  // namespace

bool IsDenial(const absl::Status& status) {
  return absl::IsPermissionDenied(status) || absl::IsUnauthenticated(status);
}

Denial DenialOf(const runtime::Context& ctx, const std::string& address,
                const google::protobuf::MethodDescriptor& method, const Message* request,
                const absl::Status& status) {
  Denial denial{.caller = ctx.caller().Id(),
                .via = ctx.caller().via,
                .key = CallerKey(ctx.caller(), address),
                .anonymous = ctx.caller().is(options::v1::ROLE_ANONYMOUS),
                .method = ctx.method(),
                .reason = errors::Info(status).reason(),
                .trace = ctx.trace().ToHeader()};
  if (request != nullptr) {
    denial.request_id = Text(*request, "request_id");
    denial.resource = ResourceOf(*request);
    denial.discreet = method.options().GetExtension(options::v1::policy).discreet();
  }
  return denial;
}

}  // namespace scharnier::rpc
