// TLS 1.2 and 1.3 with ALPN "h2" over a non-blocking socket, for the server, over OpenSSL. platform/http has
// the like for HTTP/1.1; rooms of one floor do not include each other, and here ALPN and writing differ.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

namespace oree::grpc {

// PEM files, each "" when not wanted.
struct TlsFiles {
  std::filesystem::path certificate;  // with the chain behind it
  std::filesystem::path key;
  std::filesystem::path ca;  // who may sign clients' certificates
  bool require_client_certificate = false;
};

// Certificate, key and rules, read once. Shared freely.
class TlsContext {
 public:
  // `invalid`, naming the file, when one cannot be used.
  static Result<std::shared_ptr<const TlsContext>> server(const TlsFiles& files);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsSocket;
  explicit TlsContext(void* context) : context_(context) {}
  void* context_;  // SSL_CTX
};

// The context of a server whose files may be replaced. One thread.
class TlsWatch {
 public:
  static Result<TlsWatch> start(const TlsFiles& files);
  // Null when the server speaks in the open. Looks at the files every ten seconds at most; new ones that
  // cannot be used are warned of once, and the old ones go on.
  std::shared_ptr<const TlsContext> current(MonoTime now, Log& log);

 private:
  std::filesystem::file_time_type look() const;
  TlsFiles files_;
  std::shared_ptr<const TlsContext> context_;
  std::filesystem::file_time_type seen_{};
  MonoTime looked_{};
};

class TlsSocket {
 public:
  TlsSocket(std::shared_ptr<const TlsContext> context, int socket);
  ~TlsSocket();
  TlsSocket(const TlsSocket&) = delete;
  TlsSocket& operator=(const TlsSocket&) = delete;

  // As recv() and send(): a count, 0 when closed, -1 with errno EAGAIN when the socket has to be waited for
  // and something else when it is broken. Hands are shaken on the way.
  ssize_t receive(std::span<char> room);
  ssize_t send(std::string_view bytes);
  bool holds_bytes() const;  // decrypted, and not yet read: no epoll tells of them

 private:
  ssize_t result_of(int result);
  std::shared_ptr<const TlsContext> context_;
  void* ssl_;  // SSL
};

}  // namespace oree::grpc
