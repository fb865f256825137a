#include "services/routes/from_mqtt.h"

#include <algorithm>

#include "base/text.h"

namespace oree::routes {
namespace {

constexpr std::pair<std::string_view, std::string_view> kSystemKeys[] = {
    {"$.mid", "messageId"},
    {"$.cid", "correlationId"},
    {"$.uid", "userId"},
    {"$.to", "to"},
    {"$.exp", "absoluteExpiryTime"},
    {"$.on", "outputName"},
    {"$.ct", "contentType"},
    {"$.ce", "contentEncoding"},
    {"$.ctime", "creationTimeUtc"},
    {"$.schema", "messageSchema"},
    {"$.cdid", "connectionDeviceId"},
    {"$.cmid", "connectionModuleId"},
};

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string take(Properties& properties, std::string_view name) {
  const auto found = std::ranges::find(properties, name, &Properties::value_type::first);
  return found == properties.end() ? std::string() : found->second;
}

void read_properties(std::string_view text, RoutedMessage& out) {
  if (text.starts_with('?')) text.remove_prefix(1);
  for (const std::string_view pair : split(text, '&')) {
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    std::string key = percent_decoded(pair.substr(0, equals));
    std::string value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
    const auto* system = std::ranges::find(kSystemKeys, key, [](const auto& row) { return row.first; });
    if (system != std::end(kSystemKeys)) {
      out.system.emplace_back(system->second, std::move(value));
    } else {
      out.properties.emplace_back(std::move(key), std::move(value));
    }
  }
}

std::string source_of_device(const std::vector<std::string_view>& parts, RoutedMessage& out) {
  const bool is_module = parts.size() >= 6 && parts[2] == "modules";
  const size_t props = is_module ? 6 : 4;
  if (parts.size() > props) {
    std::string text(parts[props]);
    for (size_t i = props + 1; i < parts.size(); ++i) text += cat("/", parts[i]);
    read_properties(text, out);
  }
  out.system.emplace_back("connectionDeviceId", parts[1]);
  if (!is_module) return "/messages";
  out.system.emplace_back("connectionModuleId", parts[3]);
  const std::string output = take(out.system, "outputName");
  return output.empty() ? cat("/messages/modules/", parts[3])
                        : cat("/messages/modules/", parts[3], "/outputs/", output);
}

}  // namespace

RoutedMessage routed(const mqtt::Message& message) {
  RoutedMessage out;
  out.properties = message.user_properties;
  out.body = as_text(message.payload);
  out.system = {{"topic", message.topic}, {"enqueuedTime", iso_text(message.received)}};
  if (!message.content_type.empty()) out.system.emplace_back("contentType", message.content_type);
  if (message.payload_is_utf8) out.system.emplace_back("contentEncoding", "utf-8");
  const auto parts = split(message.topic, '/');
  const bool device =
      parts.size() >= 4 && parts[0] == "devices" && parts[2] == "messages" && parts[3] == "events";
  const bool module = parts.size() >= 6 && parts[0] == "devices" && parts[2] == "modules" &&
                      parts[4] == "messages" && parts[5] == "events";
  if (device || module) {
    out.source = source_of_device(parts, out);
  } else {
    out.source = cat("/messages/topics/", message.topic);
    out.system.emplace_back("connectionDeviceId", message.sender);
  }
  return out;
}

}  // namespace oree::routes
