#include "platform/crypto/issuing.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::crypto {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Request = std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

constexpr int64_t kDay = 86'400;
constexpr unsigned kMaxDays = 36'500;

Memory reading(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

template <class Write>
std::string pem_of(const Write& write) {
  const Memory memory(BIO_new(BIO_s_mem()), &BIO_free);
  write(memory.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string certificate_pem(X509* certificate) {
  return pem_of([&](BIO* out) { PEM_write_bio_X509(out, certificate); });
}

std::string key_pem(EVP_PKEY* key) {
  return pem_of(
      [&](BIO* out) { PEM_write_bio_PKCS8PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

int no_passphrase(char*, int, int, void*) {
  return -1;
}

bool is_address(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> room{};
  return ::inet_pton(AF_INET, name.c_str(), room.data()) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), room.data()) == 1;
}

// The text is put into OpenSSL's configuration language, so only what cannot be misread there is taken.
bool is_plain(std::string_view name) {
  return !name.empty() && name.size() <= 253 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:/*%~") ==
             std::string_view::npos;
}

Result<std::string> alternative_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!is_plain(name)) {
      return fail(ErrorKind::invalid, cat("'", name, "' is no host name, address or URI"));
    }
    const char* kind = name.find("://") != std::string::npos ? "URI:" : is_address(name) ? "IP:" : "DNS:";
    text += cat(text.empty() ? "" : ",", kind, name);
  }
  return text;
}

bool extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

// Version, a random serial number (CA/Browser Forum: 64 bits or more), name, times and key.
Result<Certificate> start(std::string_view common_name, EVP_PKEY* key, unsigned days, WallTime now) {
  if (common_name.empty() || common_name.size() > 64) {
    return fail(ErrorKind::invalid, cat("'", common_name, "' is no name: 1 to 64 characters were expected"));
  }
  if (days < 1 || days > kMaxDays) {
    return fail(ErrorKind::invalid, cat(days, " days: 1 to ", kMaxDays, " were expected"));
  }
  Certificate certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);
  std::array<std::byte, 16> serial{};
  random_bytes(serial);
  serial[0] = (serial[0] & std::byte{0x7F}) | std::byte{0x40};
  BIGNUM* number =
      BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()), int{serial.size()}, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
  BN_free(number);
  const int64_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), seconds - kDay);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), seconds + days * kDay);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

Result<std::string> finish(Certificate certificate, X509* issuer, EVP_PKEY* signer) {
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
  const bool named = extend(certificate.get(), issuer, NID_subject_key_identifier, "hash") &&
                     extend(certificate.get(), issuer, NID_authority_key_identifier, "keyid");
  if (!named || X509_sign(certificate.get(), signer, EVP_sha256()) == 0) {
    ERR_clear_error();
    return fail(ErrorKind::bug, "the certificate cannot be signed");
  }
  return certificate_pem(certificate.get());
}

struct Authority {
  Certificate certificate{nullptr, &X509_free};
  Key key{nullptr, &EVP_PKEY_free};
};

Result<Authority> read_authority(const Identity& identity) {
  Authority authority;
  authority.certificate.reset(
      PEM_read_bio_X509(reading(identity.certificate_pem).get(), nullptr, &no_passphrase, nullptr));
  authority.key.reset(
      PEM_read_bio_PrivateKey(reading(identity.key_pem).get(), nullptr, &no_passphrase, nullptr));
  ERR_clear_error();
  if (!authority.certificate || !authority.key) {
    return fail(ErrorKind::invalid, "the authority's certificate or key is not PEM");
  }
  if (X509_check_private_key(authority.certificate.get(), authority.key.get()) != 1) {
    ERR_clear_error();
    return fail(ErrorKind::invalid, "the authority's key does not belong to its certificate");
  }
  if (X509_check_ca(authority.certificate.get()) != 1) {
    return fail(ErrorKind::denied, "the certificate may not sign others: it is no authority's");
  }
  return authority;
}

Result<std::string> sign_key(const Authority& authority, EVP_PKEY* key, const CertificateWish& wish,
                             WallTime now) {
  const auto names = alternative_names(wish.names);
  if (!names) return forward(names);
  auto certificate = start(wish.common_name, key, wish.days, now);
  if (!certificate) return forward(certificate);
  X509* raw = certificate->get();
  X509* issuer = authority.certificate.get();
  bool fine = extend(raw, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
              extend(raw, issuer, NID_key_usage, "critical,digitalSignature") &&
              extend(raw, issuer, NID_ext_key_usage, wish.role == Role::server ? "serverAuth" : "clientAuth");
  if (!names->empty()) fine = fine && extend(raw, issuer, NID_subject_alt_name, *names);
  if (!fine) {
    ERR_clear_error();
    return fail(ErrorKind::invalid, cat("these names cannot be written into a certificate: ", *names));
  }
  return finish(*std::move(certificate), issuer, authority.key.get());
}

}  // namespace

Result<Identity> make_authority(std::string_view common_name, unsigned days, WallTime now) {
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  auto certificate = start(common_name, key.get(), days, now);
  if (!certificate) return forward(certificate);
  X509* raw = certificate->get();
  if (!extend(raw, raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !extend(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign")) {
    return fail(ErrorKind::bug, "the authority's certificate cannot be made");
  }
  const auto text = finish(*std::move(certificate), raw, key.get());
  if (!text) return forward(text);
  return Identity{*text, key_pem(key.get())};
}

Result<Identity> issue(const Identity& authority, const CertificateWish& wish, WallTime now) {
  const auto signer = read_authority(authority);
  if (!signer) return forward(signer);
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const auto text = sign_key(*signer, key.get(), wish, now);
  if (!text) return forward(text);
  return Identity{*text, key_pem(key.get())};
}

Result<std::string> sign_request(const Identity& authority, std::string_view request_pem,
                                 const CertificateWish& wish, WallTime now) {
  const auto signer = read_authority(authority);
  if (!signer) return forward(signer);
  const Request request(PEM_read_bio_X509_REQ(reading(request_pem).get(), nullptr, &no_passphrase, nullptr),
                        &X509_REQ_free);
  EVP_PKEY* key = request ? X509_REQ_get0_pubkey(request.get()) : nullptr;
  ERR_clear_error();
  if (key == nullptr) return fail(ErrorKind::invalid, "this is no certificate request in PEM (PKCS #10)");
  if (X509_REQ_verify(request.get(), key) != 1) {
    ERR_clear_error();
    return fail(ErrorKind::denied, "the request is not signed by the key it names");
  }
  return sign_key(*signer, key, wish, now);
}

}  // namespace oree::crypto
