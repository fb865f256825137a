// A connected socket, with TLS when wanted, that is moved forward by step(). Used by client.cc alone.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "platform/mqtt/client/client.h"

namespace oree::mqtt {

class ClientPipe {
 public:
  static Result<std::unique_ptr<ClientPipe>> connect(const ClientOptions& options, MonoTime until);
  explicit ClientPipe(int socket) : socket_(socket) {}
  ~ClientPipe();
  ClientPipe(const ClientPipe&) = delete;
  ClientPipe& operator=(const ClientPipe&) = delete;

  // Waits until something came, or something of `out` could be sent, or the time is over; does what can be
  // done.
  Status step(ByteBuffer& in, ByteBuffer& out, MonoTime until);

 private:
  Status shake_hands(const ClientOptions& options, MonoTime until);
  Status read(ByteBuffer& in);
  Status write(ByteBuffer& out);
  int socket_;
  std::unique_ptr<TlsSession> tls_;
  bool tls_wants_write_ = false;
};

}  // namespace oree::mqtt
