// Counters of the broker, as plain values.
#pragma once

#include <cstdint>
#include <string>

namespace oree::broker {

struct Stats {
  uint64_t connections = 0;  // now
  uint64_t sessions = 0;     // now, with those that are offline
  uint64_t subscriptions = 0;
  uint64_t retained = 0;
  uint64_t retained_bytes = 0;
  uint64_t accepted = 0;  // connections since the start
  uint64_t refused_logins = 0;
  uint64_t protocol_errors = 0;
  uint64_t messages_in[3] = {};  // by QoS
  uint64_t messages_out[3] = {};
  uint64_t payload_bytes_in = 0;
  uint64_t payload_bytes_out = 0;
  uint64_t acked = 0;            // PUBACK and PUBREC that said yes
  uint64_t duplicates = 0;       // QoS 2 resends recognised
  uint64_t waiting_durable = 0;  // appended, not on disk yet
  uint64_t waiting = 0;          // in windows, for readers
  uint64_t behind = 0;           // sessions that read from disk
  uint64_t inflight = 0;         // delivered, not acknowledged
  // Dropped, by reason.
  uint64_t dropped_offline_qos0 = 0;
  uint64_t dropped_slow_qos0 = 0;
  uint64_t dropped_expired = 0;
  uint64_t dropped_too_large = 0;
  uint64_t dropped_denied = 0;
  uint64_t dropped_full = 0;
  uint64_t dropped_invalid = 0;
  uint64_t dropped_lost = 0;  // trimmed or damaged before they were delivered
  uint64_t snapshots = 0;
};

struct ClientInfo {
  std::string client_id;
  std::string user;
  std::string address;  // "" when offline
  bool connected = false;
  int version = 0;  // 4 or 5
  uint64_t subscriptions = 0;
  uint64_t waiting = 0;
  uint64_t inflight = 0;
  bool behind = false;  // more is waiting on disk
  uint64_t messages_in = 0;
  uint64_t messages_out = 0;
  uint64_t dropped = 0;
};

}  // namespace oree::broker
