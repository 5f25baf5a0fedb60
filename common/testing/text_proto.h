// File: text_proto.h
// Messages written as text.
//
//   auto session = FromText<pb::Session>(R"pb(title { nl: "Focusgroep" } capacity: 40)pb");

#ifndef SCHARNIER_COMMON_TESTING_TEXT_PROTO_H_
#define SCHARNIER_COMMON_TESTING_TEXT_PROTO_H_

#include <string>

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace scharnier::testing {

// The message; text that cannot be read fails the test.
template <class Message>
Message FromText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

}  // namespace scharnier::testing

#endif  // SCHARNIER_COMMON_TESTING_TEXT_PROTO_H_
