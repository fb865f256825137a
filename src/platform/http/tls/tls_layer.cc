#include "platform/http/tls/tls_layer.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <vector>

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

void set_rules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

std::unexpected<Error> wrong_file(const std::filesystem::path& file, std::string_view what) {
  if (std::error_code failed; !std::filesystem::exists(file, failed))
    return fail(ErrorKind::not_found, cat("there is no file ", file.string()));
  return fail(ErrorKind::invalid, cat(file.string(), ": ", what, ": ", last_error()));
}

Status load_own(SSL_CTX* context, const TlsFiles& files) {
  if (files.certificate.empty()) return {};
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    return wrong_file(files.certificate, "no certificate can be read");
  }
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return wrong_file(files.key, "no private key can be read");
  }
  if (SSL_CTX_check_private_key(context) == 1) return {};
  return wrong_file(files.key, cat("the key does not belong to ", files.certificate.string()));
}

Status load_trusted(SSL_CTX* context, const std::filesystem::path& ca) {
  if (SSL_CTX_load_verify_locations(context, ca.c_str(), nullptr) == 1) return {};
  return wrong_file(ca, "no certificate can be read");
}

// RFC 7301; a client that offers only others is served HTTP/1.1 all the same.
int choose_http_1_1(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                    unsigned in_length, void*) {
  static constexpr std::array<unsigned char, 9> kOurs = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, kOurs.data(), kOurs.size(), in, in_length) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

std::vector<std::string> uris_of(X509* certificate) {
  std::vector<std::string> uris;
  auto* names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<size_t>(ASN1_STRING_length(uri)));
  }
  GENERAL_NAMES_free(names);
  return uris;
}

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, 32> digest{};
  X509_digest(certificate, EVP_sha256(), digest.data(), nullptr);
  std::string hex;
  for (const unsigned char byte : digest) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return hex;
}

}  // namespace

TlsContext::~TlsContext() {
  SSL_CTX_free(as_context(context_));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::client(const TlsFiles& files) {
  SSL_CTX* raw = SSL_CTX_new(TLS_client_method());
  std::shared_ptr<const TlsContext> context(new TlsContext(raw));
  set_rules(raw);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  if (auto shown = load_own(raw, files); !shown) return forward(shown);
  if (!files.ca.empty()) {
    if (auto trusted = load_trusted(raw, files.ca); !trusted) return forward(trusted);
  } else if (SSL_CTX_set_default_verify_paths(raw) != 1) {
    return fail(ErrorKind::invalid, cat("the system's certificates cannot be read: ", last_error()));
  }
  return context;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::server(const TlsFiles& files) {
  SSL_CTX* raw = SSL_CTX_new(TLS_server_method());
  std::shared_ptr<const TlsContext> context(new TlsContext(raw));
  set_rules(raw);
  if (files.certificate.empty() || files.key.empty()) {
    return fail(ErrorKind::invalid, "a server that speaks TLS needs both a certificate and its key");
  }
  if (auto shown = load_own(raw, files); !shown) return forward(shown);
  SSL_CTX_set_alpn_select_cb(raw, choose_http_1_1, nullptr);
  if (files.ca.empty()) return context;
  if (auto trusted = load_trusted(raw, files.ca); !trusted) return forward(trusted);
  SSL_CTX_set_client_CA_list(raw, SSL_load_client_CA_file(files.ca.c_str()));
  const bool must = files.require_client_certificate;
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | (must ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  // A resumed session must have been verified by these rules.
  constexpr std::array<unsigned char, 9> kId = {'o', 'r', 'e', 'e', '-', 'h', 't', 't', 'p'};
  SSL_CTX_set_session_id_context(raw, kId.data(), kId.size());
  return context;
}

TlsLayer::TlsLayer(std::shared_ptr<const TlsContext> context, const std::string& host)
    : context_(std::move(context)), ssl_(SSL_new(as_context(context_->context_))) {
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

TlsLayer::TlsLayer(std::shared_ptr<const TlsContext> context)
    : context_(std::move(context)), ssl_(SSL_new(as_context(context_->context_))) {
  SSL* ssl = as_ssl(ssl_);
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(ssl);
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

bool TlsLayer::holds_bytes() const {
  SSL* ssl = as_ssl(ssl_);
  return SSL_has_pending(ssl) == 1 || BIO_ctrl_pending(SSL_get_rbio(ssl)) > 0;
}

void TlsLayer::say_goodbye() {
  ERR_clear_error();
  SSL_shutdown(as_ssl(ssl_));
}

std::shared_ptr<const PeerCertificate> TlsLayer::peer() const {
  X509* certificate = SSL_get0_peer_certificate(as_ssl(ssl_));
  if (certificate == nullptr || SSL_get_verify_result(as_ssl(ssl_)) != X509_V_OK) return nullptr;
  auto peer = std::make_shared<PeerCertificate>();
  std::array<char, 256> name{};
  const int length = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                               name.data(), static_cast<int>(name.size()));
  if (length > 0) peer->common_name.assign(name.data(), static_cast<size_t>(length));
  peer->uris = uris_of(certificate);
  peer->sha256 = fingerprint_of(certificate);
  return peer;
}

}  // namespace oree::http
