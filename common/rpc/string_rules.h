// File: string_rules.h
// The part of the field rules that is about one string.

#ifndef SCHARNIER_COMMON_RPC_STRING_RULES_H_
#define SCHARNIER_COMMON_RPC_STRING_RULES_H_

#include <string>

#include "scharnier/options/v1/options.pb.h"

namespace scharnier::rpc {

// Brings a string that is not empty to its normal form, and says what it has to be; nothing where
// it is so. Free text holds no national register number.
std::string CheckString(const options::v1::FieldRules& rules, std::string& text);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_STRING_RULES_H_
