#include "platform/grpc/transport/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.h"

namespace oree::grpc {
namespace {

constexpr std::chrono::seconds kLookEvery{10};

SSL_CTX* as_context(void* context) {
  return static_cast<SSL_CTX*>(context);
}

SSL* as_ssl(void* ssl) {
  return static_cast<SSL*>(ssl);
}

std::unexpected<Error> wrong_file(const std::filesystem::path& file, std::string_view what) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (std::error_code failed; !std::filesystem::exists(file, failed))
    return fail(ErrorKind::not_found, cat("there is no file ", file.string()));
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return fail(ErrorKind::invalid,
              cat(file.string(), ": ", what, ": ", reason != nullptr ? reason : "unknown"));
}

// RFC 7540 3.3; a client that offers only others has no business here.
int choose_h2(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
              unsigned in_length, void*) {
  static constexpr std::array<unsigned char, 3> kOurs = {2, 'h', '2'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, kOurs.data(), kOurs.size(), in, in_length) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Status load_own(SSL_CTX* context, const TlsFiles& files) {
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    return wrong_file(files.certificate, "no certificate can be read");
  }
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return wrong_file(files.key, "no private key can be read");
  }
  if (SSL_CTX_check_private_key(context) == 1) return {};
  return wrong_file(files.key, cat("the key does not belong to ", files.certificate.string()));
}

Status ask_clients(SSL_CTX* context, const TlsFiles& files) {
  if (files.ca.empty()) return {};
  if (SSL_CTX_load_verify_locations(context, files.ca.c_str(), nullptr) != 1) {
    return wrong_file(files.ca, "no certificate can be read");
  }
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(files.ca.c_str()));
  const bool must = files.require_client_certificate;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (must ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  constexpr std::array<unsigned char, 9> kId = {'o', 'r', 'e', 'e', '-', 'g', 'r', 'p', 'c'};
  SSL_CTX_set_session_id_context(context, kId.data(), kId.size());
  return {};
}

}  // namespace

TlsContext::~TlsContext() {
  SSL_CTX_free(as_context(context_));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::server(const TlsFiles& files) {
  if (files.certificate.empty() || files.key.empty()) {
    return fail(ErrorKind::invalid, "a server that speaks TLS needs both a certificate and its key");
  }
  SSL_CTX* raw = SSL_CTX_new(TLS_server_method());
  std::shared_ptr<const TlsContext> context(new TlsContext(raw));
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(
      raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(raw, choose_h2, nullptr);
  if (Status own = load_own(raw, files); !own) return forward(own);
  if (Status clients = ask_clients(raw, files); !clients) return forward(clients);
  return context;
}

Result<TlsWatch> TlsWatch::start(const TlsFiles& files) {
  TlsWatch watch;
  if (files.certificate.empty() && files.key.empty()) return watch;
  watch.files_ = files;
  watch.seen_ = watch.look();
  auto context = TlsContext::server(files);
  if (!context) return forward(context);
  watch.context_ = *std::move(context);
  watch.looked_ = std::chrono::steady_clock::now();
  return watch;
}

std::filesystem::file_time_type TlsWatch::look() const {
  std::error_code ignored;
  return std::max(std::filesystem::last_write_time(files_.certificate, ignored),
                  std::filesystem::last_write_time(files_.key, ignored));
}

std::shared_ptr<const TlsContext> TlsWatch::current(MonoTime now, Log& log) {
  if (!context_ || now - looked_ < kLookEvery) return context_;
  looked_ = now;
  const auto stamp = look();
  if (stamp == seen_) return context_;
  seen_ = stamp;
  if (auto fresh = TlsContext::server(files_)) {
    context_ = *std::move(fresh);
    log.info(cat("gRPC: the new certificate in ", files_.certificate.string(), " is shown from now on"));
  } else {
    log.warning(cat("gRPC: the old certificate is shown as before: ", fresh.error().what));
  }
  return context_;
}

TlsSocket::TlsSocket(std::shared_ptr<const TlsContext> context, int socket)
    : context_(std::move(context)), ssl_(SSL_new(as_context(context_->context_))) {
  SSL_set_fd(as_ssl(ssl_), socket);
  SSL_set_accept_state(as_ssl(ssl_));
}

TlsSocket::~TlsSocket() {
  ERR_clear_error();
  if (SSL_is_init_finished(as_ssl(ssl_)) != 0) SSL_shutdown(as_ssl(ssl_));
  ERR_clear_error();
  SSL_free(as_ssl(ssl_));
}

ssize_t TlsSocket::result_of(int result) {
  switch (SSL_get_error(as_ssl(ssl_), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      errno = EAGAIN;
      return -1;
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    default:
      ERR_clear_error();
      errno = EPROTO;
      return -1;
  }
}

ssize_t TlsSocket::receive(std::span<char> room) {
  size_t count = 0;
  while (count < room.size()) {
    ERR_clear_error();
    size_t piece = 0;
    const int result = SSL_read_ex(as_ssl(ssl_), room.data() + count, room.size() - count, &piece);
    if (result == 1) {
      count += piece;
      continue;
    }
    if (count > 0) break;
    return result_of(result);
  }
  return static_cast<ssize_t>(count);
}

ssize_t TlsSocket::send(std::string_view bytes) {
  size_t count = 0;
  while (count < bytes.size()) {
    ERR_clear_error();
    size_t piece = 0;
    const int result = SSL_write_ex(as_ssl(ssl_), bytes.data() + count, bytes.size() - count, &piece);
    if (result == 1) {
      count += piece;
      continue;
    }
    if (count > 0) break;
    return result_of(result);
  }
  return static_cast<ssize_t>(count);
}

bool TlsSocket::holds_bytes() const {
  return SSL_has_pending(as_ssl(ssl_)) == 1;
}

}  // namespace oree::grpc
