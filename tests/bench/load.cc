// A closed loop of calls: always as many in flight as asked for, each followed at once by the next.
//
//   bench_load 127.0.0.1:15000 get sessions/0190… 64 5       reads the session for 5 s
//   bench_load 127.0.0.1:15000 register sessions/0190… 64 5  registers somebody new with each call
//   bench_load 127.0.0.1:15000 search queries.txt 64 5       searches for each line, over and over
//
// Before these: `--ca=FILE` for TLS, with the authority's certificate (else plaintext);
// `--callers=FILE`, a line each of a name and their token, who call in turn (else nobody in
// particular does). People are named by their address.
//
// Prints the calls a second that were answered OK; any other answer is printed and ends it with 1.

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/runtime/uuid.h"
#include "scharnier/events/v1/registration_service.pb.h"
#include "scharnier/events/v1/session_service.pb.h"
#include "scharnier/organisations/v1/organisation_service.pb.h"

namespace scharnier {
namespace {

namespace v1 = events::v1;

constexpr absl::Duration kWarmUp = absl::Milliseconds(500);
constexpr int kChannels = 4;  // one connection would be the bottleneck
constexpr int kThreads = 2;

// Who calls; anonymous without a token.
struct Caller {
  std::string name, token;
};

grpc::ByteBuffer Bytes(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer Get(const std::string& session) {
  v1::GetSessionRequest request;
  request.set_name(session);
  return Bytes(request);
}

// The caller registers a colleague whom nobody has registered before.
grpc::ByteBuffer Register(const std::string& session, const Caller& caller) {
  const std::string id = runtime::NewUuid();
  v1::RegisterRequest request;
  request.set_parent(session);
  request.set_request_id(id);
  v1::Registration& registration = *request.mutable_registration();
  registration.set_region(types::v1::REGION_ANT);
  registration.mutable_registrant()->set_full_name("An Peeters");
  registration.mutable_registrant()->set_email(caller.name);
  v1::Attendee& attendee = *registration.add_attendees();
  attendee.set_full_name("An Peeters");
  attendee.set_email(absl::StrCat(id, "@example.org"));
  attendee.set_audience(v1::AUDIENCE_FACILITY);
  return Bytes(request);
}

grpc::ByteBuffer Search(const std::string& query) {
  organisations::v1::SearchOrganisationsRequest request;
  request.set_query(query);
  return Bytes(request);
}

struct Load {
  std::string method;
  std::function<grpc::ByteBuffer(const Caller&)> next;  // from several threads
};

// What the verb does with `subject`; no method where it does nothing.
Load MakeLoad(const std::string& verb, const std::string& subject) {
  if (verb == "get") {
    return {"/scharnier.events.v1.SessionService/GetSession", [=](auto&) { return Get(subject); }};
  }
  if (verb == "register") {
    return {"/scharnier.events.v1.RegistrationService/Register",
            [=](const Caller& caller) { return Register(subject, caller); }};
  }
  std::vector<std::string> queries;
  std::ifstream file(subject);
  for (std::string line; std::getline(file, line);) {
    queries.push_back(line);
  }
  if (verb != "search" || queries.empty()) {
    return {};
  }
  const auto calls = std::make_shared<std::atomic<size_t>>(0);
  return {"/scharnier.organisations.v1.OrganisationService/SearchOrganisations",
          [=](auto&) { return Search(queries[(*calls)++ % queries.size()]); }};
}

// The callers, one after another, over and over. Thread-safe.
class Turns {
 public:
  // Reads the file; without one nobody in particular calls.
  explicit Turns(const std::string& path) {
    std::ifstream file(path);
    for (Caller caller; file >> caller.name >> caller.token;) {
      callers_.push_back(caller);
    }
    if (callers_.empty()) {
      callers_.emplace_back();
    }
  }
  const Caller& Next() { return callers_[taken_++ % callers_.size()]; }

 private:
  std::vector<Caller> callers_;
  std::atomic<size_t> taken_ = 0;
};

// Credentials that trust an authority; those for plaintext without one.
std::shared_ptr<grpc::ChannelCredentials> Credentials(const std::string& ca) {
  if (ca.empty()) {
    return grpc::InsecureChannelCredentials();
  }
  std::ifstream file(ca);
  std::ostringstream text;
  text << file.rdbuf();
  return grpc::SslCredentials({.pem_root_certs = text.str()});
}

// One call after another; touched only by whoever handles its completion.
class Slot {
 public:
  Slot(const Load& load, Turns& turns, grpc::GenericStub& stub, grpc::CompletionQueue& queue)
      : load_(load), turns_(turns), stub_(stub), queue_(queue) {}

  void Call() {
    const Caller& caller = turns_.Next();
    context_ = std::make_unique<grpc::ClientContext>();
    context_->set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    if (!caller.token.empty()) {
      context_->AddMetadata("authorization", absl::StrCat("Bearer ", caller.token));
    }
    reader_ = stub_.PrepareUnaryCall(context_.get(), load_.method, load_.next(caller), &queue_);
    reader_->StartCall();
    reader_->Finish(&response_, &status_, this);
  }
  const grpc::Status& status() const { return status_; }

 private:
  const Load& load_;
  Turns& turns_;
  grpc::GenericStub& stub_;
  grpc::CompletionQueue& queue_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader_;
  grpc::ByteBuffer response_;
  grpc::Status status_;
};

// Runs the load and prints its rate. Returns the exit code.
int Run(const std::string& target, const std::shared_ptr<grpc::ChannelCredentials>& credentials,
        const Load& load, Turns& turns, int in_flight, absl::Duration length) {
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs;
  for (int i = 0; i < kChannels; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
    stubs.push_back(std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(target, credentials, arguments)));
  }
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<Slot>> slots;
  for (int i = 0; i < in_flight; ++i) {
    slots.push_back(std::make_unique<Slot>(load, turns, *stubs[i % kChannels], queue));
    slots.back()->Call();
  }

  const absl::Time start = absl::Now() + kWarmUp;
  const absl::Time end = start + length;
  std::atomic<int> answered = 0;
  std::atomic<int> running = in_flight;
  std::atomic<bool> failed = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      void* tag = nullptr;
      bool ok = false;
      while (queue.Next(&tag, &ok)) {
        auto* slot = static_cast<Slot*>(tag);
        const absl::Time now = absl::Now();
        if (!slot->status().ok() && !failed.exchange(true)) {
          std::fprintf(stderr, "%s: %d %s\n", load.method.c_str(), slot->status().error_code(),
                       slot->status().error_message().c_str());
        }
        if (now >= start && now < end) {
          ++answered;
        }
        if (now < end && !failed) {
          slot->Call();
        } else if (--running == 0) {
          queue.Shutdown();
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::printf("%.1f\n", answered / absl::ToDoubleSeconds(length));
  return failed ? 1 : 0;
}

}  // namespace
}  // namespace scharnier

int main(int argc, char** argv) {
  std::string ca, callers;
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    absl::string_view word = argv[i];
    if (absl::ConsumePrefix(&word, "--ca=")) {
      ca = std::string(word);
    } else if (absl::ConsumePrefix(&word, "--callers=")) {
      callers = std::string(word);
    } else {
      words.emplace_back(word);
    }
  }
  const scharnier::Load load =
      words.size() == 5 ? scharnier::MakeLoad(words[1], words[2]) : scharnier::Load();
  if (load.method.empty()) {
    std::fprintf(stderr,
                 "usage: bench_load [--ca=FILE] [--callers=FILE] TARGET VERB SUBJECT IN_FLIGHT "
                 "SECONDS\n"
                 "VERB and SUBJECT: get SESSION, register SESSION, search FILE\n");
    return 2;
  }
  scharnier::Turns turns(callers);
  return scharnier::Run(words[0], scharnier::Credentials(ca), load, turns, std::stoi(words[3]),
                        absl::Seconds(std::stod(words[4])));
}
