// Units as JSON: what the state file holds, and what the station's pages and the hub are told. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "platform/json/value.h"
#include "services/deployment/slots/unit.h"

namespace oree::deployment {

json::Value to_json(const std::vector<Unit>& units);
// `corrupt` names the member that is not what to_json() writes.
Result<std::vector<Unit>> parse_units(std::string_view text);

}  // namespace oree::deployment
