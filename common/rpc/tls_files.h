// File: tls_files.h
// Where a process finds its certificate and whom it trusts. The files are watched: what replaces
// them is taken over within seconds, for new connections. Replace key and certificate together
// (decision 13).

#ifndef SCHARNIER_COMMON_RPC_TLS_FILES_H_
#define SCHARNIER_COMMON_RPC_TLS_FILES_H_

#include <string>

namespace scharnier::rpc {

// Paths of PEM files. A client may have `ca` alone: then it shows no certificate.
struct TlsFiles {
  std::string certificate;  // the own one, then those between it and the authority
  std::string key;
  std::string ca;  // the suite's authority: who is signed by it is one of the suite
};

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_TLS_FILES_H_
