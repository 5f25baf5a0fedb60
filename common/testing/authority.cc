#include "common/testing/authority.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace scharnier::testing {
namespace {

constexpr int64_t kDay = 86'400;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "the test's authority fails: %s\n", what);
  std::abort();
}

Key NewKey() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

void Extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr || X509_add_ext(certificate, extension, -1) != 1) {
    Fail("an extension");
  }
  X509_EXTENSION_free(extension);
}

Certificate NewCertificate(const std::string& name, EVP_PKEY* key, int64_t serial) {
  Certificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDay);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

template <class Write>
std::string WriteFile(const std::filesystem::path& path, Write write) {
  const File file(std::fopen(path.c_str(), "w"), std::fclose);
  if (file == nullptr || write(file.get()) != 1) {
    Fail("a file");
  }
  return path;
}

std::filesystem::path NewFolder() {
  std::string folder = std::filesystem::temp_directory_path() / "scharnier-tls-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    Fail("a folder");
  }
  return folder;
}

}  // namespace

struct Authority::State {
  Key key = NewKey();
  Certificate certificate = NewCertificate("authority", key.get(), 1);
  std::filesystem::path folder = NewFolder();
  std::string ca;
  int64_t issued = 1;
};

Authority::Authority() : state_(std::make_unique<State>()) {
  X509* own = state_->certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  Extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
  Extend(own, own, NID_key_usage, "critical,keyCertSign");
  if (X509_sign(own, state_->key.get(), EVP_sha256()) == 0) {
    Fail("its own certificate");
  }
  state_->ca = WriteFile(state_->folder / "ca.pem",
                         [own](std::FILE* file) { return PEM_write_X509(file, own); });
}

Authority::~Authority() {
  std::error_code ignored;
  std::filesystem::remove_all(state_->folder, ignored);
}

rpc::TlsFiles Authority::Trust() const { return {.certificate = "", .key = "", .ca = state_->ca}; }

rpc::TlsFiles Authority::Issue(const std::string& service) {
  const Key key = NewKey();
  const Certificate certificate = NewCertificate(service, key.get(), ++state_->issued);
  X509* authority = state_->certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(authority));
  Extend(certificate.get(), authority, NID_subject_alt_name,
         absl::StrCat("IP:127.0.0.1,URI:", kSpiffePrefix, service));
  if (X509_sign(certificate.get(), state_->key.get(), EVP_sha256()) == 0) {
    Fail("a certificate");
  }
  const std::string base = absl::StrCat(service, "-", state_->issued);
  return {.certificate =
              WriteFile(state_->folder / absl::StrCat(base, ".pem"),
                        [&](std::FILE* file) { return PEM_write_X509(file, certificate.get()); }),
          .key = WriteFile(state_->folder / absl::StrCat(base, ".key"),
                           [&](std::FILE* file) {
                             return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0,
                                                         nullptr, nullptr);
                           }),
          .ca = state_->ca};
}

}  // namespace scharnier::testing
