#include "services/notifications/rules/purposes.h"

#include "gmock/gmock.h"

namespace scharnier::notifications::rules {
namespace {

TEST(PurposesTest, EachChangeOfARegistrationHasItsPurpose) {
  EXPECT_EQ(PurposeOf("scharnier.events.v1.registration.confirmed"),
            v1::PURPOSE_REGISTRATION_CONFIRMED);
  EXPECT_EQ(PurposeOf("scharnier.events.v1.registration.waitlisted"),
            v1::PURPOSE_REGISTRATION_WAITLISTED);
  EXPECT_EQ(PurposeOf("scharnier.events.v1.registration.promoted"),
            v1::PURPOSE_REGISTRATION_PROMOTED);
  EXPECT_EQ(PurposeOf("scharnier.events.v1.registration.cancelled"),
            v1::PURPOSE_REGISTRATION_CANCELLED);
}

TEST(PurposesTest, NobodyIsToldOfOtherChanges) {
  for (const char* type : {"", "registration.confirmed", "scharnier.events.v1.session.published",
                           "scharnier.events.v1.registration.confirmed2",
                           "scharnier.events.v2.registration.confirmed"}) {
    EXPECT_EQ(PurposeOf(type), std::nullopt) << type;
  }
}

TEST(PurposesTest, EveryPurposeHasAChange) {
  const google::protobuf::EnumDescriptor* purposes = v1::Purpose_descriptor();
  for (int i = 1; i < purposes->value_count(); ++i) {
    bool found = false;
    for (const char* word : {"confirmed", "waitlisted", "promoted", "cancelled"}) {
      found = found || PurposeOf(std::string("scharnier.events.v1.registration.") + word) ==
                           static_cast<v1::Purpose>(purposes->value(i)->number());
    }
    EXPECT_TRUE(found) << purposes->value(i)->name();
  }
}

}  // namespace
}  // namespace scharnier::notifications::rules
