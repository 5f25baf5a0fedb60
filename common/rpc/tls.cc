#include "common/rpc/tls.h"

#include <grpcpp/security/tls_credentials_options.h>

#include <ctime>

#include "openssl/bio.h"
#include "openssl/err.h"
#include "openssl/pem.h"
#include "openssl/x509.h"

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

std::optional<absl::Time> CertificateEnd(const std::string& path) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(path.c_str(), "r"), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      file == nullptr ? nullptr : PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr),
      &X509_free);
  std::tm end{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  return absl::FromTM(end, absl::UTCTimeZone());
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
