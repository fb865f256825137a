// What streaming jobs read and write.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace oree::jobs {

// One JSON object (or an array of them) that arrived on a topic.
struct Message {
  std::string_view topic;
  std::string_view payload;
  WallTime arrived;
  uint64_t position = 0;  // in the stream it was read from, growing
};

// Where rows go whose output stream is a topic of the broker.
class Publisher {
 public:
  virtual ~Publisher() = default;
  virtual Status publish(std::string_view topic, std::string_view json) = 0;
};

}  // namespace oree::jobs
