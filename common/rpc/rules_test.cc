// Rules that no request uses yet, in messages made for the purpose; and what all requests have to
// have.

#include "common/rpc/rules.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/validate.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/descriptor_database.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/text_format.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using ::scharnier::testing::HasField;
using ::scharnier::testing::HasReason;
using ::scharnier::testing::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kMissing = types::v1::ERROR_REASON_FIELD_MISSING;
constexpr auto kInvalid = types::v1::ERROR_REASON_FIELD_INVALID;
constexpr auto kName = types::v1::ERROR_REASON_NAME_INVALID;

// A file with one message `Request` (and an enum `Kind`) whose fields are given as text.
class Rules {
 public:
  explicit Rules(const std::string& fields) {
    google::protobuf::FileDescriptorProto file;
    google::protobuf::TextFormat::Parser parser;
    const bool parsed =
        parser.ParseFromString(absl::StrCat(R"pb(
                                              name: "request.proto"
                                              package: "scharnier.test"
                                              syntax: "proto3"
                                              dependency: "scharnier/options/v1/options.proto"
                                              dependency: "google/protobuf/any.proto"
                                              dependency: "google/protobuf/field_mask.proto"
                                              enum_type {
                                                name: "Kind"
                                                value { name: "KIND_UNSPECIFIED" number: 0 }
                                                value { name: "KIND_ONE" number: 1 }
                                              }
                                            )pb",
                                            "message_type { name: 'Request' ", fields, " }"),
                               &file);
    EXPECT_TRUE(parsed) << fields;
    const FileDescriptor* built = pool_.BuildFile(file);
    EXPECT_NE(built, nullptr) << fields;
    request_ = built->FindMessageTypeByName("Request");
    factory_.SetDelegateToGeneratedFactory(true);
  }

  const Descriptor* request() const { return request_; }

  absl::Status Validate(const std::string& text) {
    std::unique_ptr<google::protobuf::Message> message(factory_.GetPrototype(request_)->New());
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, message.get())) << text;
    return rpc::Validate(*message);
  }

 private:
  DescriptorPool pool_{DescriptorPool::generated_pool()};
  google::protobuf::DynamicMessageFactory factory_{&pool_};
  const Descriptor* request_ = nullptr;
};

std::string Field(int number, const std::string& name, const std::string& type,
                  const std::string& rules, bool repeated = false) {
  return absl::StrCat("field { number: ", number, " name: '", name, "' ",
                      absl::StartsWith(type, ".") ? absl::StrCat("type_name: '", type, "' ")
                                                  : absl::StrCat("type: ", type, " "),
                      "label: ", repeated ? "LABEL_REPEATED" : "LABEL_OPTIONAL",
                      " options { [scharnier.options.v1.rules] { ", rules, " } } } ");
}

auto Complains(types::v1::ErrorReason reason, const std::string& field) {
  return AllOf(HasReason(reason), HasField(field));
}

TEST(RulesTest, OfElements) {
  Rules rules(Field(1, "texts", "TYPE_STRING", "required: true max_chars: 3 max_items: 2", true) +
              Field(2, "names", "TYPE_STRING", "resource: 'series/*' max_items: 2", true) +
              Field(3, "numbers", "TYPE_INT32", "min: 1 max: 3 max_items: 3", true) +
              Field(4, "longs", "TYPE_INT64", "max: 3 max_items: 3", true) +
              Field(5, "kinds", ".scharnier.test.Kind", "max_items: 3", true));
  EXPECT_THAT(rules.Validate("texts: 'een' numbers: 1 numbers: 3 longs: -9 kinds: KIND_ONE"),
              IsOk());
  const struct {
    const char* text;
    types::v1::ErrorReason reason;
    const char* field;
  } cases[] = {
      {"", kMissing, "texts"},
      {"texts: ['a', 'b', 'c']", kInvalid, "texts"},
      {"texts: ['a', 'lang']", kInvalid, "texts[1]"},
      {"texts: ['a', '']", kMissing, "texts[1]"},
      {"texts: 'a' names: 'series/1'", kName, "names[0]"},
      {"texts: 'a' numbers: [1, 2, 0]", kInvalid, "numbers[2]"},
      {"texts: 'a' numbers: [4]", kInvalid, "numbers[0]"},
      {"texts: 'a' longs: [3, 4]", kInvalid, "longs[1]"},
      {"texts: 'a' kinds: [KIND_ONE, KIND_UNSPECIFIED]", kInvalid, "kinds[1]"},
      {"texts: 'a' kinds: [7]", kInvalid, "kinds[0]"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(rules.Validate(c.text), Complains(c.reason, c.field)) << c.text;
  }
}

TEST(RuleGapsTest, FindsThemAll) {
  const struct {
    std::string field;
    const char* gap;
  } cases[] = {
      {Field(1, "f", "TYPE_STRING", ""), "text has either"},
      {Field(1, "f", "TYPE_STRING", "required: true"), "text has either"},
      {Field(1, "f", "TYPE_STRING", "format: FORMAT_LINES"), "text has either"},
      {Field(1, "f", "TYPE_STRING", "format: FORMAT_EMAIL max_chars: 9"), "text has either"},
      {Field(1, "f", "TYPE_STRING", "resource: 'series/*' max_chars: 9"), "text has either"},
      {Field(1, "f", "TYPE_STRING", "max_chars: 9", true), "max_items belongs"},
      {Field(1, "f", "TYPE_STRING", "max_chars: 9 max_items: 9"), "max_items belongs"},
      {Field(1, "f", "TYPE_STRING", "max_chars: 9 min: 1"), "has a rule for numbers"},
      {Field(1, "f", "TYPE_INT32", "", true), "max_items belongs"},
      {Field(1, "f", "TYPE_INT32", "required: true"), "give it a min"},
      {Field(1, "f", "TYPE_INT32", "max_chars: 3"), "has a rule for text"},
      {Field(1, "f", "TYPE_BOOL", "required: true"), "cannot be seen"},
      {Field(1, "f", "TYPE_BYTES", ""), "no rule bounds"},
      {Field(1, "f", "TYPE_DOUBLE", ""), "no rule bounds"},
      {Field(1, "f", ".google.protobuf.Any", ""), "not bounded"},
      {Field(1, "update_mask", ".google.protobuf.FieldMask", "") +
           Field(2, "f", ".scharnier.test.Request", ""),
       "no name with"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(RuleGaps(Rules(c.field).request()), ::testing::Contains(HasSubstr(c.gap)))
        << c.field;
  }
}

TEST(RuleGapsTest, FindsNoneWhereThereIsNone) {
  EXPECT_THAT(
      RuleGaps(Rules(Field(1, "a", "TYPE_STRING", "max_chars: 9") +
                     Field(2, "b", "TYPE_STRING", "output_only: true") +
                     Field(3, "c", "TYPE_BYTES", "output_only: true", true) +
                     Field(4, "d", "TYPE_INT64", "min: 1") + Field(5, "e", "TYPE_BOOL", "") +
                     Field(6, "f", ".scharnier.test.Request", "max_items: 1", true))
                   .request()),
      IsEmpty());
}

// Every file of ours that is linked in.
std::vector<const FileDescriptor*> OurFiles() {
  std::vector<std::string> names;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
  std::vector<const FileDescriptor*> files;
  for (const std::string& name : names) {
    if (absl::StartsWith(name, "scharnier/")) {
      files.push_back(DescriptorPool::generated_pool()->FindFileByName(name));
    }
  }
  return files;
}

TEST(OurProtosTest, NoRequestHasRuleGaps) {
  int methods = 0;
  for (const FileDescriptor* file : OurFiles()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m, ++methods) {
        const auto* method = file->service(s)->method(m);
        EXPECT_THAT(RuleGaps(method->input_type()), ElementsAre()) << method->full_name();
      }
    }
  }
  EXPECT_GE(methods, 19);
}

// Words that fields about people have in their names, and the fields that have them without being
// about people.
constexpr const char* kPersonalWords[] = {"full_name", "first_name", "last_name", "surname",
                                          "email",     "phone",      "birth",     "gender",
                                          "diet",      "street"};
constexpr const char* kNotPersonal[] = {
    // Mailboxes of teams, printed in every mail.
    "scharnier.events.v1.Series.contact_email",
    "scharnier.proposals.v1.Call.contact_email",
    // Of an organisation, as the KBO publishes it.
    "scharnier.organisations.v1.Address.street",
};

void ExpectPersonalFieldsMarked(const Descriptor* message, int& marked) {
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    const bool sounds_personal =
        std::any_of(std::begin(kPersonalWords), std::end(kPersonalWords),
                    [&](const char* word) { return absl::StrContains(field->name(), word); });
    const bool is_exempt = std::find(std::begin(kNotPersonal), std::end(kNotPersonal),
                                     field->full_name()) != std::end(kNotPersonal);
    if (sounds_personal && !is_exempt) {
      ++marked;
      EXPECT_NE(RulesOf(field).data(), options::v1::DATA_UNSPECIFIED) << field->full_name();
    }
  }
  for (int i = 0; i < message->nested_type_count(); ++i) {
    ExpectPersonalFieldsMarked(message->nested_type(i), marked);
  }
}

TEST(OurProtosTest, FieldsAboutPeopleAreMarked) {
  int marked = 0;
  for (const FileDescriptor* file : OurFiles()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      ExpectPersonalFieldsMarked(file->message_type(i), marked);
    }
  }
  EXPECT_GE(marked, 4);
}

TEST(OurProtosTest, EveryAnswerIsSensitive) {
  const Descriptor* answer =
      DescriptorPool::generated_pool()->FindMessageTypeByName("scharnier.types.v1.Answer");
  for (int i = 0; i < answer->oneof_decl(0)->field_count(); ++i) {
    EXPECT_EQ(RulesOf(answer->oneof_decl(0)->field(i)).data(), options::v1::DATA_SENSITIVE);
  }
}

}  // namespace
}  // namespace scharnier::rpc
