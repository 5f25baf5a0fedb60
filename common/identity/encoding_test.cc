#include "common/identity/encoding.h"

#include <string>

#include "gmock/gmock.h"

namespace scharnier::identity {
namespace {

using ::testing::Optional;

TEST(DecodeBase64Url, ReadsTheOneSpelling) {
  EXPECT_THAT(DecodeBase64Url(""), Optional(std::string()));
  EXPECT_THAT(DecodeBase64Url("AA"), Optional(std::string("\0", 1)));
  EXPECT_THAT(DecodeBase64Url("-_-_"), Optional(std::string("\xfb\xff\xbf")));
  EXPECT_THAT(DecodeBase64Url("Zm9vYg"), Optional(std::string("foob")));
}

TEST(DecodeBase64Url, RefusesEveryOther) {
  for (const char* text : {"A", "AAAAA", "AA==", "AA=", "AA.", "+/+/", " AA", "AA ", "A A", "AA\n",
                           "AB", "AAB", "Zm9vYh", "\xc3\xa9"}) {
    EXPECT_EQ(DecodeBase64Url(text), std::nullopt) << text;
  }
}

TEST(ParseObject, ReadsObjectsAlone) {
  EXPECT_NE(ParseObject(R"({})"), nullptr);
  EXPECT_NE(ParseObject(R"( {"a": {"b": 1}, "b": [1, 2.5, "\u00e9"]} )"), nullptr);
  const std::string zero("{\"a\": 1}\0", 9);
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("1"), std::string("\"a\""),
        std::string("null"), std::string(R"({"a": 1, "a": 1})"),
        std::string(R"({"a": 1, "\u0061": 1})"), std::string(R"({"o": {"a": 1, "a": 1}})"),
        std::string(R"({"a": 1} x)"), std::string(R"({}{})"), std::string(R"({"a": "\u0000"})"),
        std::string("{\"a\": \"\xff\"}"), std::string(R"({'a': 1})"), std::string(R"({"a": 1,})"),
        std::string(R"({"a": NaN})"), std::string(R"({"a": 99999999999999999999})"),
        std::string(R"({"a": 1)"), std::string("\xef\xbb\xbf{}"), zero}) {
    EXPECT_EQ(ParseObject(text), nullptr) << text;
  }
  EXPECT_EQ(ParseObject(std::string(3000, '{')), nullptr);
}

TEST(TextOf, IsOfStringsAlone) {
  const Json json = ParseObject(R"({"text": "caf\u00e9", "number": 1, "null": null})");
  ASSERT_NE(json, nullptr);
  EXPECT_THAT(TextOf(json_object_get(json.get(), "text")), Optional(std::string("café")));
  EXPECT_EQ(TextOf(json_object_get(json.get(), "number")), std::nullopt);
  EXPECT_EQ(TextOf(json_object_get(json.get(), "null")), std::nullopt);
  EXPECT_EQ(TextOf(json_object_get(json.get(), "absent")), std::nullopt);
}

}  // namespace
}  // namespace scharnier::identity
