// The properties of MQTT 5 (§2.2.2), all of them; a field that is not there was not in the packet.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace oree::mqtt {

// Texts and bytes are borrowed from the packet they were decoded from, or from whoever fills them in to
// encode.
struct Properties {
  std::optional<uint8_t> payload_format;
  std::optional<uint32_t> message_expiry;  // seconds
  std::optional<std::string_view> content_type;
  std::optional<std::string_view> response_topic;
  std::optional<ByteView> correlation;
  std::vector<uint32_t> subscription_ids;
  std::optional<uint32_t> session_expiry;  // seconds, 0xFFFFFFFF: never
  std::optional<std::string_view> assigned_client_id;
  std::optional<uint16_t> server_keep_alive;
  std::optional<std::string_view> authentication_method;
  std::optional<ByteView> authentication_data;
  std::optional<uint8_t> request_problem_information;
  std::optional<uint32_t> will_delay;  // seconds
  std::optional<uint8_t> request_response_information;
  std::optional<std::string_view> response_information;
  std::optional<std::string_view> server_reference;
  std::optional<std::string_view> reason_string;
  std::optional<uint16_t> receive_maximum;
  std::optional<uint16_t> topic_alias_maximum;
  std::optional<uint16_t> topic_alias;
  std::optional<uint8_t> maximum_qos;
  std::optional<uint8_t> retain_available;
  std::vector<std::pair<std::string_view, std::string_view>> user_properties;
  std::optional<uint32_t> maximum_packet_size;
  std::optional<uint8_t> wildcard_available;
  std::optional<uint8_t> subscription_ids_available;
  std::optional<uint8_t> shared_available;
};

// Calls visit(identifier, field) for every field, in the order of the identifiers; the one list of them.
template <class AnyProperties, class Visit>
void each_property(AnyProperties& p, Visit&& visit) {
  visit(0x01, p.payload_format);
  visit(0x02, p.message_expiry);
  visit(0x03, p.content_type);
  visit(0x08, p.response_topic);
  visit(0x09, p.correlation);
  visit(0x0b, p.subscription_ids);
  visit(0x11, p.session_expiry);
  visit(0x12, p.assigned_client_id);
  visit(0x13, p.server_keep_alive);
  visit(0x15, p.authentication_method);
  visit(0x16, p.authentication_data);
  visit(0x17, p.request_problem_information);
  visit(0x18, p.will_delay);
  visit(0x19, p.request_response_information);
  visit(0x1a, p.response_information);
  visit(0x1c, p.server_reference);
  visit(0x1f, p.reason_string);
  visit(0x21, p.receive_maximum);
  visit(0x22, p.topic_alias_maximum);
  visit(0x23, p.topic_alias);
  visit(0x24, p.maximum_qos);
  visit(0x25, p.retain_available);
  visit(0x26, p.user_properties);
  visit(0x27, p.maximum_packet_size);
  visit(0x28, p.wildcard_available);
  visit(0x29, p.subscription_ids_available);
  visit(0x2a, p.shared_available);
}

}  // namespace oree::mqtt
