// history.jsonl: what happened to a packed model, a line each. A note for people, not a proof: whoever can
// write the folder can write it. What it says of digests and signers can be checked, and `oree model history`
// does.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace oree::package {

struct Event {
  WallTime at{};
  std::string what;    // packed, signed, verified, sealed, unsealed, pushed, pulled
  std::string by;      // the program, the signer, the registry
  std::string digest;  // of what it happened to
};

std::string print(const Event& event);  // one line, without its end
// Lines that are none are left out; nothing in a history is worth stopping for.
std::vector<Event> parse_history(std::string_view text);

// Appends a line to the folder's history, durably. Making one when there is none.
Status append_history(const std::filesystem::path& folder, const Event& event);
std::vector<Event> load_history(const std::filesystem::path& folder);  // empty when there is none

}  // namespace oree::package
