#include "core/readings/reading_topics.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::readings {
namespace {

constexpr std::string_view kMachine = "{machine}";
constexpr std::string_view kSensor = "{sensor}";
constexpr std::array<std::string_view, 3> kTimeNames{"time", "timestamp", "ts"};

// Numbers of seconds end long before numbers of milliseconds begin to be plausible dates: 1e11 s is the year
// 5138, 1e11 ms is 1973.
std::optional<WallTime> time_of(double number) {
  if (!std::isfinite(number) || number < 0) return std::nullopt;
  const double us = number < 1e11 ? number * 1e6 : number < 1e14 ? number * 1e3 : number;
  if (us > 9e18) return std::nullopt;
  return WallTime(microseconds(static_cast<int64_t>(us)));
}

std::optional<WallTime> time_of(const json::Value& value) {
  if (const auto number = value.number()) return time_of(*number);
  if (const auto* text = value.text()) return parse_iso(*text);
  return std::nullopt;
}

bool is_time_name(std::string_view name) {
  return std::ranges::find(kTimeNames, name) != kTimeNames.end();
}

Result<WallTime> time_in(const json::Object& object, const mqtt::Message& message) {
  for (const auto& [name, value] : object) {
    if (!is_time_name(name) || value.is_null()) continue;
    if (const auto time = time_of(value)) return *time;
    return fail(ErrorKind::invalid, cat("'", name, "' in a message to '", message.topic, "' is no time"));
  }
  return message.received;
}

}  // namespace

Result<ReadingTopics> ReadingTopics::create(const std::vector<std::string>& patterns) {
  ReadingTopics topics;
  for (const auto& text : patterns) {
    Pattern pattern;
    for (const auto level : split(text, '/')) pattern.levels.emplace_back(level);
    const auto count = [&](std::string_view name) { return std::ranges::count(pattern.levels, name); };
    if (count(kMachine) != 1 || count(kSensor) > 1) {
      return fail(ErrorKind::invalid,
                  cat("'", text, "' must name {machine} once, and {sensor} at most once, as whole levels"));
    }
    if (!mqtt::is_topic_name(text)) return fail(ErrorKind::invalid, cat("'", text, "' is no MQTT topic"));
    pattern.has_sensor = count(kSensor) == 1;
    topics.patterns_.push_back(std::move(pattern));
  }
  return topics;
}

std::vector<std::string> ReadingTopics::filters() const {
  std::vector<std::string> out;
  for (const auto& pattern : patterns_) {
    std::vector<std::string> levels = pattern.levels;
    for (auto& level : levels) {
      if (level == kMachine || level == kSensor) level = "+";
    }
    out.push_back(join(levels, "/"));
  }
  return out;
}

std::optional<ReadingTopics::Names> ReadingTopics::match(const Pattern& pattern, std::string_view topic) {
  const auto levels = split(topic, '/');
  if (levels.size() != pattern.levels.size()) return std::nullopt;
  Names names;
  for (size_t i = 0; i < levels.size(); ++i) {
    const std::string& wanted = pattern.levels[i];
    if (wanted == kMachine || wanted == kSensor) {
      if (levels[i].empty()) return std::nullopt;
      (wanted == kMachine ? names.machine : names.sensor) = levels[i];
    } else if (wanted != levels[i]) {
      return std::nullopt;
    }
  }
  return names;
}

// As match(), without names and without memory: asked of every message there is.
bool ReadingTopics::fits(const Pattern& pattern, std::string_view topic) {
  for (size_t i = 0; i < pattern.levels.size(); ++i) {
    const size_t slash = topic.find('/');
    const bool last = i + 1 == pattern.levels.size();
    if (last != (slash == std::string_view::npos)) return false;
    const std::string_view level = topic.substr(0, slash);
    const std::string& wanted = pattern.levels[i];
    const bool is_name = wanted == kMachine || wanted == kSensor;
    if (is_name ? level.empty() : level != wanted) return false;
    if (!last) topic.remove_prefix(slash + 1);
  }
  return true;
}

bool ReadingTopics::matches(std::string_view topic) const {
  return std::ranges::any_of(patterns_, [&](const Pattern& pattern) { return fits(pattern, topic); });
}

Result<std::vector<SensorReading>> ReadingTopics::readings(const mqtt::Message& message) const {
  std::vector<SensorReading> out;
  std::optional<Names> names;
  for (const auto& pattern : patterns_) {
    if ((names = match(pattern, message.topic))) break;
  }
  if (!names) return out;
  auto payload = json::parse(as_text(message.payload));
  if (!payload)
    return forward(payload, cat("a message to '", message.topic, "' is neither a number nor JSON"));
  if (const auto number = payload->number(); number && !names->sensor.empty()) {
    out.push_back({names->machine, names->sensor, message.received, *number});
    return out;
  }
  const auto* object = payload->object();
  if (object == nullptr) {
    return fail(ErrorKind::invalid,
                cat("a message to '", message.topic, "' must be ",
                    names->sensor.empty() ? "" : "a number or ", "a JSON object of numbers"));
  }
  const auto time = time_in(*object, message);
  if (!time) return forward(time);
  for (const auto& [name, value] : *object) {
    const auto number = value.number();
    if (!number || is_time_name(name)) continue;
    if (!names->sensor.empty() && name != "value") continue;
    out.push_back({names->machine, names->sensor.empty() ? name : names->sensor, *time, *number});
  }
  return out;
}

}  // namespace oree::readings
