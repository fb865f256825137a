// Ids that cannot be mixed up: Id<struct ItemTag> is not Id<struct ModelTag>. A value type over text.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace oree {

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const Id&) const = default;

 private:
  std::string text_;
};

// UUID version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then random bits, so ids sort by time.
std::string uuid_v7(WallTime now, std::array<uint8_t, 10> random);
bool is_uuid(std::string_view text);

}  // namespace oree
