// What is kept of each station, and what each shall have. Thread-safe; durable when a call returns.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/hub/store/shelf.h"
#include "platform/crypto/signing.h"

namespace oree::hub {

enum class Standing {
  waiting,   // a person has to let it in
  admitted,  //
  cloned,    // two processes hold its identity; a person decides
};
std::string_view standing_name(Standing standing);
std::optional<Standing> parse_standing(std::string_view name);

struct Device {
  std::string id;
  crypto::PublicKey key;
  std::string hardware, software;
  std::vector<std::string> tags;
  Standing standing = Standing::admitted;
  int64_t enrolled = 0;                // Unix ms
  std::string enrolled_by;             // "invitation …", "certificate …"
  uint64_t ceiling = 0;                // counters up to it may have been used
  uint64_t revision = 1;               // of its desired state
  std::vector<std::string> instances;  // processes seen, oldest first
  int64_t last_seen = 0;
  std::string reported;  // JSON, as it came last
};

// One model, or the configuration, that a station shall have.
struct Assignment {
  std::string package;
  std::string rollout;
  std::string before;  // the package that it had before, "" when none is known
};
using Assignments = std::map<std::string, Assignment>;  // by unit: a model's name, or kConfigurationUnit

// One station's desired state is to change.
struct Change {
  std::string device, model;
  std::optional<Assignment> to;  // absent: the hub asks for nothing any more
};

class DeviceStore {
 public:
  explicit DeviceStore(Shelf& shelf) : shelf_(shelf) {}

  Result<std::vector<Device>> load();
  Result<std::map<std::string, Assignments>> load_assignments();
  // With an invitation's secret that is used up in the same step; `denied` when it is not good.
  Status add(Device& device, std::string_view secret, int64_t now);
  Status remove(const std::string& id);
  // key, hardware, software, tags, standing, ceiling, instances
  Status update(const Device& device);
  Result<std::vector<std::string>> load_bad();  // packages that nobody is to run
  // What is nice to know after a restart and comes again by itself: last_seen, reported, software.
  Status flush(const std::vector<Device>& devices);

 private:
  Shelf& shelf_;
};

// Inside a transaction: the assignments, and a new revision for each station concerned.
Status write_changes(sql::Database& database, const std::vector<Change>& changes);
// Inside a transaction: a new revision for all.
Status bump_all(sql::Database& database);

}  // namespace oree::hub
