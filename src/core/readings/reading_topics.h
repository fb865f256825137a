// Which messages are readings, and what they say: a topic with {machine} and perhaps {sensor} in it, and a
// payload that is a number, or a JSON object of numbers.
//
//   "machines/{machine}/{sensor}"    61.2            or {"value": 61.2, "time": "2026-11-22T19:40:00Z"}
//   "factory/{machine}/readings"     {"drill_speed": 1480.5, "drill_temperature": 61.2, "time": …}
//
// "time" (or "timestamp", "ts") is ISO 8601, or seconds, milliseconds or microseconds since 1970 by its size;
// without it the time of arrival counts. Members that are no numbers are passed over; null is a missing
// reading. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/mqtt/message.h"

namespace oree::readings {

struct SensorReading {
  std::string machine;
  std::string sensor;
  WallTime time;
  double value = 0;
  bool operator==(const SensorReading&) const = default;
};

class ReadingTopics {
 public:
  // `invalid` names the pattern that has no {machine} or is no topic.
  static Result<ReadingTopics> create(const std::vector<std::string>& patterns);

  // Topic filters that together match every pattern.
  std::vector<std::string> filters() const;
  bool matches(std::string_view topic) const;
  // Empty when no pattern matches. `invalid` when one does and the payload is no reading.
  Result<std::vector<SensorReading>> readings(const mqtt::Message& message) const;

 private:
  struct Pattern {
    std::vector<std::string> levels;  // "{machine}" and "{sensor}" stand for themselves
    bool has_sensor = false;
  };
  struct Names {
    std::string machine, sensor;
  };
  static bool fits(const Pattern& pattern, std::string_view topic);
  static std::optional<Names> match(const Pattern& pattern, std::string_view topic);
  std::vector<Pattern> patterns_;
};

}  // namespace oree::readings
