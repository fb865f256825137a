// TLS over a connection's non-blocking socket, for the server. The socket stays the caller's. One thread at a
// time, like the exchange it serves.
#pragma once

#include <span>
#include <string>

#include "platform/http/tls/tls_layer.h"
#include "platform/http/wire/outgoing.h"

namespace oree::http {

enum class Heard {
  bytes,
  nothing,  // wait until the socket is readable
  end,      // closed, or broken
  plain,    // the client does not speak TLS at all
};

class SecureSocket {
 public:
  SecureSocket(std::shared_ptr<const TlsContext> context, int socket)
      : layer_(std::move(context)), socket_(socket) {}

  // Fills `room` as far as what has come reaches; shakes hands on the way. `count` of them with Heard::bytes.
  Heard receive(std::span<char> room, size_t& count);
  // As send_some(); `failed` before both sides agree.
  Sent send(Outgoing& out);
  // Best effort: whatever of it does not fit into the socket is lost.
  void say(std::string_view plain);
  void say_goodbye();

  bool agreed() const { return agreed_; }
  bool holds_bytes() const { return layer_.holds_bytes(); }
  const std::shared_ptr<const PeerCertificate>& peer() const { return peer_; }
  // Why the handshake failed; "" when it did not.
  const std::string& trouble() const { return trouble_; }

 private:
  Heard shake_hands();
  Heard fetch();
  Heard give_up(const Error& error);
  Sent flush();

  TlsLayer layer_;
  int socket_;
  std::string wire_;  // encrypted, not yet taken by the socket
  size_t flushed_ = 0;
  size_t piece_ = 0;  // so many plain bytes are in it
  bool agreed_ = false;
  bool heard_ = false;
  std::shared_ptr<const PeerCertificate> peer_;
  std::string trouble_;
};

}  // namespace oree::http
