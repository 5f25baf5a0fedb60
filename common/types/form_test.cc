#include "common/types/form.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/testing/matchers.h"
#include "common/testing/text_proto.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::types {
namespace {

using ::scharnier::testing::FromText;
using ::scharnier::testing::HasField;
using ::scharnier::testing::HasReason;
using ::scharnier::testing::IsOk;
using ::testing::AllOf;
using ::testing::Not;

constexpr auto kMissing = v1::ERROR_REASON_FIELD_MISSING;
constexpr auto kInvalid = v1::ERROR_REASON_FIELD_INVALID;

v1::Form AForm() {
  return FromText<v1::Form>(R"pb(
    sections {
      questions {
        id: "traject"
        title { nl: "Beschrijf kort een leerzaam traject" }
        required: true
        sensitive: true
        text { max_chars: 20 max_words: 4 max_lines: 2 }
      }
    }
    sections {
      questions {
        id: "vraag"
        title { nl: "Een vraag vooraf?" }
        text {}
      }
    })pb");
}

struct Given {
  std::string id;
  std::string text;
};

absl::Status Check(const std::vector<Given>& given, Answered answered = Answered::kAll) {
  google::protobuf::RepeatedPtrField<v1::Answer> answers;
  for (const Given& g : given) {
    v1::Answer& answer = *answers.Add();
    answer.set_question_id(g.id);
    answer.set_text(g.text);
  }
  return CheckAnswers(AForm(), answers, "registration.attendees[0].answers", answered);
}

auto Complains(v1::ErrorReason reason, const std::string& path) {
  return AllOf(HasReason(reason), HasField("registration.attendees[0].answers" + path));
}

TEST(CheckFormTest, AcceptsAFormAndAnEmptyOne) {
  EXPECT_THAT(CheckForm(AForm(), "session.form"), IsOk());
  EXPECT_THAT(CheckForm(v1::Form(), "session.form"), IsOk());
}

TEST(CheckFormTest, AsksNoMoreThanCanBeAnswered) {
  v1::Form form;
  const auto ask = [&form](int number) {
    v1::Question& question = *form.mutable_sections(number % 3)->add_questions();
    question.set_id(absl::StrCat("vraag-", number));
    question.mutable_text();
  };
  for (int section = 0; section < 3; ++section) {
    form.add_sections();
  }
  for (int number = 0; number < 100; ++number) {
    ask(number);
  }
  EXPECT_THAT(CheckForm(form, "session.form"), IsOk());
  ask(100);
  EXPECT_THAT(CheckForm(form, "session.form"),
              AllOf(HasReason(kInvalid), HasField("session.form.sections")));
}

TEST(CheckFormTest, IdsAreUniqueOverAllSections) {
  v1::Form form = AForm();
  form.mutable_sections(1)->mutable_questions(0)->set_id("traject");
  EXPECT_THAT(CheckForm(form, "session.form"),
              AllOf(HasReason(kInvalid), HasField("session.form.sections[1].questions[0].id")));
}

TEST(CheckFormTest, EachQuestionHasAKind) {
  v1::Form form = AForm();
  form.mutable_sections(0)->mutable_questions(0)->clear_text();
  EXPECT_THAT(CheckForm(form, "session.form"),
              AllOf(HasReason(kMissing), HasField("session.form.sections[0].questions[0]")));
}

TEST(CheckAnswersTest, AcceptsWhatFits) {
  EXPECT_THAT(Check({{"traject", "kort en krachtig"}}), IsOk());
  EXPECT_THAT(Check({{"vraag", ""}, {"traject", "kort"}}), IsOk());
  // 20 code points are 40 bytes here, in 4 words on 2 lines.
  EXPECT_THAT(Check({{"traject", "ëëëë ëëëë ëëëëë\nëëëë"}}), IsOk());
  EXPECT_THAT(Check({{"traject", "kort"}, {"vraag", std::string(10000, 'a')}}), IsOk());
}

TEST(CheckAnswersTest, WantsAnAnswerToWhatIsRequired) {
  EXPECT_THAT(Check({}), Complains(kMissing, ""));
  EXPECT_THAT(Check({{"vraag", "Hoe laat?"}}), Complains(kMissing, ""));
  for (const char* blank : {"", "  ", "\n", "\u200b", "\u00a0"}) {
    EXPECT_THAT(Check({{"traject", blank}}), Complains(kMissing, "[0].text")) << blank;
  }
}

TEST(CheckAnswersTest, WhatIsStillWorkedOnMayBeIncompleteAndNothingElse) {
  EXPECT_THAT(Check({}, Answered::kSoFar), IsOk());
  EXPECT_THAT(Check({{"traject", " "}}, Answered::kSoFar), IsOk());
  EXPECT_THAT(Check({{"traject", std::string(21, 'a')}}, Answered::kSoFar),
              Complains(kInvalid, "[0].text"));
  EXPECT_THAT(Check({{"dieet", "geen"}}, Answered::kSoFar), Complains(kInvalid, "[0].question_id"));
}

TEST(CheckAnswersTest, HoldsLimits) {
  EXPECT_THAT(Check({{"traject", std::string(21, 'a')}}), Complains(kInvalid, "[0].text"));
  EXPECT_THAT(Check({{"traject", "a b c d e"}}), Complains(kInvalid, "[0].text"));
  EXPECT_THAT(Check({{"traject", "a\nb\nc"}}), Complains(kInvalid, "[0].text"));
  EXPECT_THAT(Check({{"traject", "kort"}, {"vraag", std::string(10001, 'a')}}),
              Complains(kInvalid, "[1].text"));
}

TEST(CheckAnswersTest, KnowsTheQuestions) {
  EXPECT_THAT(Check({{"traject", "kort"}, {"dieet", "geen"}}),
              Complains(kInvalid, "[1].question_id"));
  EXPECT_THAT(Check({{"traject", "kort"}, {"traject", "lang"}}),
              Complains(kInvalid, "[1].question_id"));
}

TEST(CheckAnswersTest, AnAnswerHasAValue) {
  google::protobuf::RepeatedPtrField<v1::Answer> answers;
  answers.Add()->set_question_id("traject");
  EXPECT_THAT(CheckAnswers(AForm(), answers, "answers"),
              AllOf(HasReason(kMissing), HasField("answers[0].text")));
}

TEST(CheckAnswersTest, ReportsAllAndQuotesNothing) {
  const absl::Status status =
      Check({{"dieet", "geheim"}, {"vraag", std::string(10001, 'a')}, {"traject", ""}});
  EXPECT_THAT(status, Complains(kInvalid, "[0].question_id"));
  EXPECT_THAT(status, HasField("registration.attendees[0].answers[1].text"));
  EXPECT_THAT(status, HasField("registration.attendees[0].answers[2].text"));
  EXPECT_THAT(status.ToString(), Not(::testing::HasSubstr("geheim")));
}

TEST(CheckAnswersTest, WithoutAFormThereIsNothingToAnswer) {
  google::protobuf::RepeatedPtrField<v1::Answer> answers;
  EXPECT_THAT(CheckAnswers(v1::Form(), answers, "answers"), IsOk());
  answers.Add()->set_question_id("traject");
  EXPECT_THAT(CheckAnswers(v1::Form(), answers, "answers"), HasReason(kInvalid));
}

}  // namespace
}  // namespace scharnier::types
