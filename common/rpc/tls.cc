#include "common/rpc/tls.h"

#include <grpcpp/security/tls_credentials_options.h>

namespace scharnier::rpc {
namespace {

namespace grpc_tls = grpc::experimental;

constexpr unsigned kLookAgainSeconds = 1;

}  // namespace

std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const std::optional<TlsFiles>& files) {
  if (!files.has_value()) {
    return grpc::InsecureServerCredentials();
  }
  grpc_tls::TlsServerCredentialsOptions options(
      std::make_shared<grpc_tls::FileWatcherCertificateProvider>(files->key, files->certificate,
                                                                 files->ca, kLookAgainSeconds));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  // Who the client is, is up to the method it calls.
  options.set_certificate_verifier(std::make_shared<grpc_tls::NoOpCertificateVerifier>());
  return grpc_tls::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(const std::optional<TlsFiles>& files) {
  if (!files.has_value()) {
    return grpc::InsecureChannelCredentials();
  }
  grpc_tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::make_shared<grpc_tls::FileWatcherCertificateProvider>(
      files->key, files->certificate, files->ca, kLookAgainSeconds));
  options.watch_root_certs();
  if (!files->certificate.empty()) {
    options.watch_identity_key_cert_pairs();
  }
  return grpc_tls::TlsCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> ProbeCredentials(bool tls) {
  if (!tls) {
    return grpc::InsecureChannelCredentials();
  }
  grpc_tls::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_certificate_verifier(std::make_shared<grpc_tls::NoOpCertificateVerifier>());
  options.set_check_call_host(false);
  return grpc_tls::TlsCredentials(options);
}

}  // namespace scharnier::rpc
