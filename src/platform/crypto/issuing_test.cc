#include "platform/crypto/issuing.h"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

using namespace oree;
using namespace oree::crypto;

namespace {

const WallTime kNow{std::chrono::seconds(1'800'000'000)};

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate read(const std::string& pem) {
  BIO* memory = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  Certificate certificate(PEM_read_bio_X509(memory, nullptr, nullptr, nullptr), &X509_free);
  BIO_free(memory);
  REQUIRE(certificate);
  return certificate;
}

// X509_V_OK, or why OpenSSL does not trust it at kNow for that purpose.
int verdict(const std::string& trusted, const std::string& pem, int purpose, WallTime at = kNow) {
  const Certificate authority = read(trusted);
  const Certificate end = read(pem);
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, authority.get());
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, end.get(), nullptr);
  X509_STORE_CTX_set_purpose(context, purpose);
  X509_STORE_CTX_set_time(context, 0,
                          std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  X509_verify_cert(context);
  const int error = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return error;
}

std::string request_of(EVP_PKEY* key, EVP_PKEY* signer) {
  X509_REQ* request = X509_REQ_new();
  X509_REQ_set_pubkey(request, key);
  X509_REQ_sign(request, signer, EVP_sha256());
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509_REQ(memory, request);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(memory);
  X509_REQ_free(request);
  return pem;
}

}  // namespace

TEST_CASE("AServersCertificateIsTrustedForItsNamesAndAsAServerOnly") {
  const auto authority = make_authority("Site", 3650, kNow);
  REQUIRE(authority);
  const auto server = issue(*authority, {"hall-3", {"hall-3.local", "192.168.1.7", "fd00::7"}}, kNow);
  REQUIRE(server);
  CHECK(verdict(authority->certificate_pem, server->certificate_pem, X509_PURPOSE_SSL_SERVER) == X509_V_OK);
  CHECK(verdict(authority->certificate_pem, server->certificate_pem, X509_PURPOSE_SSL_CLIENT) != X509_V_OK);
  const Certificate certificate = read(server->certificate_pem);
  CHECK(X509_check_host(certificate.get(), "hall-3.local", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(certificate.get(), "hall-4.local", 0, 0, nullptr) == 0);
  CHECK(X509_check_ip_asc(certificate.get(), "192.168.1.7", 0) == 1);
  CHECK(X509_check_ip_asc(certificate.get(), "fd00::7", 0) == 1);
}

TEST_CASE("ACertificateEndsAndBeginsADayEarly") {
  const auto authority = make_authority("Site", 3650, kNow);
  const auto server = issue(*authority, {.common_name = "s", .names = {"s"}, .days = 10}, kNow);
  const auto at = [&](int hours) {
    return verdict(authority->certificate_pem, server->certificate_pem, X509_PURPOSE_SSL_SERVER,
                   kNow + std::chrono::hours(hours));
  };
  CHECK(at(-23) == X509_V_OK);
  CHECK(at(-25) == X509_V_ERR_CERT_NOT_YET_VALID);
  CHECK(at(10 * 24 - 1) == X509_V_OK);
  CHECK(at(10 * 24 + 1) == X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_CASE("AnEndSignsNobody") {
  const auto authority = make_authority("Site", 3650, kNow);
  const auto server = issue(*authority, {"s", {"s"}}, kNow);
  CHECK(issue(*server, {"t", {"t"}}, kNow).error().kind == ErrorKind::denied);
  CHECK(issue({"rubbish", "rubbish"}, {"t", {"t"}}, kNow).error().kind == ErrorKind::invalid);
  CHECK(issue({authority->certificate_pem, server->key_pem}, {"t", {"t"}}, kNow).error().kind ==
        ErrorKind::invalid);
}

TEST_CASE("ARequestIsSignedForItsKeyAndOnlyWhenItsOwnerSignedIt") {
  const auto authority = make_authority("Site", 3650, kNow);
  EVP_PKEY* key = EVP_EC_gen("P-256");
  EVP_PKEY* thief = EVP_EC_gen("P-256");
  const CertificateWish wish{"press-3", {"spiffe://site/press-3"}, Role::client, 90};
  const auto pem = sign_request(*authority, request_of(key, key), wish, kNow);
  REQUIRE(pem);
  CHECK(verdict(authority->certificate_pem, *pem, X509_PURPOSE_SSL_CLIENT) == X509_V_OK);
  CHECK(X509_check_private_key(read(*pem).get(), key) == 1);
  CHECK(sign_request(*authority, request_of(key, thief), wish, kNow).error().kind == ErrorKind::denied);
  CHECK(sign_request(*authority, "rubbish", wish, kNow).error().kind == ErrorKind::invalid);
  EVP_PKEY_free(key);
  EVP_PKEY_free(thief);
}

TEST_CASE("NamesThatCouldMeanSomethingElseAreRefused") {
  const auto authority = make_authority("Site", 3650, kNow);
  for (const char* bad : {"", "a,DNS:b", "a b", "a\nb", "@section", "é"}) {
    CAPTURE(bad);
    CHECK(issue(*authority, {"s", {bad}}, kNow).error().kind == ErrorKind::invalid);
  }
  CHECK(issue(*authority, {"", {"s"}}, kNow).error().kind == ErrorKind::invalid);
  CHECK(issue(*authority, {.common_name = "s", .days = 0}, kNow).error().kind == ErrorKind::invalid);
  CHECK(make_authority(std::string(65, 'x'), 1, kNow).error().kind == ErrorKind::invalid);
}
