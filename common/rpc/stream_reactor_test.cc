#include "common/rpc/stream_reactor.h"

#include <atomic>
#include <stdexcept>
#include <thread>

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

using ::testing::ElementsAre;
using testing::Eventually;
using testing::HasCode;
using testing::HasReason;
using testing::IsOk;
using testing::RawCall;

using Slice = std::function<absl::StatusOr<StreamStep>(const runtime::Context&, int)>;

// As large as changes are: gRPC treats messages of less than 24 bytes in a way of their own.
std::unique_ptr<WatchResponse> At(int position) {
  auto message = std::make_unique<WatchResponse>();
  message->mutable_next()->set_position(position);
  message->mutable_next()->set_generation(std::string(1000, 'g'));
  return message;
}

class StreamTest : public ::testing::Test {
 protected:
  // Does for its n-th slice, from 0, what the test says; counts itself.
  class SliceStream final : public ServerStream {
   public:
    explicit SliceStream(StreamTest& test) : test_(test) { ++test_.open_; }
    ~SliceStream() override { --test_.open_; }
    absl::StatusOr<StreamStep> Next(const runtime::Context& ctx) override {
      ++test_.slices_;
      return test_.slice_(ctx, n_++);
    }

   private:
    StreamTest& test_;
    int n_ = 0;
  };

  void Start(const Slice& slice,
             const rpc::ServerOptions& options = testing::TestServer::Options()) {
    slice_ = slice;
    server_.Start(WatchTable([this](const runtime::Context&, const WatchRequest&) {
                    return std::make_unique<SliceStream>(*this);
                  }),
                  options);
  }
  RawCall Watch(const std::string& bytes = "",
                const testing::RawCallOptions& options = {.caller = "team reporting"}) {
    return RawCall(server_.address(), kWatch, bytes, options);
  }
  static std::vector<int> Positions(RawCall& call) {
    std::vector<int> positions;
    while (const auto bytes = call.Read()) {
      WatchResponse response;
      EXPECT_TRUE(response.ParseFromString(*bytes));
      positions.push_back(static_cast<int>(response.next().position()));
    }
    return positions;
  }

  Slice slice_;
  std::atomic<int> open_ = 0;
  std::atomic<int> slices_ = 0;
  testing::TestServer server_{{.threads = 1}};
};

TEST_F(StreamTest, SendsSliceBySlice) {
  Start([](const runtime::Context&, int n) {
    StreamStep step;
    if (n % 2 == 0) {
      step.message = At(n);
    }
    step.pause = n == 2 ? absl::Milliseconds(1) : absl::ZeroDuration();
    step.end = n == 4;
    return step;
  });
  RawCall call = Watch();
  EXPECT_THAT(Positions(call), ElementsAre(0, 2, 4));
  EXPECT_THAT(call.Finish(), IsOk());
  EXPECT_EQ(slices_, 5);
  EXPECT_EQ(open_, 0);
}

TEST_F(StreamTest, EndsWithAnErrorAfterWhatWasSent) {
  Start([](const runtime::Context&, int n) -> absl::StatusOr<StreamStep> {
    if (n == 2) {
      return errors::Error(types::v1::ERROR_REASON_CURSOR_EXPIRED, "too old");
    }
    StreamStep step;
    step.message = At(n);
    return step;
  });
  RawCall call = Watch();
  EXPECT_THAT(Positions(call), ElementsAre(0, 1));
  EXPECT_THAT(call.Finish(), HasReason(types::v1::ERROR_REASON_CURSOR_EXPIRED));
  EXPECT_EQ(open_, 0);
}

TEST_F(StreamTest, RefusesBeforeItOpens) {
  Start([](const runtime::Context&, int) { return StreamStep(); });
  EXPECT_THAT(Watch("", {}).Finish(), HasReason(types::v1::ERROR_REASON_NOT_IDENTIFIED));
  EXPECT_THAT(Watch("", {.caller = "staff devos"}).Finish(),
              HasReason(types::v1::ERROR_REASON_ROLE_NOT_ALLOWED));
  EXPECT_THAT(Watch("\xff").Finish(), HasReason(types::v1::ERROR_REASON_MALFORMED));
  EXPECT_EQ(slices_, 0);
}

TEST_F(StreamTest, LetsNoFaultOutAsItIs) {
  std::atomic<int> fault = 0;
  Start([&fault](const runtime::Context&, int) -> absl::StatusOr<StreamStep> {
    StreamStep step;
    switch (fault) {
      case 0:
        throw std::out_of_range("vector");
      case 1:
        return absl::UnknownError("");
      case 2:
        step.message = std::make_unique<ListResponse>();
        return step;
      default:
        throw 42;  // NOLINT: what the barrier is for
    }
  });
  for (int f = 0; f <= 3; ++f) {
    SCOPED_TRACE(f);
    fault = f;
    EXPECT_THAT(Watch().Finish(), HasReason(types::v1::ERROR_REASON_INTERNAL_FAULT));
  }
}

TEST_F(StreamTest, OpeningCanFail) {
  server_.Start(
      WatchTable([](const runtime::Context&,
                    const WatchRequest&) -> absl::StatusOr<std::unique_ptr<ServerStream>> {
        return errors::Error(types::v1::ERROR_REASON_CURSOR_EXPIRED, "another generation");
      }));
  EXPECT_THAT(Watch().Finish(), HasReason(types::v1::ERROR_REASON_CURSOR_EXPIRED));
}

// With one thread, a stream that rests must not hold it; and a stream that rests for an hour ends
// when its caller goes.
TEST_F(StreamTest, RestsWithoutAThreadAndEndsWithItsCaller) {
  Start([](const runtime::Context&, int n) {
    StreamStep step;
    step.message = At(n);
    step.pause = absl::Hours(1);
    return step;
  });
  RawCall first = Watch();
  RawCall second = Watch();
  EXPECT_TRUE(first.Read().has_value());
  EXPECT_TRUE(second.Read().has_value());
  EXPECT_EQ(open_, 2);
  first.Cancel();
  EXPECT_THAT(first.Finish(), HasCode(absl::StatusCode::kCancelled));
  EXPECT_TRUE(Eventually([this] { return open_ == 1; }));
  second.Cancel();
  EXPECT_TRUE(Eventually([this] { return open_ == 0; }));
  EXPECT_EQ(slices_, 2);
}

TEST_F(StreamTest, EndsWellAtTheLongestDuration) {
  rpc::ServerOptions options = testing::TestServer::Options();
  options.longest_stream = absl::Milliseconds(100);
  Start(
      [](const runtime::Context&, int) {
        StreamStep step;
        step.pause = absl::Milliseconds(5);
        return step;
      },
      options);
  EXPECT_THAT(Watch().Finish(), IsOk());
  EXPECT_EQ(open_, 0);
}

TEST_F(StreamTest, StopsAtTheDeadlineOfItsCaller) {
  Start([](const runtime::Context&, int) {
    StreamStep step;
    step.pause = absl::Milliseconds(5);
    return step;
  });
  EXPECT_THAT(Watch("", {.caller = "team reporting", .deadline = absl::Milliseconds(100)}).Finish(),
              HasCode(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(Eventually([this] { return open_ == 0; }));
}

TEST_F(StreamTest, EndsWellWhenTheServerDrains) {
  Start([](const runtime::Context&, int n) {
    StreamStep step;
    step.message = At(n);
    step.pause = absl::Milliseconds(5);
    return step;
  });
  RawCall call = Watch();
  EXPECT_TRUE(call.Read().has_value());
  std::thread draining([this] { server_.server().Drain(); });
  EXPECT_THAT(call.Finish(), IsOk());
  draining.join();
  EXPECT_EQ(open_, 0);
}

}  // namespace
}  // namespace scharnier::rpc
