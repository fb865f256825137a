// TLS 1.2 and 1.3 without a socket: bytes of the wire go in and come out, over OpenSSL. One thread at a time;
// a TlsContext is shared freely.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/http/message.h"

namespace oree::http {

// PEM files, each "" when not wanted.
struct TlsFiles {
  std::filesystem::path certificate;  // what this side shows, with the chain behind it
  std::filesystem::path key;
  std::filesystem::path ca;  // whom this side trusts; for a client "" means whom the system trusts
  bool require_client_certificate = false;

  bool operator==(const TlsFiles&) const = default;
  auto operator<=>(const TlsFiles&) const = default;
};

// What one side shows and whom it trusts, read once.
class TlsContext {
 public:
  // `invalid` when a file holds no certificate or key, or the two do not belong together; names the file.
  static Result<std::shared_ptr<const TlsContext>> client(const TlsFiles& files);
  // Clients are asked for a certificate when `ca` is given.
  static Result<std::shared_ptr<const TlsContext>> server(const TlsFiles& files);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsLayer;
  explicit TlsContext(void* context) : context_(context) {}
  void* context_;  // SSL_CTX
};

class TlsLayer {
 public:
  // A client's side. The peer must prove to be `host` (RFC 6125; an address is compared with the
  // certificate's addresses).
  TlsLayer(std::shared_ptr<const TlsContext> context, const std::string& host);
  // A server's side.
  explicit TlsLayer(std::shared_ptr<const TlsContext> context);
  ~TlsLayer();
  TlsLayer(const TlsLayer&) = delete;
  TlsLayer& operator=(const TlsLayer&) = delete;

  // True once both sides agree; false: send what waits, feed what comes, ask again. `denied` when the peer is
  // not whom it should be, with the reason.
  Result<bool> shake_hands();
  Status write(std::string_view plain);                      // after the handshake
  Result<std::optional<size_t>> read(std::span<char> room);  // 0: closed; nullopt: feed more
  void feed(std::string_view wire);
  std::string take_wire();   // to be sent
  bool holds_bytes() const;  // fed, and not yet read
  void say_goodbye();
  // What the peer showed and could prove; null when nothing.
  std::shared_ptr<const PeerCertificate> peer() const;

 private:
  std::shared_ptr<const TlsContext> context_;
  void* ssl_;  // SSL
};

}  // namespace oree::http
