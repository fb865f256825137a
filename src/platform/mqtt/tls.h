// TLS over a non-blocking socket, for the broker and for the client. The one place here that knows OpenSSL's
// SSL.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::mqtt {

struct TlsFilesToLoad {
  std::filesystem::path certificate;  // PEM, with the chain behind it; may be "" for a client
  std::filesystem::path key;
  std::filesystem::path ca;               // whom to trust; for a client "" means the system's list
  bool require_peer_certificate = false;  // server only; a client always checks its server
};

// Certificates and rules, shared by all connections of a listener. Thread-safe.
class TlsContext {
 public:
  static Result<std::shared_ptr<const TlsContext>> server(const TlsFilesToLoad& files);
  static Result<std::shared_ptr<const TlsContext>> client(const TlsFilesToLoad& files);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsSession;
  explicit TlsContext(void* context) : context_(context) {}
  void* context_;
};

enum class TlsState { done, want_read, want_write, closed };

// One connection. The socket stays the caller's. Not thread-safe.
class TlsSession {
 public:
  TlsSession(std::shared_ptr<const TlsContext> context, int socket);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  void act_as_server();
  void act_as_client(const std::string& host);  // the name its certificate must have
  TlsState handshake();
  TlsState read(std::span<std::byte> to, size_t& count);
  TlsState write(ByteView from, size_t& count);
  void say_goodbye();
  std::string peer_name() const;  // CN of the verified peer certificate, or ""
  std::string why() const;        // the reason of the last failure, for the log

 private:
  TlsState state_of(int result);
  std::shared_ptr<const TlsContext> context_;
  void* ssl_;
  std::string why_;
};

}  // namespace oree::mqtt
