// File: rules.h
// The field rules of protos (scharnier.options.v1.rules), read from descriptors.

#ifndef SCHARNIER_COMMON_RPC_RULES_H_
#define SCHARNIER_COMMON_RPC_RULES_H_

#include "google/protobuf/descriptor.h"
#include "scharnier/options/v1/options.pb.h"

namespace scharnier::rpc {

// The rules of a field; empty ones where it has none.
const options::v1::FieldRules& RulesOf(const google::protobuf::FieldDescriptor* field);

// The resource that an update request is about: its message beside `update_mask`. Null in other
// requests.
const google::protobuf::FieldDescriptor* UpdatedResource(
    const google::protobuf::Descriptor* request);

// Whether a message is one of Google's, which have no field rules.
bool IsGoogles(const google::protobuf::Descriptor* message);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_RULES_H_
