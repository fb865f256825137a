// The part of station.yaml that becomes the inspection plan: cameras, steps, item rule.
#pragma once

#include <filesystem>
#include <string_view>

#include "platform/config/fields.h"
#include "services/inspection/plan.h"

namespace oree::edge {

// Reads 'cameras', 'steps' and 'item_rule'; mistakes are recorded in `fields`.
void read_plan(config::Fields& fields, const std::filesystem::path& folder, inspection::Plan& plan);

// 1 to 64 letters, digits, '_', '-' or '.', not starting with '.': safe in a path and an address.
bool is_plain_name(std::string_view text);

}  // namespace oree::edge
