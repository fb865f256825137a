// A configuration that a hub brings to its stations: what is looked at and how it is judged. What belongs to
// one box (its name, address, triggers, storage, its hub) is not in it.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "services/inspection/plan.h"

namespace oree::edge {

// 'cameras', 'steps' and 'item_rule' as in station.yaml (YAML or JSON), or one of VIO's forms (JSON). The
// plan is `station`'s, whatever name VIO's form says. Relative paths are taken from `folder`. `invalid` lists
// every mistake.
Result<inspection::Plan> parse_fleet_plan(std::string_view text, std::string_view station,
                                          const std::filesystem::path& folder);

}  // namespace oree::edge
