// TLS 1.2 and 1.3 for a client, without a socket: bytes of the wire go in and come out, over OpenSSL. One
// thread at a time; a TlsRoots is shared freely.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace oree::http {

// Whom a client trusts: the system's authorities, or those of one PEM file.
class TlsRoots {
 public:
  // `ca_file` "" = the system's. `invalid` when the file holds no certificate.
  static Result<std::shared_ptr<const TlsRoots>> load(const std::filesystem::path& ca_file);
  ~TlsRoots();
  TlsRoots(const TlsRoots&) = delete;
  TlsRoots& operator=(const TlsRoots&) = delete;

 private:
  friend class TlsLayer;
  explicit TlsRoots(void* context) : context_(context) {}
  void* context_;  // SSL_CTX
};

class TlsLayer {
 public:
  // The peer must prove to be `host` (RFC 6125; an address is compared with the certificate's addresses).
  TlsLayer(std::shared_ptr<const TlsRoots> roots, const std::string& host);
  ~TlsLayer();
  TlsLayer(const TlsLayer&) = delete;
  TlsLayer& operator=(const TlsLayer&) = delete;

  // True once both sides agree; false: send what waits, feed what comes, ask again. `denied` when the peer is
  // not whom it should be, with the reason.
  Result<bool> shake_hands();
  Status write(std::string_view plain);                      // after the handshake
  Result<std::optional<size_t>> read(std::span<char> room);  // 0: closed; nullopt: feed more
  void feed(std::string_view wire);
  std::string take_wire();  // to be sent

 private:
  std::shared_ptr<const TlsRoots> roots_;
  void* ssl_;  // SSL
};

}  // namespace oree::http
