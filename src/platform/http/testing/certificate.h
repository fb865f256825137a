// Certificates made for the occasion: each its own authority, with the names it is given.
#pragma once

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <string>

namespace oree::http::testing {

struct Certificate {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();

  explicit Certificate(const char* names, long ends = 3600, const char* subject = "test") {
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
    X509_gmtime_adj(X509_getm_notAfter(certificate), ends);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto* text = reinterpret_cast<const unsigned char*>(subject);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, names);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(certificate, key, EVP_sha256());
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  ~Certificate() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
};

// Its certificate and key as two PEM files, gone with this.
class PemFiles {
 public:
  explicit PemFiles(const Certificate& identity) {
    std::string pattern = (std::filesystem::temp_directory_path() / "oree-pem-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    write(identity);
  }
  ~PemFiles() { std::filesystem::remove_all(folder_); }
  PemFiles(const PemFiles&) = delete;
  PemFiles& operator=(const PemFiles&) = delete;

  void write(const Certificate& identity) const {
    std::FILE* out = std::fopen(certificate().c_str(), "w");
    PEM_write_X509(out, identity.certificate);
    std::fclose(out);
    out = std::fopen(key().c_str(), "w");
    PEM_write_PrivateKey(out, identity.key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
  }
  std::filesystem::path certificate() const { return folder_ / "certificate.pem"; }
  std::filesystem::path key() const { return folder_ / "key.pem"; }

 private:
  std::filesystem::path folder_;
};

}  // namespace oree::http::testing
