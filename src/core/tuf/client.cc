#include "core/tuf/client.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "core/tuf/metadata/paths.h"

namespace oree::tuf {
namespace {

constexpr std::string_view kRoot = "root.json";
constexpr std::string_view kTimestamp = "timestamp.json";
constexpr std::string_view kSnapshot = "snapshot.json";
constexpr std::string_view kTime = "last_refresh";

std::string kept_root(int64_t version) {
  return cat("root_history/", version, ".root.json");
}

// root.json is damaged: the chain of roots that led to it is kept beside it. Each must still follow from the
// one before, so that damage leads back to an older root at worst, never to another one.
Result<TrustedSet> recover_root(Store& store, WallTime now, const Limits& limits) {
  const auto first = store.read("root_history/pinned", 32);
  const auto version = first ? parse_number<int64_t>(as_text(*first)) : std::nullopt;
  if (!version)
    return fail(ErrorKind::corrupt, "root.json is damaged, and root_history/ does not say where trust began");
  const auto pinned = store.read(kept_root(*version), limits.root_bytes);
  if (!pinned) return forward(pinned);
  auto set = TrustedSet::start(*pinned, now);
  if (!set) return set;
  while (true) {
    const auto next = store.read(kept_root(set->root().common.version + 1), limits.root_bytes);
    if (!next || !set->update_root(*next)) return set;
  }
}

Result<TrustedSet> trusted_root(Store& store, WallTime now, const Limits& limits) {
  const auto stored = store.read(kRoot, limits.root_bytes);
  if (!stored && stored.error().kind != ErrorKind::not_found && stored.error().kind != ErrorKind::invalid)
    return forward(stored);
  auto set = stored ? TrustedSet::start(*stored, now) : Result<TrustedSet>(forward(stored));
  if (set) return set;
  auto recovered = recover_root(store, now, limits);
  if (recovered) {
    const auto bytes = store.read(kept_root(recovered->root().common.version), limits.root_bytes);
    if (!bytes) return forward(bytes);
    if (auto healed = store.write(kRoot, *bytes); !healed) return forward(healed);
    return recovered;
  }
  if (!stored && stored.error().kind == ErrorKind::not_found)
    return fail(ErrorKind::not_found, "no root is trusted yet; pin one that came by a way you trust");
  return fail(ErrorKind::corrupt, cat("no root in the store can be trusted: ", set.error().what));
}

// Never earlier than the last time that was good enough to refresh.
WallTime at_least_remembered(Store& store, WallTime now) {
  const auto text = store.read(kTime, 64);
  const auto remembered = text ? parse_iso(trim(as_text(*text))) : std::nullopt;
  return remembered ? std::max(now, *remembered) : now;
}

}  // namespace

Status pin_root(Store& store, ByteView root) {
  const auto sound = TrustedSet::start(root, {});
  if (!sound) return forward(sound);
  const int64_t version = sound->root().common.version;
  if (auto kept = store.write(kept_root(version), root); !kept) return kept;
  if (auto kept = store.write("root_history/pinned", as_bytes(cat(version))); !kept) return kept;
  return store.write(kRoot, root);
}

Result<Client> Client::open(Store& store, Fetch fetch, WallTime now, Limits limits) {
  if (limits.keep_time) now = at_least_remembered(store, now);
  auto set = trusted_root(store, now, limits);
  if (!set) return forward(set);
  return Client(store, std::move(fetch), std::move(*set), limits);
}

std::string Client::versioned(std::string_view role, int64_t version) const {
  return set_.root().consistent_snapshot ? cat(version, ".", quote_name(role), ".json")
                                         : cat(quote_name(role), ".json");
}

Status Client::refresh() {
  if (fresh_) return {};
  if (auto done = refresh_root(); !done) return done;
  if (auto done = refresh_timestamp(); !done) return done;
  if (auto done = refresh_snapshot(); !done) return done;
  if (auto done = refresh_targets(Targets::kType, Root::kType); !done) return done;
  fresh_ = true;
  return limits_.keep_time ? remember_time() : Status{};
}

Status Client::refresh_root() {
  for (int i = 0; i < limits_.new_roots; ++i) {
    const int64_t next = set_.root().common.version + 1;
    const auto bytes = fetch_(cat(next, ".root.json"), limits_.root_bytes);
    if (!bytes && bytes.error().kind == ErrorKind::not_found) break;
    if (!bytes) return forward(bytes);
    if (auto adopted = set_.update_root(*bytes); !adopted) return adopted;
    // Each one before the next is looked at: a bad root further on costs nothing of what was reached.
    if (auto kept = store_->write(kept_root(next), *bytes); !kept) return kept;
    if (auto kept = store_->write(kRoot, *bytes); !kept) return kept;
  }
  return set_.check_root();
}

Status Client::load_stored(std::string_view name, uint64_t most, Status (TrustedSet::*load)(ByteView)) {
  const auto stored = store_->read(name, most);
  if (stored && (set_.*load)(*stored)) return {};
  if (!stored && stored.error().kind == ErrorKind::not_found) return {};
  // A disk that does not answer must not pass for a client that has seen nothing yet: it could be rolled
  // back.
  if (!stored && stored.error().kind != ErrorKind::invalid) return forward(stored);
  // §5.3.11: what rotated keys or damage have made worthless must not come back with another root.
  return store_->remove(name);
}

Status Client::refresh_timestamp() {
  if (auto known = load_stored(kTimestamp, limits_.timestamp_bytes, &TrustedSet::load_timestamp); !known)
    return known;
  if (auto known = load_stored(kSnapshot, limits_.snapshot_bytes, &TrustedSet::load_snapshot); !known)
    return known;
  const auto bytes = fetch_(kTimestamp, limits_.timestamp_bytes);
  if (!bytes) return forward(bytes);
  const auto adopted = set_.update_timestamp(*bytes);
  if (!adopted) return forward(adopted);
  return *adopted ? store_->write(kTimestamp, *bytes) : Status{};
}

Status Client::refresh_snapshot() {
  if (!set_.needs_snapshot()) return {};
  const MetaFile& file = set_.timestamp()->snapshot;
  const auto bytes =
      fetch_(versioned(Snapshot::kType, file.version), file.length.value_or(limits_.snapshot_bytes));
  if (!bytes) return forward(bytes);
  if (auto adopted = set_.update_snapshot(*bytes); !adopted) return adopted;
  return store_->write(kSnapshot, *bytes);
}

Status Client::refresh_targets(std::string_view role, std::string_view delegator) {
  if (set_.has_targets(role, delegator)) return {};
  const MetaFile* meta = set_.meta_of(role);
  if (meta == nullptr)
    return fail(ErrorKind::corrupt, cat("mix-and-match: role '", role, "' is not in the snapshot"));
  const uint64_t most = meta->length.value_or(limits_.targets_bytes);
  const std::string name = cat(quote_name(role), ".json");
  if (const auto stored = store_->read(name, most); stored && set_.update_targets(role, delegator, *stored))
    return {};
  const auto bytes = fetch_(versioned(role, meta->version), most);
  if (!bytes) return forward(bytes);
  if (auto adopted = set_.update_targets(role, delegator, *bytes); !adopted) return adopted;
  return store_->write(name, *bytes);
}

Status Client::remember_time() {
  const std::string text = iso_text(set_.now());
  if (const auto known = store_->read(kTime, 64); known && as_text(*known) == text) return {};
  return store_->write(kTime, as_bytes(text));
}

Result<std::optional<FoundTarget>> Client::find_target(std::string_view path) {
  if (auto done = refresh(); !done) return forward(done);
  struct Step {
    std::string role;
    std::string delegator;
  };
  std::vector<Step> ahead{{std::string(Targets::kType), std::string(Root::kType)}};
  std::set<std::string> visited;
  while (!ahead.empty() && visited.size() <= limits_.roles) {
    const Step step = std::move(ahead.back());
    ahead.pop_back();
    if (visited.contains(step.role)) continue;
    if (auto known = refresh_targets(step.role, step.delegator); !known) return forward(known);
    const Targets& targets = *set_.targets(step.role);
    if (const auto found = targets.targets.find(path); found != targets.targets.end()) {
      const std::string fetched =
          set_.root().consistent_snapshot ? prefixed_path(path, found->second) : std::string(path);
      return FoundTarget{std::string(path), quote_path(fetched), step.role, found->second};
    }
    visited.insert(step.role);
    std::vector<Step> below;
    if (targets.bins) {
      ahead.clear();  // each bin is terminating
      below.push_back({bin_of(*targets.bins, path), step.role});
    }
    for (const auto& delegation : targets.delegations) {
      if (!covers(delegation, path)) continue;
      below.push_back({delegation.name, step.role});
      if (!delegation.terminating) continue;
      ahead.clear();
      break;
    }
    ahead.insert(ahead.end(), std::make_move_iterator(below.rbegin()), std::make_move_iterator(below.rend()));
  }
  return std::nullopt;
}

}  // namespace oree::tuf
