// Reason codes of MQTT 5 (§2.4); 3.1.1 knows few of them, see connack_code_v311().
#pragma once

#include <cstdint>
#include <string_view>

namespace oree::mqtt {

enum class Reason : uint8_t {
  success = 0x00,  // normal disconnection, granted QoS 0
  granted_qos1 = 0x01,
  granted_qos2 = 0x02,
  disconnect_with_will = 0x04,
  no_matching_subscribers = 0x10,
  no_subscription_existed = 0x11,
  continue_authentication = 0x18,
  reauthenticate = 0x19,
  unspecified = 0x80,
  malformed_packet = 0x81,
  protocol_error = 0x82,
  implementation_specific = 0x83,
  unsupported_version = 0x84,
  client_id_invalid = 0x85,
  bad_user_or_password = 0x86,
  not_authorized = 0x87,
  server_unavailable = 0x88,
  server_busy = 0x89,
  banned = 0x8a,
  server_shutting_down = 0x8b,
  bad_authentication_method = 0x8c,
  keep_alive_timeout = 0x8d,
  session_taken_over = 0x8e,
  topic_filter_invalid = 0x8f,
  topic_name_invalid = 0x90,
  packet_id_in_use = 0x91,
  packet_id_not_found = 0x92,
  receive_maximum_exceeded = 0x93,
  topic_alias_invalid = 0x94,
  packet_too_large = 0x95,
  message_rate_too_high = 0x96,
  quota_exceeded = 0x97,
  administrative_action = 0x98,
  payload_format_invalid = 0x99,
  retain_not_supported = 0x9a,
  qos_not_supported = 0x9b,
  use_another_server = 0x9c,
  server_moved = 0x9d,
  shared_not_supported = 0x9e,
  connection_rate_exceeded = 0x9f,
  maximum_connect_time = 0xa0,
  subscription_ids_not_supported = 0xa1,
  wildcard_not_supported = 0xa2,
};

constexpr bool is_error(Reason reason) {
  return static_cast<uint8_t>(reason) >= 0x80;
}

std::string_view reason_text(Reason reason);  // "topic alias invalid"; "unknown" for other values
uint8_t connack_code_v311(Reason reason);     // 0 to 5 (3.1.1 §3.2.2.3)

}  // namespace oree::mqtt
