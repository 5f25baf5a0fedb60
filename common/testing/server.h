// File: server.h
// The servers of a process inside a test: free ports, a clock that stands still, and callers by a
// line of text (callers.h).
//
//   TestServer server;
//   EventsService service({server.clock(), server.keyring(), server.executor(), …});
//   server.Start(service.tables());
//   EXPECT_THAT(server.Call<pb::Session>("staff devos",
//   "scharnier.events.v1.SessionService/GetSession", request), IsOk());

#ifndef SCHARNIER_COMMON_TESTING_SERVER_H_
#define SCHARNIER_COMMON_TESTING_SERVER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/runtime/clock.h"
#include "common/runtime/context.h"
#include "common/runtime/executor.h"
#include "common/runtime/keyring.h"
#include "google/protobuf/message.h"

namespace scharnier::testing {

struct TestServerOptions {
  absl::Time now = absl::FromUnixSeconds(1'600'000'000);
  int threads = 4;
  int max_queue = 100;
};

class TestServer {
 public:
  explicit TestServer(const TestServerOptions& options = {});
  ~TestServer();  // drains; what the tables use has to live until then, or call Stop() before

  runtime::ManualClock& clock() { return clock_; }
  const runtime::Keyring& keyring() const { return keyring_; }
  runtime::Executor& executor() { return executor_; }

  // Serves; ends the test program when that fails.
  void Start(
      std::vector<rpc::ServiceTable> tables, const rpc::ServerOptions& options = Options(),
      std::function<absl::Status()> ready = [] { return absl::OkStatus(); });
  void Stop();
  // TLS, and the defaults otherwise.
  static rpc::ServerOptions Options();

  rpc::Server& server() { return *server_; }
  std::string address() const;
  std::string health_address() const;
  // The state that the health port gives: "SERVING", "NOT_SERVING".
  std::string Health(const std::string& service = "") const;

  // A client that calls as `caller`, made once for each.
  rpc::Client& As(const std::string& caller);
  // Calls a method as `caller`, with 10 s to answer.
  template <class Response>
  absl::StatusOr<Response> Call(const std::string& caller, const std::string& method,
                                const google::protobuf::Message& request) {
    const runtime::Context ctx({});
    return As(caller).Call<Response>(ctx, method, request, absl::Seconds(10));
  }

 private:
  runtime::ManualClock clock_;
  const runtime::Keyring keyring_;
  runtime::Executor executor_;
  const std::unique_ptr<rpc::Authenticator> authenticator_;
  std::unique_ptr<rpc::Server> server_;
  std::map<std::string, std::unique_ptr<rpc::Client>> clients_;
};

}  // namespace scharnier::testing

#endif  // SCHARNIER_COMMON_TESTING_SERVER_H_
