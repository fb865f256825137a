// What a hub answers to a sync: what this station shall have (docs/formats/fleet.md). Pure; the text comes
// from a network, so whatever is not as it should be is refused with the member's name, and nothing of it is
// done.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/deployment/slots/unit.h"

namespace oree::deployment {

inline constexpr size_t kMaxDesiredModels = 256;

struct Desired {
  uint64_t revision = 0;
  std::map<std::string, Wish> models;
  std::optional<Wish> configuration;
  std::optional<Wish> deployment;
  std::vector<std::string> bad;  // digests, 64 hex digits
  std::optional<std::chrono::seconds> report_every;
  std::string access;  // for blobs; "" when none came
};

Result<Desired> parse_desired(std::string_view text);

}  // namespace oree::deployment
