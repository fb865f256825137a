#include "services/broker/testing/certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>

namespace oree::broker::testing {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<FILE, int (*)(FILE*)>;

Key make_key() {
  return {EVP_EC_gen("P-256"), &EVP_PKEY_free};
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate make(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key, bool is_ca) {
  static long serial = 1;
  Certificate made{X509_new(), &X509_free};
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 24L * 3600);
  X509_set_pubkey(made.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* const signer = issuer != nullptr ? issuer : made.get();
  X509_set_issuer_name(made.get(), X509_get_subject_name(signer));
  add_extension(made.get(), signer, NID_basic_constraints, is_ca ? "critical,CA:TRUE" : "CA:FALSE");
  if (!is_ca) add_extension(made.get(), signer, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  X509_sign(made.get(), issuer_key, EVP_sha256());
  return made;
}

void write_certificate(const std::filesystem::path& path, X509* certificate) {
  const File file(std::fopen(path.c_str(), "w"), &std::fclose);
  PEM_write_X509(file.get(), certificate);
}

void write_key(const std::filesystem::path& path, EVP_PKEY* key) {
  const File file(std::fopen(path.c_str(), "w"), &std::fclose);
  PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
}

}  // namespace

Certificates make_certificates(const std::filesystem::path& folder, const std::string& client_name) {
  Certificates paths{folder / "ca.pem", folder / "server.pem", folder / "server.key", folder / "client.pem",
                     folder / "client.key"};
  const Key ca_key = make_key();
  const Certificate ca = make("test authority", ca_key.get(), nullptr, ca_key.get(), true);
  write_certificate(paths.ca, ca.get());
  const Key server_key = make_key();
  write_certificate(paths.server, make("localhost", server_key.get(), ca.get(), ca_key.get(), false).get());
  write_key(paths.server_key, server_key.get());
  const Key client_key = make_key();
  write_certificate(paths.client, make(client_name, client_key.get(), ca.get(), ca_key.get(), false).get());
  write_key(paths.client_key, client_key.get());
  return paths;
}

}  // namespace oree::broker::testing
