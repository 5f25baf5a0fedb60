#include "common/errors/errors.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/errors/macros.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor_database.h"
#include "google/rpc/code.pb.h"
#include "scharnier/events/v1/error_reason.pb.h"
#include "scharnier/options/v1/options.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::errors {
namespace {

using ::scharnier::testing::HasCode;
using ::scharnier::testing::HasField;
using ::scharnier::testing::HasMetadata;
using ::scharnier::testing::IsOkAnd;
using ::testing::Not;

// The detail of this type; fails where there is none.
template <class Detail>
Detail DetailOf(const google::rpc::Status& proto) {
  Detail found;
  for (const google::protobuf::Any& detail : proto.details()) {
    if (detail.UnpackTo(&found)) {
      return found;
    }
  }
  ADD_FAILURE() << "no " << Detail::descriptor()->full_name() << " in " << proto.DebugString();
  return found;
}

size_t DetailBytes(const google::rpc::Status& proto) {
  size_t bytes = 0;
  for (const google::protobuf::Any& detail : proto.details()) {
    bytes += detail.ByteSizeLong();
  }
  return bytes;
}

TEST(Error, HasTheCodeDomainAndReasonOfItsEnum) {
  const absl::Status status = Error(events::v1::ERROR_REASON_SESSION_FULL, "the session is full")
                                  .With("session", "sessions/1");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "the session is full");
  EXPECT_EQ(Info(status).domain(), "scharnier.events.v1");
  EXPECT_EQ(Info(status).reason(), "SESSION_FULL");
  EXPECT_THAT(status, HasMetadata("session", "sessions/1"));
}

TEST(Error, ConvertsToStatusOr) {
  const auto fails = []() -> absl::StatusOr<int> {
    return Error(types::v1::ERROR_REASON_MALFORMED, "the bytes are no message");
  };
  EXPECT_THAT(fails().status(), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(Error, IsNeverOk) {
  const absl::Status status = Error(types::v1::ERROR_REASON_UNSPECIFIED, "a mistake of ours");
  EXPECT_THAT(status, HasCode(absl::StatusCode::kInternal));
}

TEST(Error, CutsMetadataToAHundredCodePoints) {
  std::string value;
  for (int i = 0; i < 101; ++i) {
    absl::StrAppend(&value, "é");
  }
  const absl::Status status =
      Error(types::v1::ERROR_REASON_FIELD_INVALID, "too long").With("value", value);
  EXPECT_THAT(status, HasMetadata("value", value.substr(0, 200)));
  const absl::Status kept =
      Error(types::v1::ERROR_REASON_FIELD_INVALID, "fits").With("value", value.substr(0, 200));
  EXPECT_THAT(kept, HasMetadata("value", value.substr(0, 200)));
}

TEST(Error, NamesFields) {
  const absl::Status status = Error(types::v1::ERROR_REASON_FIELD_INVALID, "two fields")
                                  .Field("a.b", "is too long")
                                  .Field("c[0]", "is no region");
  EXPECT_THAT(status, HasField("a.b"));
  EXPECT_THAT(status, HasField("c[0]"));
  EXPECT_THAT(status, Not(HasField("c")));
  EXPECT_THAT(status, HasMetadata("field", "a.b"));
}

TEST(Error, NamesTwentyFieldsAtMost) {
  Builder builder = Error(types::v1::ERROR_REASON_FIELD_INVALID, "many fields");
  for (int i = 0; i < 25; ++i) {
    builder.Field(absl::StrCat("f", i), "is wrong");
  }
  EXPECT_THAT(absl::Status(builder), HasField("f19"));
  EXPECT_THAT(absl::Status(builder), Not(HasField("f20")));
}

TEST(Error, NamesTwentyPreconditionsAtMost) {
  Builder builder = Error(events::v1::ERROR_REASON_SESSION_FULL, "many conditions");
  for (int i = 0; i < 25; ++i) {
    builder.Precondition("SEATS", absl::StrCat("sessions/", i), "full");
  }
  const auto failure = DetailOf<google::rpc::PreconditionFailure>(ToProto(builder));
  EXPECT_EQ(failure.violations_size(), 20);
  EXPECT_EQ(failure.violations(0).subject(), "sessions/0");
}

TEST(ToProto, CarriesEveryDetail) {
  const absl::Status status = Error(types::v1::ERROR_REASON_OVERLOADED, "too much work")
                                  .Precondition("SEATS", "sessions/1", "all seats are taken")
                                  .Field("name", "is wrong")
                                  .RetryAfter(absl::Milliseconds(1500));
  const google::rpc::Status proto = ToProto(status);
  EXPECT_EQ(proto.code(), google::rpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(proto.message(), "too much work");
  EXPECT_EQ(proto.details_size(), 4);
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(proto).reason(), "OVERLOADED");
  EXPECT_EQ(DetailOf<google::rpc::BadRequest>(proto).field_violations(0).field(), "name");
  EXPECT_EQ(DetailOf<google::rpc::PreconditionFailure>(proto).violations(0).type(), "SEATS");
  const auto retry = DetailOf<google::rpc::RetryInfo>(proto);
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
}

TEST(ToProto, ComesBackAsItWas) {
  const absl::Status status = Error(types::v1::ERROR_REASON_FIELD_MISSING, "a field is missing")
                                  .Field("name", "has to be given");
  EXPECT_EQ(FromProto(ToProto(status)), status);
  EXPECT_EQ(FromProto(ToProto(absl::OkStatus())), absl::OkStatus());
  EXPECT_EQ(FromProto(ToProto(absl::AbortedError("plain"))), absl::AbortedError("plain"));
}

TEST(ToProto, DropsTheLastFieldsThatDoNotFit) {
  Builder builder = Error(types::v1::ERROR_REASON_FIELD_INVALID, "long descriptions");
  builder.Precondition("SEATS", "sessions/1", "all seats are taken");
  for (int i = 0; i < 20; ++i) {
    builder.Field(absl::StrCat("f", i), std::string(400, 'x'));
  }
  const google::rpc::Status proto = ToProto(builder);
  EXPECT_LT(DetailBytes(proto), 4096u);
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(proto).metadata().at("field"), "f0");
  EXPECT_EQ(DetailOf<google::rpc::PreconditionFailure>(proto).violations_size(), 1);
  const auto bad_request = DetailOf<google::rpc::BadRequest>(proto);
  EXPECT_GE(bad_request.field_violations_size(), 8);
  EXPECT_EQ(bad_request.field_violations(0).field(), "f0");
}

TEST(ToProto, DropsWholeDetailsBeforeTheErrorInfo) {
  Builder builder = Error(types::v1::ERROR_REASON_FIELD_INVALID, "far too long");
  builder.Field("f", std::string(5000, 'x'));
  builder.Precondition("SEATS", "sessions/1", std::string(5000, 'x'));
  const google::rpc::Status proto = ToProto(builder);
  EXPECT_EQ(proto.details_size(), 1);
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(proto).reason(), "FIELD_INVALID");
}

TEST(HasReason, ComparesTheDomainToo) {
  const absl::Status status = Error(types::v1::ERROR_REASON_CONFLICT, "others were first");
  EXPECT_TRUE(Is(status, types::v1::ERROR_REASON_CONFLICT));
  EXPECT_FALSE(Is(status, types::v1::ERROR_REASON_ETAG_STALE));
  EXPECT_FALSE(Is(status, events::v1::ERROR_REASON_SESSION_FULL));
  EXPECT_FALSE(Is(absl::AbortedError("plain"), types::v1::ERROR_REASON_CONFLICT));
  EXPECT_FALSE(Is(absl::OkStatus(), types::v1::ERROR_REASON_CONFLICT));

  google::rpc::Status foreign = ToProto(status);
  google::rpc::ErrorInfo info = DetailOf<google::rpc::ErrorInfo>(foreign);
  info.set_domain("example.org");
  foreign.mutable_details(0)->PackFrom(info);
  EXPECT_FALSE(Is(FromProto(foreign), types::v1::ERROR_REASON_CONFLICT));
}

TEST(IsTransient, IsWhatRepetitionHeals) {
  EXPECT_TRUE(IsTransient(Error(types::v1::ERROR_REASON_DEPENDENCY_AWAY, "away")));
  EXPECT_TRUE(IsTransient(Error(types::v1::ERROR_REASON_CONFLICT, "others were first")));
  EXPECT_TRUE(IsTransient(absl::UnavailableError("plain")));
  EXPECT_FALSE(IsTransient(Error(types::v1::ERROR_REASON_ETAG_STALE, "changed")));
  EXPECT_FALSE(IsTransient(Error(types::v1::ERROR_REASON_OVERLOADED, "too much work")));
  EXPECT_FALSE(IsTransient(absl::OkStatus()));
}

// The enums ErrorReason of every package of ours that is linked in.
std::vector<const google::protobuf::EnumDescriptor*> ReasonEnums() {
  std::vector<std::string> files;
  google::protobuf::DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<const google::protobuf::EnumDescriptor*> found;
  for (const std::string& name : files) {
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    const auto* reasons = file->FindEnumTypeByName("ErrorReason");
    if (reasons != nullptr && absl::StartsWith(file->package(), "scharnier.")) {
      found.push_back(reasons);
    }
  }
  return found;
}

TEST(ErrorReason, EveryValueSaysItsCode) {
  const auto enums = ReasonEnums();
  EXPECT_GE(enums.size(), 2u) << "types and events at least";
  for (const auto* reasons : enums) {
    EXPECT_EQ(reasons->value(0)->name(), "ERROR_REASON_UNSPECIFIED");
    for (int i = 1; i < reasons->value_count(); ++i) {
      const auto* reason = reasons->value(i);
      EXPECT_TRUE(absl::StartsWith(reason->name(), "ERROR_REASON_")) << reason->full_name();
      EXPECT_NE(reason->options().GetExtension(options::v1::code), google::rpc::OK)
          << reason->full_name();
    }
  }
}

TEST(Macros, PassErrorsOn) {
  const auto half = [](int n) -> absl::StatusOr<int> {
    if (n % 2 != 0) {
      return Error(types::v1::ERROR_REASON_FIELD_INVALID, "the number is odd");
    }
    return n / 2;
  };
  const auto quarter = [&](int n) -> absl::StatusOr<int> {
    RETURN_IF_ERROR(half(n).status());
    ASSIGN_OR_RETURN(const int once, half(n));
    ASSIGN_OR_RETURN(const int twice, half(once));
    return twice;
  };
  EXPECT_THAT(quarter(12), IsOkAnd(3));
  EXPECT_THAT(quarter(6), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(quarter(7), HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace scharnier::errors
