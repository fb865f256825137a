// A TCP connection for a blocking caller, with TLS over it when asked: every call ends by its deadline. One
// thread at a time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/http/calls/interrupt.h"
#include "platform/http/resolver.h"
#include "platform/http/tls/tls_layer.h"

namespace oree::http {

class TcpStream {
 public:
  // The first of the addresses that accepts. `where` names the peer in errors. `interrupt` (may be null) ends
  // any wait of this stream with `unavailable`.
  static Result<TcpStream> connect(const std::vector<Address>& addresses, std::string where,
                                   MonoTime deadline, const Interrupt* interrupt = nullptr);
  void listen_to(const Interrupt* interrupt) { interrupt_ = interrupt; }

  TcpStream(TcpStream&& other) noexcept;
  TcpStream& operator=(TcpStream&& other) noexcept;
  ~TcpStream();

  // From here on everything is encrypted. `denied` when the peer does not prove to be `host`.
  Status start_tls(std::shared_ptr<const TlsContext> context, const std::string& host, MonoTime deadline);
  Status send(std::string_view bytes, MonoTime deadline);
  // How many bytes came; 0 when the peer has closed.
  Result<size_t> receive(std::span<char> room, MonoTime deadline);
  // Nothing has come and the peer has not closed: a new request may go out.
  bool quiet();

 private:
  TcpStream(int descriptor, std::string where) : descriptor_(descriptor), where_(std::move(where)) {}
  std::unexpected<Error> failed(std::string_view doing) const;
  Status wait(short events, std::string_view doing, MonoTime deadline) const;
  Status send_wire(std::string_view bytes, MonoTime deadline);
  Result<size_t> receive_wire(std::span<char> room, MonoTime deadline);

  int descriptor_ = -1;
  std::string where_;
  const Interrupt* interrupt_ = nullptr;
  std::unique_ptr<TlsLayer> tls_;
};

}  // namespace oree::http
