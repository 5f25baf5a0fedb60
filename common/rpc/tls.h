// File: tls.h
// gRPC's credentials. Without files they are for plaintext, which servers of ours accept on
// loopback alone: tests of the transport and benches measure with it.

#ifndef SCHARNIER_COMMON_RPC_TLS_H_
#define SCHARNIER_COMMON_RPC_TLS_H_

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/rpc/tls_files.h"

namespace scharnier::rpc {

// Asks every client for a certificate, and refuses one that the authority has not signed; a client
// without is welcome.
std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const std::optional<TlsFiles>& files);

// Accepts a server whose certificate the authority has signed for the host that is called.
std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(const std::optional<TlsFiles>& files);

// The end of the certificate in a PEM file; nullopt where it cannot be read.
std::optional<absl::Time> CertificateEnd(const std::string& path);

// Of the probe that only connects to the own port, by whatever name, and sends nothing.
std::shared_ptr<grpc::ChannelCredentials> ProbeCredentials(bool tls);

}  // namespace scharnier::rpc

#endif  // SCHARNIER_COMMON_RPC_TLS_H_
