// What the broker is told before it starts. Plain values with defaults that fit a small station; the station
// reads them from its file and hands them over.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace oree::broker {

enum class Transport { tcp, websocket };

struct TlsFiles {
  std::filesystem::path certificate;  // PEM, the chain; "" = no TLS
  std::filesystem::path key;
  std::filesystem::path client_ca;  // when given, clients may show a certificate signed by it
  bool require_client_certificate = false;
};

struct ListenerSettings {
  std::string address = "127.0.0.1";
  uint16_t port = 1883;  // 0: the system chooses
  Transport transport = Transport::tcp;
  TlsFiles tls;
};

struct User {
  std::string name;
  std::string password_hash;  // as mqtt::hash_password() prints it
};

enum class AccessKind { publish, subscribe, both };

// In a filter %c stands for the client id, %u for the user's name. The first rule that fits decides.
struct AccessRule {
  bool allow = true;
  AccessKind kind = AccessKind::both;
  std::string user;    // "" = anybody
  std::string client;  // "" = any client id
  std::string filter;
};

struct AccessSettings {
  std::vector<User> users;
  bool anonymous_on_loopback = true;
  bool anonymous = false;  // from anywhere
  std::vector<AccessRule> rules;
  bool allow_without_rule = true;
};

enum class WhenFull {
  refuse,  // v5: 0x97 for each message; 3.1.1: disconnected
  wait,    // nothing more is read from that client until there is room
};

struct Limits {
  uint32_t max_packet = 8 << 20;
  uint16_t receive_maximum = 1024;    // unacknowledged publishes of one v5 client
  uint16_t max_inflight = 1024;       // unacknowledged deliveries to one client
  uint16_t topic_alias_maximum = 64;  // both ways
  uint32_t max_connections = 10'000;
  uint32_t max_sessions = 100'000;
  uint32_t max_filters = 1'000;          // per session
  uint16_t max_levels = 64;              // of topics and filters
  uint32_t max_output = 1 << 20;         // bytes that wait for one slow reader
  uint32_t max_window = 1'024;           // messages in memory per reader; older ones stay on disk
  uint64_t max_window_bytes = 16 << 20;  // of all readers together
  uint64_t max_partial = 64 << 20;       // bytes of unfinished packets of all clients
  uint32_t max_retained = 100'000;
  uint64_t max_retained_bytes = 32 << 20;
  uint32_t max_session_expiry = 0xffffffff;       // seconds; the largest means never
  uint32_t session_expiry_v311 = 30 * 24 * 3600;  // of a 3.1.1 session that is not clean
  uint16_t server_keep_alive = 0;                 // seconds; 0: what the client asks for
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds packet_timeout{30};  // from the first byte of a packet to its last
};

struct Settings {
  std::vector<ListenerSettings> listeners{ListenerSettings{}};
  AccessSettings access;
  Limits limits;
  WhenFull when_full = WhenFull::refuse;
  bool store_qos0 = false;
  bool check_utf8_payload = true;
};

}  // namespace oree::broker
