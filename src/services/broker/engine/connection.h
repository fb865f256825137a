// One network connection as the engine sees it: what was agreed at CONNECT, and the bytes that wait to be
// sent.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "services/broker/access/access.h"
#include "services/broker/engine/session.h"

namespace oree::broker {

using ConnectionId = uint64_t;

enum class Phase : uint8_t {
  fresh,           // nothing but CONNECT is welcome
  authenticating,  // the answer to the login is awaited; input waits
  starting,        // CONNACK waits for the journal; input waits
  connected,
  closing,  // the output is still to be sent, then it is over
};

struct Connection {
  ConnectionId id = 0;
  Peer peer;
  Phase phase = Phase::fresh;
  mqtt::Version version = mqtt::Version::v5;
  std::string client_id;
  std::string user;
  Session* session = nullptr;
  ByteBuffer connect_packet;  // kept while authenticating
  uint16_t keep_alive = 0;
  MonoTime opened{};
  MonoTime last_received{};
  uint32_t max_packet = 0xffffffff;  // that the client takes
  uint16_t receive_maximum = 65535;  // of the client
  uint16_t alias_maximum = 0;        // of the client
  bool problem_information = true;
  bool expiry_at_connect = false;  // session expiry was above 0
  std::vector<std::string> aliases_in;
  std::unordered_map<std::string, uint16_t, TextHash, std::equal_to<>> aliases_out;
  uint32_t unacked_in = 0;
  bool blocked = false;  // the stream is full and the settings say wait
  bool touched = false;  // stands in Core::touched
  bool starved = false;  // a pump stopped because the output was full
  ByteBuffer out;
};

}  // namespace oree::broker
