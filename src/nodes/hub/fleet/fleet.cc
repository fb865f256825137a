#include "nodes/hub/fleet/fleet.h"

#include <algorithm>

#include "base/text.h"

namespace oree::hub {
namespace {

constexpr uint64_t kAhead = 1'000;     // counters that are reserved in one write
constexpr size_t kMostInstances = 16;  // processes of one station that are remembered

std::unexpected<Refusal> refuse(int status, std::string_view code, std::string what, json::Object more = {}) {
  return std::unexpected(Refusal{status, std::string(code), std::move(what), std::move(more)});
}

bool is_under_way(const Report& report) {
  using rollouts::StationState;
  return std::ranges::any_of(report.models, [](const ModelReport& model) {
    return model.state == StationState::downloading || model.state == StationState::installing ||
           model.state == StationState::shadow;
  });
}

}  // namespace

int64_t Fleet::now_ms() const {
  return std::chrono::duration_cast<milliseconds>(clock_.wall().time_since_epoch()).count();
}

Outcome<Fleet::Enrolled> Fleet::enrol(const Enrolment& enrolment, const std::string& by) {
  const std::lock_guard lock(mutex_);
  const auto known = entries_.find(enrolment.name);
  if (known != entries_.end()) {
    if (known->second.device.key == enrolment.key) return Enrolled{known->second.device, false};
    return refuse(409, "conflict",
                  cat("another station is called '", enrolment.name,
                      "'; remove that one on the hub, or name this one otherwise"));
  }
  Entry entry;
  entry.device = {.id = enrolment.name,
                  .key = enrolment.key,
                  .hardware = enrolment.hardware,
                  .software = enrolment.software,
                  .tags = enrolment.tags,
                  .standing = settings_.enrolment.approve ? Standing::waiting : Standing::admitted,
                  .enrolled = now_ms(),
                  .enrolled_by = by};
  if (auto added = store_.add(entry.device, enrolment.secret, entry.device.enrolled); !added) {
    if (added.error().kind == ErrorKind::denied) return refuse(401, "denied", added.error().what);
    return std::unexpected(refusal_of(added.error()));
  }
  const Device device = entry.device;
  entries_.emplace(device.id, std::move(entry));
  ++version_;
  audit_("enrolled", {{"station", device.id},
                      {"key", device.key.base64()},
                      {"by", device.enrolled_by},
                      {"standing", standing_name(device.standing)}});
  return Enrolled{device, true};
}

// Under the lock. A ceiling is on disk before a counter up to it is taken.
Outcome<void> Fleet::check_counter(Entry& entry, uint64_t counter) {
  if (counter <= entry.counter) {
    return refuse(409, "counter",
                  cat("the counter ", counter, " was used already: go on above ", entry.counter),
                  {{"counter", entry.counter}});
  }
  if (counter > entry.device.ceiling) {
    entry.device.ceiling = counter + kAhead;
    if (auto kept = store_.update(entry.device); !kept) return std::unexpected(refusal_of(kept.error()));
  }
  entry.counter = counter;
  return {};
}

Outcome<void> Fleet::check_instance(Entry& entry, const std::string& instance) {
  auto& seen = entry.device.instances;
  if (!seen.empty() && seen.back() == instance) return {};
  if (std::ranges::find(seen, instance) != seen.end()) {
    entry.device.standing = Standing::cloned;
    if (auto kept = store_.update(entry.device); !kept) return std::unexpected(refusal_of(kept.error()));
    ++version_;
    if (entry.waiting)
      entry.waiting->later->answer(to_response(Refusal{403, "cloned", "two processes hold this identity"}));
    entry.waiting.reset();
    access_.forget(entry.device.id);
    audit_("cloned", {{"station", entry.device.id}, {"instance", instance}, {"other", seen.back()}});
    return refuse(403, "cloned",
                  cat("two processes hold the identity of '", entry.device.id,
                      "': stop one of them, then let the station in again on the hub"));
  }
  if (seen.size() == kMostInstances) seen.erase(seen.begin());
  seen.push_back(instance);
  if (auto kept = store_.update(entry.device); !kept) return std::unexpected(refusal_of(kept.error()));
  return {};
}

Outcome<void> Fleet::admit(const std::string& id, const http::Request& request, const std::string& instance) {
  const auto call = read_call(request);
  if (!call) return std::unexpected(call.error());
  crypto::PublicKey key;
  {
    const std::lock_guard lock(mutex_);
    const auto at = entries_.find(id);
    if (at == entries_.end())
      return refuse(404, "unknown", cat("no station '", id.substr(0, 64), "' is enrolled here"));
    key = at->second.device.key;
  }
  if (!is_signed_by(key, request, *call))
    return refuse(401, "signature", cat("this call is not signed by the key of '", id, "'"));
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end() || at->second.device.key != key)
    return refuse(404, "unknown", cat("no station '", id, "' is enrolled here"));
  Entry& entry = at->second;
  if (auto good = check_counter(entry, call->counter); !good) return good;
  if (entry.device.standing == Standing::cloned)
    return refuse(403, "cloned",
                  cat("two processes held the identity of '", id, "'; a person has to decide"));
  if (entry.device.standing == Standing::waiting)
    return refuse(403, "waiting", cat("'", id, "' waits until a person lets it in"));
  return check_instance(entry, instance);
}

http::Response Fleet::desired_of(const Entry& entry) {
  const auto token = access_.token_of(entry.device.id);
  const DesiredInput input{.revision = entry.device.revision,
                           .assignments = entry.assignments,
                           .bad = bad_,
                           .report_every = settings_.report_every,
                           .access = token.text,
                           .access_for_s = token.for_s,
                           .now = now_ms()};
  return http::json(200, json::print(desired_json(input, packages_)));
}

void Fleet::tell(Entry& entry) {
  if (!entry.waiting) return;
  entry.waiting->later->answer(desired_of(entry));
  entry.waiting.reset();
}

void Fleet::sync(const std::string& id, Report report, std::string reported, microseconds wait,
                 std::shared_ptr<http::LaterAnswer> later) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end()) return later->answer(to_response(Refusal{404, "unknown", "removed meanwhile"}));
  Entry& entry = at->second;
  tell(entry);
  const bool was_online = is_online(entry);
  entry.device.last_seen = now_ms();
  if (entry.device.reported != reported || !was_online) {
    entry.device.reported = std::move(reported);
    entry.device.software = report.software;
    if (!report.hardware.empty()) entry.device.hardware = report.hardware;
    for (const auto& attack : report.attacks)
      if (std::ranges::find(entry.report.attacks, attack) == entry.report.attacks.end())
        audit_("attack", {{"station", id}, {"what", attack}});
    ++version_;
  }
  entry.dirty = true;
  entry.report = std::move(report);
  if (stopped_ || wait <= microseconds(0) || entry.report.revision != entry.device.revision)
    return later->answer(desired_of(entry));
  entry.waiting = {std::move(later), clock_.mono() + wait};
}

void Fleet::apply(const std::vector<Change>& changes) {
  const std::lock_guard lock(mutex_);
  for (const auto& change : changes) {
    const auto at = entries_.find(change.device);
    if (at == entries_.end()) continue;
    if (change.to) {
      at->second.assignments[change.model] = *change.to;
    } else {
      at->second.assignments.erase(change.model);
    }
    ++at->second.device.revision;
    tell(at->second);
  }
  if (!changes.empty()) ++version_;
}

void Fleet::add_bad(const std::string& package) {
  const std::lock_guard lock(mutex_);
  if (std::ranges::find(bad_, package) != bad_.end()) return;
  bad_.push_back(package);
  ++version_;
  for (auto& [id, entry] : entries_) {
    ++entry.device.revision;
    tell(entry);
  }
}

void Fleet::answer_overdue() {
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.mono();
  for (auto& [id, entry] : entries_) {
    if (!entry.waiting) continue;
    if (!entry.waiting->later->open()) {
      entry.waiting.reset();
    } else if (entry.waiting->until <= now) {
      entry.device.last_seen = now_ms();
      tell(entry);
    }
  }
}

void Fleet::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (auto& [id, entry] : entries_) tell(entry);
}

// A station that waits for news is there; others are for a while after their last word.
bool Fleet::is_online(const Entry& entry) const {
  if (entry.waiting && entry.waiting->later->open()) return true;
  return entry.device.last_seen > 0 && now_ms() - entry.device.last_seen < settings_.offline_after.count();
}

FleetCounts Fleet::counts() const {
  const std::lock_guard lock(mutex_);
  FleetCounts counts;
  for (const auto& [id, entry] : entries_) {
    ++counts.stations;
    counts.online += is_online(entry) ? 1 : 0;
    counts.waiting += entry.device.standing == Standing::waiting ? 1 : 0;
    counts.cloned += entry.device.standing == Standing::cloned ? 1 : 0;
    counts.updating += is_under_way(entry.report) ? 1 : 0;
  }
  return counts;
}

}  // namespace oree::hub
