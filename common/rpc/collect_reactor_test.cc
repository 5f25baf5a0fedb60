#include "common/rpc/collect_reactor.h"

#include <atomic>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "common/errors/errors.h"
#include "common/testing/eventually.h"
#include "common/testing/matchers.h"
#include "common/testing/raw_call.h"
#include "common/testing/server.h"
#include "gmock/gmock.h"
#include "scharnier/organisations/v1/organisation_service.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using testing::Eventually;
using testing::HasReason;
using testing::IsOk;
using testing::RawCall;

using Request = organisations::v1::ImportOrganisationsRequest;
using Response = organisations::v1::ImportOrganisationsResponse;

constexpr char kImport[] = "scharnier.organisations.v1.OrganisationService/ImportOrganisations";
constexpr char kOfficer[] = "register-officer maes";

// As large as rows are: gRPC treats messages of less than 24 bytes in a way of their own.
std::string Rows(int count) {
  Request request;
  for (int i = 0; i < count; ++i) {
    auto& row = *request.mutable_rows()->add_rows();
    row.set_line(i);
    row.mutable_organisation()->set_display_name(std::string(500, 'x'));
  }
  return request.SerializeAsString();
}

class CollectTest : public ::testing::Test {
 protected:
  // Counts rows, and does with each message what the test says.
  class Counting final : public Collector<Request, Response> {
   public:
    explicit Counting(CollectTest& test) : test_(test) { ++test_.open_; }
    ~Counting() override { --test_.open_; }
    absl::Status Take(const runtime::Context& ctx, Request& message) override {
      count_ += message.rows().rows_size();
      ++test_.taken_;
      return test_.take_ == nullptr ? absl::OkStatus() : test_.take_(ctx, message);
    }
    absl::StatusOr<Response> End(const runtime::Context& /*ctx*/) override {
      Response response;
      response.set_created(count_);
      return response;
    }

   private:
    CollectTest& test_;
    int count_ = 0;
  };

  using TakeFunction = std::function<absl::Status(const runtime::Context&, Request&)>;
  void Start(const TakeFunction& take = nullptr,
             const ServerOptions& options = testing::TestServer::Options()) {
    take_ = take;
    std::vector<ServiceTable> tables;
    ServiceTable& table = tables.emplace_back("scharnier.organisations.v1.OrganisationService");
    using namespace organisations::v1;  // NOLINT(google-build-using-namespace): six methods
    Add<CreateOrganisationRequest, Organisation>(table, "CreateOrganisation");
    Add<UpdateOrganisationRequest, Organisation>(table, "UpdateOrganisation");
    Add<GetOrganisationRequest, Organisation>(table, "GetOrganisation");
    Add<BatchGetOrganisationsRequest, BatchGetOrganisationsResponse>(table,
                                                                     "BatchGetOrganisations");
    Add<ListOrganisationsRequest, ListOrganisationsResponse>(table, "ListOrganisations");
    Add<SearchOrganisationsRequest, SearchOrganisationsResponse>(table, "SearchOrganisations");
    table.Collect<Request, Response>("ImportOrganisations", [this](const runtime::Context&) {
      return std::make_unique<Counting>(*this);
    });
    server_.Start(std::move(tables), options);
  }
  template <class Req, class Res>
  static void Add(ServiceTable& table, const std::string& method) {
    table.Unary<Req, Res>(method, [](const runtime::Context&, const Req&) { return Res(); });
  }

  RawCall Call(const std::string& caller = kOfficer) {
    return RawCall(server_.address(), kImport, testing::RawCallOptions{.caller = caller});
  }

  std::atomic<int> open_{0}, taken_{0};
  std::function<absl::Status(const runtime::Context&, Request&)> take_;
  testing::TestServer server_;
};

TEST_F(CollectTest, TakesMessagesInOrderAndAnswersAtTheEnd) {
  int last = -1;
  Start([&](const runtime::Context& ctx, Request& message) {
    EXPECT_EQ(ctx.caller().Id(), "register_officer:maes");
    EXPECT_EQ(message.rows().rows_size(), last + 2);
    ++last;
    return absl::OkStatus();
  });
  RawCall call = Call();
  for (int n = 1; n <= 5; ++n) {
    ASSERT_TRUE(call.Write(Rows(n)));
  }
  call.EndWrites();
  const auto answer = call.Read();
  ASSERT_TRUE(answer.has_value());
  Response response;
  ASSERT_TRUE(response.ParseFromString(*answer));
  EXPECT_EQ(response.created(), 15);
  EXPECT_THAT(call.Finish(), IsOk());
  EXPECT_EQ(open_, 0);
}

TEST_F(CollectTest, AnEmptyStreamIsAnswered) {
  Start();
  RawCall call = Call();
  call.EndWrites();
  EXPECT_TRUE(call.Read().has_value());
  EXPECT_THAT(call.Finish(), IsOk());
}

TEST_F(CollectTest, WhoMayNotIsRefusedBeforeAnythingIsTaken) {
  Start();
  RawCall person = Call("person an@example.org");
  person.Write(Rows(1));
  EXPECT_THAT(person.Finish(), HasReason(types::v1::ERROR_REASON_ROLE_NOT_ALLOWED));
  RawCall nobody = Call("");
  EXPECT_THAT(nobody.Finish(), HasReason(types::v1::ERROR_REASON_NOT_IDENTIFIED));
  EXPECT_EQ(taken_, 0);
}

TEST_F(CollectTest, AnErrorEndsTheStreamAtItsMessage) {
  Start([&](const runtime::Context&, Request&) -> absl::Status {
    if (taken_ == 2) {
      return errors::Error(types::v1::ERROR_REASON_FIELD_INVALID, "no more");
    }
    return absl::OkStatus();
  });
  RawCall call = Call();
  for (int n = 0; n < 3; ++n) {
    call.Write(Rows(1));
  }
  EXPECT_THAT(call.Finish(), HasReason(types::v1::ERROR_REASON_FIELD_INVALID));
  EXPECT_EQ(taken_, 2);
}

TEST_F(CollectTest, BytesThatAreNoMessageAreMalformed) {
  Start();
  RawCall call = Call();
  call.Write(absl::StrCat("\x12\xff\xff", std::string(100, 'x')));
  EXPECT_THAT(call.Finish(), HasReason(types::v1::ERROR_REASON_MALFORMED));
  EXPECT_EQ(taken_, 0);
}

TEST_F(CollectTest, AnExceptionIsAFaultAndTheNextCallGoesOn) {
  Start([&](const runtime::Context&, Request&) -> absl::Status {
    if (taken_ == 1) {
      throw std::runtime_error("an.peeters@example.org");
    }
    return absl::OkStatus();
  });
  RawCall bad = Call();
  bad.Write(Rows(1));
  EXPECT_THAT(bad.Finish(), HasReason(types::v1::ERROR_REASON_INTERNAL_FAULT));
  RawCall good = Call();
  good.Write(Rows(1));
  good.EndWrites();
  EXPECT_THAT(good.Finish(), IsOk());
}

TEST_F(CollectTest, WhoSendsNothingIsNotWaitedForForever) {
  ServerOptions options = testing::TestServer::Options();
  options.idle_stream = absl::Milliseconds(100);
  Start(nullptr, options);
  RawCall call = Call();
  ASSERT_TRUE(call.Write(Rows(1)));
  EXPECT_THAT(call.Finish(), HasReason(types::v1::ERROR_REASON_DEADLINE_PASSED));
  EXPECT_TRUE(Eventually([&] { return open_ == 0; }));
  EXPECT_EQ(taken_, 1);
}

// The timer rings while a message is handled, and has to ring again.
TEST_F(CollectTest, NorIsWhoGoesQuietAfterALongMessage) {
  ServerOptions options = testing::TestServer::Options();
  options.idle_stream = absl::Milliseconds(50);
  Start(
      [](const runtime::Context&, Request&) {
        absl::SleepFor(absl::Milliseconds(200));  // longer than the timer
        return absl::OkStatus();
      },
      options);
  RawCall call = Call();
  ASSERT_TRUE(call.Write(Rows(1)));
  EXPECT_THAT(call.Finish(), HasReason(types::v1::ERROR_REASON_DEADLINE_PASSED));
  EXPECT_EQ(taken_, 1);
}

TEST_F(CollectTest, ACallerWhoGoesLeavesNothingBehind) {
  Start();
  {
    RawCall call = Call();
    ASSERT_TRUE(call.Write(Rows(1)));
    ASSERT_TRUE(Eventually([&] { return taken_ == 1; }));
  }
  EXPECT_TRUE(Eventually([&] { return open_ == 0; }));
}

// More streams than threads: none is held between messages.
TEST_F(CollectTest, HoldsNoThreadBetweenMessages) {
  Start();
  std::vector<std::unique_ptr<RawCall>> calls;
  for (int i = 0; i < 20; ++i) {
    calls.push_back(std::make_unique<RawCall>(server_.address(), kImport,
                                              testing::RawCallOptions{.caller = kOfficer}));
    ASSERT_TRUE(calls.back()->Write(Rows(1)));
  }
  ASSERT_TRUE(Eventually([&] { return taken_ == 20; }));
  for (const auto& call : calls) {
    call->Write(Rows(1));
    call->EndWrites();
    EXPECT_THAT(call->Finish(), IsOk());
  }
  EXPECT_EQ(taken_, 40);
}

}  // namespace
}  // namespace scharnier::rpc
