// The first words between a station and its hub. Pure but for the keys that are read.
#pragma once

#include <string>

#include "services/deployment/agent/identity.h"
#include "services/deployment/agent/settings.h"

namespace oree::deployment {

// The body of an enrolment.
Result<std::string> enrolment_text(const FleetSettings& settings, const Identity& identity,
                                   const std::string& station, const std::string& hardware,
                                   const std::string& software);

struct Enrolled {
  Enrolment enrolment;
  uint64_t counter = 0;
  ByteBuffer root;  // 1.root.json
};
Result<Enrolled> parse_enrolled(std::string_view text);

// The root's digest that the token names, 64 hex digits; "" without a token.
std::string_view root_of_token(std::string_view token);

}  // namespace oree::deployment
