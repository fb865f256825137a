// One connection to a Modbus TCP device: a question, its answer, within a deadline. Blocking; not
// thread-safe.
#pragma once

#include <string>

#include "base/clock.h"
#include "services/gateway/modbus_codec.h"

struct addrinfo;  // of <netdb.h>

namespace oree::gateway {

struct ModbusAddress {
  std::string host;  // a name or a number
  uint16_t port = 502;
};

class ModbusClient {
 public:
  explicit ModbusClient(ModbusAddress address) : address_(std::move(address)) {}
  ModbusClient(const ModbusClient&) = delete;
  ModbusClient& operator=(const ModbusClient&) = delete;
  ~ModbusClient() { close(); }

  // Connects first when it is not connected. The transaction number is the client's own. `timeout`,
  // `unavailable` (no connection, or it broke), exceptions of the device, `corrupt`. After anything but an
  // answer the connection is closed: what comes late must not be taken for the next answer.
  Result<std::vector<uint16_t>> ask(Request request, milliseconds deadline);
  bool is_connected() const { return socket_ >= 0; }
  void close();

 private:
  using Instant = MonoTime;
  Status connect(Instant until);
  Status try_address(const ::addrinfo& address, Instant until);
  Status send(ByteView bytes, Instant until);
  Result<ByteBuffer> receive(Instant until);
  Status wait(short events, Instant until) const;
  Result<std::vector<uint16_t>> exchange(const Request& request, Instant until);

  const ModbusAddress address_;
  int socket_ = -1;
  uint16_t transaction_ = 0;
  ByteBuffer received_;
};

}  // namespace oree::gateway
