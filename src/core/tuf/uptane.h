// Two repositories must agree before anything is installed (Uptane 2.1.0 §5.4.4): the director, online in the
// hub, says what this device shall have; the image repository, signed by release keys that are offline, says
// what was released. Whoever holds the hub alone, or one release key of several, installs nothing. Pure.
//
// What each says beside length and hashes stands in the target's `custom`:
//   {"hardware_ids": ["jetson-orin"], "release_counter": 7, "device": "box-12"}     device: director only
// hardware_ids and release_counter must be there on both sides.
#pragma once

#include <string>

#include "core/tuf/client.h"

namespace oree::tuf {

struct Device {
  std::string id;
  std::string hardware;
  int64_t release_counter = 0;  // of what is installed under this path; 0: nothing yet
};

// The counter to remember with what will be installed. `denied` when the two do not name the same bytes, when
// the release is for other hardware or another device; `conflict` with "rollback:" when its counter is lower
// than the installed one's; `invalid` when `custom` lacks something.
Result<int64_t> agree(const FoundTarget& director, const FoundTarget& image, const Device& device);

// What a director may say at all: no delegations, and no device twice for one path's directory. `denied`.
Status check_director(const Targets& targets);

}  // namespace oree::tuf
