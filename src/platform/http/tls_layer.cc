#include "platform/http/tls_layer.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

#include "base/text.h"

namespace oree::http {
namespace {

SSL_CTX* as_context(void* context) {
  return static_cast<SSL_CTX*>(context);
}

SSL* as_ssl(void* ssl) {
  return static_cast<SSL*>(ssl);
}

std::string last_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return reason != nullptr ? reason : "the connection broke";
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> room{};
  return ::inet_pton(AF_INET, host.c_str(), room.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), room.data()) == 1;
}

bool wants_more(SSL* ssl, int result) {
  const int error = SSL_get_error(ssl, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

}  // namespace

TlsRoots::~TlsRoots() {
  SSL_CTX_free(as_context(context_));
}

Result<std::shared_ptr<const TlsRoots>> TlsRoots::load(const std::filesystem::path& ca_file) {
  SSL_CTX* raw = SSL_CTX_new(TLS_client_method());
  std::shared_ptr<const TlsRoots> roots(new TlsRoots(raw));
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(raw)
                                     : SSL_CTX_load_verify_locations(raw, ca_file.c_str(), nullptr);
  if (loaded != 1) {
    return fail(ErrorKind::invalid, cat(ca_file.empty() ? "the system's certificates" : ca_file.string(),
                                        ": no certificate can be read: ", last_error()));
  }
  return roots;
}

TlsLayer::TlsLayer(std::shared_ptr<const TlsRoots> roots, const std::string& host)
    : roots_(std::move(roots)), ssl_(SSL_new(as_context(roots_->context_))) {
  SSL* ssl = as_ssl(ssl_);
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  } else {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, host.c_str());
    SSL_set_tlsext_host_name(ssl, host.c_str());
  }
  SSL_set_connect_state(ssl);
}

TlsLayer::~TlsLayer() {
  SSL_free(as_ssl(ssl_));
}

Result<bool> TlsLayer::shake_hands() {
  SSL* ssl = as_ssl(ssl_);
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl);
  if (result == 1) return true;
  if (wants_more(ssl, result)) return false;
  const long verified = SSL_get_verify_result(ssl);
  if (verified != X509_V_OK) {
    ERR_clear_error();
    return fail(ErrorKind::denied,
                cat("the certificate is not trusted: ", X509_verify_cert_error_string(verified)));
  }
  return fail(ErrorKind::unavailable, cat("TLS: ", last_error()));
}

Status TlsLayer::write(std::string_view plain) {
  if (plain.empty()) return {};
  size_t written = 0;
  ERR_clear_error();
  // The wire is memory, so all of it is taken at once.
  if (SSL_write_ex(as_ssl(ssl_), plain.data(), plain.size(), &written) == 1 && written == plain.size())
    return {};
  return fail(ErrorKind::unavailable, cat("TLS: ", last_error()));
}

Result<std::optional<size_t>> TlsLayer::read(std::span<char> room) {
  SSL* ssl = as_ssl(ssl_);
  size_t count = 0;
  ERR_clear_error();
  const int result = SSL_read_ex(ssl, room.data(), room.size(), &count);
  if (result == 1) return count;
  if (wants_more(ssl, result)) return std::nullopt;
  if (SSL_get_error(ssl, result) == SSL_ERROR_ZERO_RETURN) return 0;
  return fail(ErrorKind::unavailable, cat("TLS: ", last_error()));
}

void TlsLayer::feed(std::string_view wire) {
  BIO_write(SSL_get_rbio(as_ssl(ssl_)), wire.data(), static_cast<int>(wire.size()));
}

std::string TlsLayer::take_wire() {
  BIO* out = SSL_get_wbio(as_ssl(ssl_));
  std::string wire(BIO_ctrl_pending(out), '\0');
  if (!wire.empty()) BIO_read(out, wire.data(), static_cast<int>(wire.size()));
  return wire;
}

}  // namespace oree::http
