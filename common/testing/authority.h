// File: authority.h
// A certificate authority of the test program, for servers and services inside it.

#ifndef SCHARNIER_COMMON_TESTING_AUTHORITY_H_
#define SCHARNIER_COMMON_TESTING_AUTHORITY_H_

#include <memory>
#include <string>

#include "common/rpc/tls_files.h"

namespace scharnier::testing {

inline constexpr char kSpiffePrefix[] = "spiffe://test.example/ns/tests/sa/";

// Its files lie in a folder that goes with it.
class Authority {
 public:
  Authority();
  ~Authority();

  // A certificate for 127.0.0.1 with the id of the service of this name, and its key.
  rpc::TlsFiles Issue(const std::string& service);
  // For a client that shows no certificate.
  rpc::TlsFiles Trust() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scharnier::testing

#endif  // SCHARNIER_COMMON_TESTING_AUTHORITY_H_
