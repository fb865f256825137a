// A TCP connection for a blocking caller: every call ends by its deadline. One thread at a time.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/http/resolver.h"

namespace oree::http {

class TcpStream {
 public:
  // The first of the addresses that accepts. `where` names the peer in errors.
  static Result<TcpStream> connect(const std::vector<Address>& addresses, std::string where,
                                   MonoTime deadline);

  TcpStream(TcpStream&& other) noexcept;
  TcpStream& operator=(TcpStream&& other) noexcept;
  ~TcpStream();

  Status send(std::string_view bytes, MonoTime deadline);
  // How many bytes came; 0 when the peer has closed.
  Result<size_t> receive(std::span<char> room, MonoTime deadline);
  // Nothing has come and the peer has not closed: a new request may go out.
  bool quiet() const;

 private:
  TcpStream(int descriptor, std::string where) : descriptor_(descriptor), where_(std::move(where)) {}
  std::unexpected<Error> failed(std::string_view doing) const;
  Status wait(short events, std::string_view doing, MonoTime deadline) const;

  int descriptor_ = -1;
  std::string where_;
};

}  // namespace oree::http
