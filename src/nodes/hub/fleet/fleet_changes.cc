// What people change about stations, and what is read of them.
#include <algorithm>

#include "base/text.h"
#include "nodes/hub/fleet/fleet.h"

namespace oree::hub {

Result<std::unique_ptr<Fleet>> Fleet::open(DeviceStore& store, PackageCache& packages, Access& access,
                                           const Settings& settings, const Clock& clock, Audit audit) {
  std::unique_ptr<Fleet> fleet(new Fleet(store, packages, access, settings, clock, std::move(audit)));
  auto bad = store.load_bad();
  if (!bad) return forward(bad);
  if (auto loaded = fleet->load(*std::move(bad)); !loaded) return forward(loaded);
  return fleet;
}

Status Fleet::load(std::vector<std::string> bad) {
  const std::lock_guard lock(mutex_);
  bad_ = std::move(bad);
  auto devices = store_.load();
  if (!devices) return forward(devices);
  auto assignments = store_.load_assignments();
  if (!assignments) return forward(assignments);
  for (auto& device : *devices) {
    Entry entry;
    // Counters up to the ceiling may have been used before the hub ended.
    entry.counter = device.ceiling;
    if (auto report = parse_report(device.reported)) entry.report = *std::move(report);
    const auto at = assignments->find(device.id);
    if (at != assignments->end()) entry.assignments = std::move(at->second);
    std::string id = device.id;
    entry.device = std::move(device);
    entries_.emplace(std::move(id), std::move(entry));
  }
  return {};
}

std::vector<std::string> Fleet::bad() const {
  const std::lock_guard lock(mutex_);
  return bad_;
}

uint64_t Fleet::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

Status Fleet::set_tags(const std::string& id, std::vector<std::string> tags) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end()) return fail(ErrorKind::not_found, cat("no station '", id, "' is enrolled here"));
  at->second.device.tags = std::move(tags);
  ++version_;
  return store_.update(at->second.device);
}

// Let in after it was cloned, a station begins with a clean list of processes.
Status Fleet::set_standing(const std::string& id, Standing standing) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end()) return fail(ErrorKind::not_found, cat("no station '", id, "' is enrolled here"));
  Device& device = at->second.device;
  if (device.standing == Standing::cloned) device.instances.clear();
  device.standing = standing;
  ++version_;
  return store_.update(device);
}

Status Fleet::remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end()) return fail(ErrorKind::not_found, cat("no station '", id, "' is enrolled here"));
  if (auto removed = store_.remove(id); !removed) return removed;
  if (at->second.waiting)
    at->second.waiting->later->answer(to_response(Refusal{404, "unknown", "this station was removed"}));
  access_.forget(id);
  entries_.erase(at);
  ++version_;
  return {};
}

// Who waits for news is heard of now.
StationView Fleet::view_of(const Entry& entry) const {
  StationView view{entry.device, entry.report, entry.assignments, is_online(entry)};
  if (entry.waiting && entry.waiting->later->open()) view.device.last_seen = now_ms();
  return view;
}

std::vector<StationView> Fleet::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<StationView> out;
  out.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) out.push_back(view_of(entry));
  return out;
}

std::optional<StationView> Fleet::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end()) return std::nullopt;
  return view_of(at->second);
}

Status Fleet::flush() {
  std::vector<Device> dirty;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, entry] : entries_)
      if (std::exchange(entry.dirty, false)) dirty.push_back(entry.device);
  }
  return store_.flush(dirty);
}

}  // namespace oree::hub
