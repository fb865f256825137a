#include "platform/mqtt/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

#include "platform/mqtt/quiet_socket.h"

namespace oree::mqtt {
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
  if (code == 0) return "unknown";
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

std::unexpected<Error> wrong_file(const std::filesystem::path& path, std::string_view what) {
  if (std::error_code failed; !std::filesystem::exists(path, failed))
    return fail(ErrorKind::not_found, "there is no file " + path.string());
  return fail(ErrorKind::invalid, path.string() + ": " + std::string(what) + ": " + last_error());
}

Status load(SSL_CTX* context, const TlsFilesToLoad& files) {
  if (!files.certificate.empty()) {
    if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
      return wrong_file(files.certificate, "no certificate can be read from it");
    }
    if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
      return wrong_file(files.key, "no private key can be read from it");
    }
    if (SSL_CTX_check_private_key(context) != 1) {
      return wrong_file(files.key, "the key does not belong to " + files.certificate.string());
    }
  }
  if (!files.ca.empty() && SSL_CTX_load_verify_locations(context, files.ca.c_str(), nullptr) != 1) {
    return wrong_file(files.ca, "no certificates can be read from it");
  }
  return {};
}

void set_modes(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}

}  // namespace

TlsContext::~TlsContext() {
  SSL_CTX_free(as_context(context_));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::server(const TlsFilesToLoad& files) {
  SSL_CTX* raw = SSL_CTX_new(TLS_server_method());
  const std::shared_ptr<const TlsContext> context(new TlsContext(raw));
  set_modes(raw);
  if (const Status loaded = load(raw, files); !loaded) return forward(loaded);
  if (!files.ca.empty()) {
    int mode = SSL_VERIFY_PEER;
    if (files.require_peer_certificate) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(raw, mode, nullptr);
    SSL_CTX_set_client_CA_list(raw, SSL_load_client_CA_file(files.ca.c_str()));
    const unsigned char id[] = "oree-mqtt";
    SSL_CTX_set_session_id_context(raw, id, sizeof id - 1);
  }
  return context;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::client(const TlsFilesToLoad& files) {
  SSL_CTX* raw = SSL_CTX_new(TLS_client_method());
  const std::shared_ptr<const TlsContext> context(new TlsContext(raw));
  set_modes(raw);
  if (const Status loaded = load(raw, files); !loaded) return forward(loaded);
  if (files.ca.empty()) SSL_CTX_set_default_verify_paths(raw);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  return context;
}

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, int socket)
    : context_(std::move(context)), ssl_(SSL_new(as_context(context_->context_))) {
  BIO* const both_ways = static_cast<BIO*>(quiet_socket(socket));
  SSL_set_bio(as_ssl(ssl_), both_ways, both_ways);
}

TlsSession::~TlsSession() {
  SSL_free(as_ssl(ssl_));
}

void TlsSession::act_as_server() {
  SSL_set_accept_state(as_ssl(ssl_));
}

void TlsSession::act_as_client(const std::string& host) {
  SSL_set_connect_state(as_ssl(ssl_));
  SSL_set_tlsext_host_name(as_ssl(ssl_), host.c_str());
  X509_VERIFY_PARAM* const param = SSL_get0_param(as_ssl(ssl_));
  const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1;
  if (!is_address) SSL_set1_host(as_ssl(ssl_), host.c_str());
  ERR_clear_error();
}

TlsState TlsSession::state_of(int result) {
  const int error = SSL_get_error(as_ssl(ssl_), result);
  if (error == SSL_ERROR_WANT_READ) return TlsState::want_read;
  if (error == SSL_ERROR_WANT_WRITE) return TlsState::want_write;
  if (error == SSL_ERROR_SSL) why_ = last_error();
  ERR_clear_error();
  return TlsState::closed;
}

TlsState TlsSession::handshake() {
  const int result = SSL_do_handshake(as_ssl(ssl_));
  return result == 1 ? TlsState::done : state_of(result);
}

TlsState TlsSession::read(std::span<std::byte> to, size_t& count) {
  count = 0;
  const int result = SSL_read_ex(as_ssl(ssl_), to.data(), to.size(), &count);
  return result == 1 ? TlsState::done : state_of(result);
}

TlsState TlsSession::write(ByteView from, size_t& count) {
  count = 0;
  if (from.empty()) return TlsState::done;
  const int result = SSL_write_ex(as_ssl(ssl_), from.data(), from.size(), &count);
  return result == 1 ? TlsState::done : state_of(result);
}

void TlsSession::say_goodbye() {
  SSL_shutdown(as_ssl(ssl_));
  ERR_clear_error();
}

std::string TlsSession::peer_name() const {
  X509* const certificate = SSL_get0_peer_certificate(as_ssl(ssl_));
  if (certificate == nullptr || SSL_get_verify_result(as_ssl(ssl_)) != X509_V_OK) return "";
  std::array<char, 256> name{};
  const int length = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                               name.data(), static_cast<int>(name.size()));
  return length > 0 ? std::string(name.data(), static_cast<size_t>(length)) : "";
}

std::string TlsSession::why() const {
  return why_;
}

}  // namespace oree::mqtt
