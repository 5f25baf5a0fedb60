#include "common/rpc/adapter.h"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/errors/errors.h"
#include "common/rpc/change_table.h"
#include "common/testing/eventually.h"
#include "common/testing/matchers.h"
#include "common/testing/raw_call.h"
#include "common/testing/server.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using testing::Eventually;
using testing::HasCode;
using testing::HasMetadata;
using testing::HasReason;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAnd;
using ::testing::Not;
using testing::RawCall;

constexpr char kService[] = "service notifications";
constexpr char kTeam[] = "team reporting";

ListRequest After(const std::string& generation) {
  ListRequest request;
  request.mutable_after()->set_generation(generation);
  return request;
}

class AdapterTest : public ::testing::Test {
 protected:
  explicit AdapterTest(const testing::TestServerOptions& options = {}) : server_(options) {}

  absl::StatusOr<ListResponse> List(const ListRequest& request = {}) {
    return server_.Call<ListResponse>(kService, kList, request);
  }
  absl::Status Raw(const std::string& bytes,
                   const testing::RawCallOptions& options = {.caller = kService}) {
    return RawCall(server_.address(), kList, bytes, options).Finish();
  }
  // Serves a method that counts its calls.
  void StartCounting() {
    server_.Start(ListTable([this](const runtime::Context&, const ListRequest&) {
      ++calls_;
      return ListResponse();
    }));
  }

  std::atomic<int> calls_ = 0;
  testing::TestServer server_;
};

TEST_F(AdapterTest, CarriesRequestAndResponse) {
  server_.Start(ListTable([](const runtime::Context&, const ListRequest& request) {
    ListResponse response;
    response.mutable_next()->set_position(request.after().position() + 1);
    return response;
  }));
  ListRequest request;
  request.mutable_after()->set_position(41);
  ListResponse expected;
  expected.mutable_next()->set_position(42);
  EXPECT_THAT(List(request), IsOkAnd(testing::EqualsProto(expected)));
}

// A request cut at any place either is a message or is refused as none; the server lives on.
TEST_F(AdapterTest, RefusesMalformedBytes) {
  StartCounting();
  ListRequest request = After("0190f3a1-7b3c-7000-8000-000000000001");
  request.mutable_after()->set_position(300);
  request.set_page_size(10);
  request.mutable_wait()->set_seconds(1);
  const std::string whole = request.SerializeAsString();
  int refused = 0;
  for (size_t size = 0; size <= whole.size(); ++size) {
    const std::string bytes = whole.substr(0, size);
    SCOPED_TRACE(size);
    if (ListRequest().ParseFromString(bytes)) {
      EXPECT_THAT(Raw(bytes), IsOk());
    } else {
      ++refused;
      EXPECT_THAT(Raw(bytes), HasReason(types::v1::ERROR_REASON_MALFORMED));
    }
  }
  EXPECT_GT(refused, 40);
  const std::string broken[] = {
      std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11),  // a varint without end
      std::string("\x07", 1),                                           // wire type 7
      std::string("\x0c", 1),                                           // a group that ends only
      std::string("\x0a\xff\xff\xff\xff\x07", 6),                       // 2 GiB announced
      std::string(10'000, '\x0b') + std::string(10'000, '\x0c'),        // groups in groups
      std::string("\x00", 1),                                           // field 0
  };
  for (const std::string& bytes : broken) {
    EXPECT_THAT(Raw(bytes), HasReason(types::v1::ERROR_REASON_MALFORMED));
  }
  EXPECT_THAT(List(), IsOk());
}

TEST_F(AdapterTest, RefusesTextThatIsNoUtf8) {
  StartCounting();
  for (const std::string& text : {std::string("\xff"), std::string("\xc0\xaf"),
                                  std::string("\xed\xa0\x80"), std::string("a\xe2\x82")}) {
    // ListChangesRequest {Cursor after = 1 {string generation = 1}}.
    const auto inner = absl::StrCat("\x0a", std::string(1, static_cast<char>(text.size())), text);
    const auto bytes = absl::StrCat("\x0a", std::string(1, static_cast<char>(inner.size())), inner);
    EXPECT_THAT(Raw(bytes), HasReason(types::v1::ERROR_REASON_MALFORMED));
  }
  EXPECT_EQ(calls_, 0);
}

TEST_F(AdapterTest, ValidatesFields) {
  StartCounting();
  EXPECT_THAT(List(After("not-a-uuid")),
              ::testing::AllOf(HasReason(types::v1::ERROR_REASON_FIELD_INVALID),
                               testing::HasField("after.generation")));
  EXPECT_EQ(calls_, 0);
}

TEST_F(AdapterTest, RefusesWhatIsTooLarge) {
  StartCounting();
  // An unknown field of just under, and just over, 1 MiB.
  const auto padded = [](size_t size) {
    return absl::StrCat("\xfa\x07",
                        std::string("\x80\x80\x40", 3)
                            .replace(0, 3,
                                     [size] {
                                       const size_t length = size - 5;
                                       std::string varint;
                                       varint += static_cast<char>(0x80 | (length & 0x7f));
                                       varint += static_cast<char>(0x80 | ((length >> 7) & 0x7f));
                                       varint += static_cast<char>(length >> 14);
                                       return varint;
                                     }()),
                        std::string(size - 5, 'x'));
  };
  EXPECT_THAT(Raw(padded(1 << 20)), IsOk());
  EXPECT_EQ(calls_, 1);
  EXPECT_THAT(Raw(padded((1 << 20) + 1)), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(Raw("", {.caller = kService, .metadata = {{"x-filler", std::string(9000, 'x')}}}),
              Not(IsOk()));
  EXPECT_EQ(calls_, 1);
}

TEST_F(AdapterTest, RefusesCompressedMessages) {
  StartCounting();
  EXPECT_THAT(Raw(std::string(4096, '\0'), {.caller = kService, .gzip = true}),
              HasCode(absl::StatusCode::kUnimplemented));
  EXPECT_EQ(calls_, 0);
  EXPECT_THAT(List(), IsOk());
}

TEST_F(AdapterTest, AsksWhoCalls) {
  server_.Start(ListTable([](const runtime::Context& ctx, const ListRequest&) {
    ListResponse response;
    response.mutable_next()->set_generation(ctx.caller().Id());
    return response;
  }));
  const auto answer = List();
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->next().generation(), "service:notifications");
  EXPECT_THAT(Raw("", {}), HasReason(types::v1::ERROR_REASON_NOT_IDENTIFIED));
  // A service that the method does not list is nobody in particular, with or without a header.
  EXPECT_THAT(Raw("", {.caller = "service events"}),
              HasReason(types::v1::ERROR_REASON_NOT_IDENTIFIED));
  EXPECT_THAT(Raw("", {.metadata = {{"x-scharnier-caller", kService}}}),
              HasReason(types::v1::ERROR_REASON_NOT_IDENTIFIED));
  EXPECT_THAT(Raw("", {.metadata = {{"authorization", "Bearer x"}}}),
              HasReason(types::v1::ERROR_REASON_TOKEN_INVALID));
  EXPECT_THAT(Raw("", {.caller = "service Events"}),
              HasReason(types::v1::ERROR_REASON_CERTIFICATE_INVALID));
  EXPECT_THAT(Raw("", {.caller = "person an@example.org"}),
              ::testing::AllOf(HasReason(types::v1::ERROR_REASON_ROLE_NOT_ALLOWED),
                               HasMetadata("method", "ListChanges")));
}

TEST_F(AdapterTest, HasOnlyTheMethodsOfItsTables) {
  StartCounting();
  for (const char* method :
       {"scharnier.events.v1.ChangeService/NoMethod",
        "scharnier.events.v1.SessionService/GetSession", "grpc.health.v1.Health/Check",
        "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"}) {
    EXPECT_THAT(RawCall(server_.address(), method, "", {.caller = kService}).Finish(),
                HasCode(absl::StatusCode::kUnimplemented))
        << method;
  }
}

TEST_F(AdapterTest, CarriesErrorsWithTheirDetails) {
  server_.Start(ListTable([](const runtime::Context&, const ListRequest&) {
    return errors::Error(types::v1::ERROR_REASON_CURSOR_EXPIRED, "too old")
        .Field("after", "expired");
  }));
  for (const absl::Status& status : {List().status(), Raw("")}) {
    EXPECT_THAT(status, ::testing::AllOf(HasReason(types::v1::ERROR_REASON_CURSOR_EXPIRED),
                                         testing::HasField("after")));
  }
}

// Trailers above 8 kB would reach the client as RESOURCE_EXHAUSTED.
TEST_F(AdapterTest, CutsDetailsToWhatReachesTheClient) {
  server_.Start(ListTable([](const runtime::Context&, const ListRequest&) {
    auto error = errors::Error(types::v1::ERROR_REASON_FIELD_INVALID, "all wrong");
    for (int i = 0; i < 100; ++i) {
      error.Field(absl::StrCat("fields[", i, "]"), std::string(1000, 'x'));
      error.Precondition("TYPE", "subject", std::string(1000, 'y'));
    }
    return error;
  }));
  EXPECT_THAT(Raw(""), HasReason(types::v1::ERROR_REASON_FIELD_INVALID));
}

TEST_F(AdapterTest, LetsNoFaultOutAsItIs) {
  enum Fault { kException, kNoException, kNoReason, kUnknown, kTooLarge };
  std::atomic<int> fault = kException;
  server_.Start(ListTable(
      [&fault](const runtime::Context&, const ListRequest&) -> absl::StatusOr<ListResponse> {
        switch (fault) {
          case kException:
            throw std::out_of_range("vector");
          case kNoException:
            throw 42;  // NOLINT: what the barrier is for
          case kNoReason:
            return absl::NotFoundError("no reason given");
          case kUnknown:
            return absl::UnknownError("");
          default: {
            ListResponse response;
            response.add_changes()->set_id(std::string(5 << 20, 'x'));
            return response;
          }
        }
      }));
  for (int f = kException; f <= kTooLarge; ++f) {
    SCOPED_TRACE(f);
    fault = f;
    const absl::Status status = Raw("");
    EXPECT_THAT(status, HasReason(types::v1::ERROR_REASON_INTERNAL_FAULT));
    EXPECT_EQ(errors::Info(status).metadata().at("trace_id").size(), 32u);
  }
}

TEST_F(AdapterTest, AnswersLaterFromAnotherThread) {
  absl::Notification asked;
  std::function<void()> answer;
  server_.Start(ChangeTable(
      [&](const runtime::Context&, const ListRequest&, Done<ListResponse> done) {
        auto later = std::make_shared<Done<ListResponse>>(std::move(done));
        answer = [later] { (*later)(ListResponse()); };
        asked.Notify();
      },
      [](const runtime::Context&, const WatchRequest&) { return std::make_unique<NoStream>(); }));
  std::thread answering([&] {
    asked.WaitForNotification();
    answer();
  });
  EXPECT_THAT(List(), IsOk());
  answering.join();
}

TEST_F(AdapterTest, AnswersForAMethodThatForgets) {
  server_.Start(ChangeTable(
      [](const runtime::Context&, const ListRequest&, const Done<ListResponse>&) {},
      [](const runtime::Context&, const WatchRequest&) { return std::make_unique<NoStream>(); }));
  EXPECT_THAT(List(), HasReason(types::v1::ERROR_REASON_INTERNAL_FAULT));
}

TEST_F(AdapterTest, TellsTheMethodThatItsCallerIsGone) {
  std::atomic<bool> running = false;
  std::atomic<bool> noticed = false;
  server_.Start(ListTable([&](const runtime::Context& ctx, const ListRequest&) {
    running = true;
    noticed = Eventually([&ctx] { return ctx.cancelled(); });
    return ListResponse();
  }));
  RawCall call(server_.address(), kList, "", {.caller = kService});
  EXPECT_TRUE(Eventually([&] { return running.load(); }));
  call.Cancel();
  EXPECT_THAT(call.Finish(), HasCode(absl::StatusCode::kCancelled));
  EXPECT_TRUE(Eventually([&] { return noticed.load(); }));
}

TEST_F(AdapterTest, DropsQueuedWorkWhoseDeadlinePassed) {
  rpc::ServerOptions options = testing::TestServer::Options();
  options.default_deadline = absl::ZeroDuration();
  server_.Start(ListTable([this](const runtime::Context&, const ListRequest&) {
                  ++calls_;
                  return ListResponse();
                }),
                options);
  EXPECT_THAT(Raw(""), HasReason(types::v1::ERROR_REASON_DEADLINE_PASSED));
  EXPECT_EQ(calls_, 0);
}

TEST_F(AdapterTest, LogsWhatHappenedAndNothingAboutPeople) {
  server_.Start(
      ListTable([](const runtime::Context&, const ListRequest&) -> absl::StatusOr<ListResponse> {
        throw std::runtime_error("canary@example.org");
      }));
  ::testing::internal::CaptureStderr();
  const absl::Status fault = Raw("");
  EXPECT_THAT(Raw("", {.caller = "person canary@example.org"}), Not(IsOk()));
  EXPECT_THAT(Raw("\x0a\x0d\x0a\x0b"
                  "canary@ex.\xff"),
              Not(IsOk()));
  server_.Stop();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr(errors::Info(fault).metadata().at("trace_id")));
  for (const char* expected :
       {"runtime_error", "INTERNAL_FAULT", "ROLE_NOT_ALLOWED", "ROLE_PERSON", "MALFORMED",
        "\"method\":\"scharnier.events.v1.ChangeService/ListChanges\""}) {
    EXPECT_THAT(log, HasSubstr(expected));
  }
  EXPECT_THAT(log, Not(HasSubstr("canary")));
  EXPECT_THAT(log, Not(HasSubstr("libprotobuf")));
}

// One thread, which has counted an answer before it takes the next call.
class SteadyAdapterTest : public AdapterTest {
 protected:
  SteadyAdapterTest() : AdapterTest({.threads = 1}) {}
};

TEST_F(SteadyAdapterTest, KeepsFewAnswersThatNobodyReads) {
  rpc::ServerOptions options = testing::TestServer::Options();
  options.limits.unread = 20 << 20;
  server_.Start(ListTable([this](const runtime::Context&, const ListRequest&) {
                  ++calls_;
                  ListResponse response;
                  response.mutable_next()->set_generation(std::string(1 << 20, 'x'));
                  return response;
                }),
                options);
  std::vector<std::unique_ptr<RawCall>> unread;
  const auto leave = [&](const char* caller) {
    const int before = calls_;
    unread.push_back(std::make_unique<RawCall>(server_.address(), kList, "",
                                               testing::RawCallOptions{.caller = caller}));
    EXPECT_TRUE(Eventually([&] { return calls_ == before + 1; }));
  };
  const auto ask = [this] { return Raw("", {.caller = kTeam}); };
  leave(kTeam);
  leave(kTeam);
  EXPECT_THAT(ask(), HasReason(types::v1::ERROR_REASON_RATE_LIMITED));
  EXPECT_EQ(calls_, 3) << "it was too large, not too much already";
  EXPECT_THAT(unread[0]->Finish(), IsOk());
  EXPECT_TRUE(Eventually([&] { return ask().ok(); })) << "one has been taken";
  leave(kTeam);
  EXPECT_THAT(ask(), HasReason(types::v1::ERROR_REASON_RATE_LIMITED));
  unread.clear();
  EXPECT_TRUE(Eventually([&] { return ask().ok(); })) << "all have been given up";
  for (int i = 0; i < 4; ++i) {
    leave(kService);
  }
  EXPECT_THAT(List(), IsOk()) << "services have no share";
}

// One thread, which the first call holds, and room for one call to wait.
class BusyAdapterTest : public AdapterTest {
 protected:
  BusyAdapterTest() : AdapterTest({.threads = 1, .max_queue = 1}) {}
  void TearDown() override {
    for (std::thread& thread : threads_) {
      thread.join();
    }
    server_.Stop();  // its thread writes what is destroyed next
  }

  void StartBusy(const rpc::ServerOptions& options = testing::TestServer::Options()) {
    server_.Start(ListTable([this](const runtime::Context& ctx, const ListRequest&) {
                    nows_.push_back(ctx.now());
                    ++calls_;
                    release_.WaitForNotification();
                    return ListResponse();
                  }),
                  options);
    Begin();
    ASSERT_TRUE(Eventually([this] { return calls_ == 1; }));
  }
  void Begin() {
    threads_.emplace_back([this] { EXPECT_THAT(Raw(""), IsOk()); });
  }

  absl::Notification release_;
  std::vector<absl::Time> nows_;  // by the executor's only thread

 private:
  std::vector<std::thread> threads_;
};

TEST_F(BusyAdapterTest, RefusesMoreThanItCanQueue) {
  StartBusy();
  Begin();
  ASSERT_TRUE(Eventually([this] { return server_.executor().queued() == 1; }));
  const absl::Status status = Raw("");
  EXPECT_THAT(status, HasReason(types::v1::ERROR_REASON_OVERLOADED));
  bool says_when = false;
  const google::rpc::Status proto = errors::ToProto(status);
  for (const auto& detail : proto.details()) {
    says_when |= detail.Is<google::rpc::RetryInfo>();
  }
  EXPECT_TRUE(says_when);
  EXPECT_TRUE(Eventually([this] { return server_.Health() == "SERVING"; }));
  release_.Notify();
}

TEST_F(BusyAdapterTest, RefusesMoreThanItMayHaveInFlight) {
  rpc::ServerOptions options = testing::TestServer::Options();
  options.max_in_flight = 1;
  StartBusy(options);
  EXPECT_THAT(Raw(""), HasReason(types::v1::ERROR_REASON_OVERLOADED));
  EXPECT_EQ(server_.executor().queued(), 0);
  release_.Notify();
}

TEST_F(BusyAdapterTest, JudgesACallByTheInstantOfItsArrival) {
  const absl::Time arrival = server_.clock().Now();
  StartBusy();
  Begin();
  ASSERT_TRUE(Eventually([this] { return server_.executor().queued() == 1; }));
  server_.clock().Set(arrival + absl::Hours(1));
  release_.Notify();
  ASSERT_TRUE(Eventually([this] { return calls_ == 2; }));
  EXPECT_THAT(nows_, ::testing::ElementsAre(arrival, arrival));
}

}  // namespace
}  // namespace scharnier::rpc
