#include "core/tuf/trusted_set.h"

#include <algorithm>

#include "base/text.h"
#include "core/tuf/metadata/paths.h"
#include "core/tuf/target_check.h"
#include "platform/crypto/crypto.h"

namespace oree::tuf {
namespace {

Status check_expiry(const Common& common, WallTime now, std::string_view name) {
  if (now < common.expires) return {};
  return fail(ErrorKind::unavailable,
              cat("freeze: ", name, " version ", common.version, " expired at ", expiry_text(common.expires),
                  " and the repository has no newer one; it is ", expiry_text(now), " here"));
}

template <class T>
Status check_by_root(const Root& root, const Envelope<T>& envelope, std::string_view role) {
  return check_signatures(root.roles.find(role)->second, root.keys, envelope.signatures,
                          as_bytes(envelope.signed_bytes), role);
}

std::unexpected<Error> rollback(std::string_view what, int64_t offered, int64_t trusted) {
  return fail(ErrorKind::conflict, cat("rollback: ", what, " version ", offered, " is offered where ",
                                       trusted, " is trusted already"));
}

}  // namespace

Result<TrustedSet> TrustedSet::start(ByteView root, WallTime now) {
  auto envelope = parse_metadata<Root>(root);
  if (!envelope) return forward(envelope, "root.json");
  if (auto sound = check_by_root(envelope->body, *envelope, "root"); !sound) return forward(sound);
  return TrustedSet(std::move(envelope->body), now);
}

Status TrustedSet::update_root(ByteView bytes) {
  const auto fresh = parse_metadata<Root>(bytes);
  if (!fresh) return forward(fresh, "root.json");
  if (auto old_keys = check_by_root(root_, *fresh, "root"); !old_keys) return old_keys;
  if (auto own_keys = check_by_root(fresh->body, *fresh, "root"); !own_keys) return own_keys;
  if (fresh->body.common.version != root_.common.version + 1)
    return rollback("root.json", fresh->body.common.version, root_.common.version);
  root_ = fresh->body;
  return {};
}

Status TrustedSet::check_root() const {
  return check_expiry(root_.common, now_, "root.json");
}

Status TrustedSet::load_timestamp(ByteView bytes) {
  const auto stored = parse_metadata<Timestamp>(bytes);
  if (!stored) return forward(stored, "timestamp.json");
  if (auto sound = check_by_root(root_, *stored, "timestamp"); !sound) return sound;
  timestamp_ = stored->body;
  return {};
}

Result<bool> TrustedSet::update_timestamp(ByteView bytes) {
  if (auto valid = check_root(); !valid) return forward(valid);
  const auto fresh = parse_metadata<Timestamp>(bytes);
  if (!fresh) return forward(fresh, "timestamp.json");
  if (auto sound = check_by_root(root_, *fresh, "timestamp"); !sound) return forward(sound);
  const Timestamp& offered = fresh->body;
  if (timestamp_) {
    if (offered.common.version < timestamp_->common.version)
      return rollback("timestamp.json", offered.common.version, timestamp_->common.version);
    if (offered.common.version == timestamp_->common.version) {
      if (auto valid = check_timestamp(); !valid) return forward(valid);
      return false;
    }
    if (offered.snapshot.version < timestamp_->snapshot.version)
      return rollback("snapshot.json", offered.snapshot.version, timestamp_->snapshot.version);
  }
  if (auto valid = check_expiry(offered.common, now_, "timestamp.json"); !valid) return forward(valid);
  timestamp_ = offered;
  return true;
}

Status TrustedSet::check_timestamp() const {
  if (!timestamp_) return fail(ErrorKind::bug, "the timestamp comes before what it names");
  return check_expiry(timestamp_->common, now_, "timestamp.json");
}

Status TrustedSet::load_snapshot(ByteView bytes) {
  const auto stored = parse_metadata<Snapshot>(bytes);
  if (!stored) return forward(stored, "snapshot.json");
  if (auto sound = check_by_root(root_, *stored, "snapshot"); !sound) return sound;
  snapshot_ = stored->body;
  return {};
}

bool TrustedSet::needs_snapshot() const {
  return !snapshot_ || !timestamp_ || snapshot_->common.version != timestamp_->snapshot.version ||
         now_ >= snapshot_->common.expires;
}

Status TrustedSet::check_snapshot_rollback(const Snapshot& fresh) const {
  if (!snapshot_) return {};
  for (const auto& [name, known] : snapshot_->meta) {
    const auto found = fresh.meta.find(name);
    if (found == fresh.meta.end())
      return fail(ErrorKind::conflict,
                  cat("rollback: the new snapshot.json no longer lists ", name.substr(0, 120)));
    if (found->second.version < known.version)
      return rollback(name.substr(0, 120), found->second.version, known.version);
  }
  return {};
}

Status TrustedSet::update_snapshot(ByteView bytes) {
  if (auto valid = check_timestamp(); !valid) return valid;
  if (auto same = verify_metafile(timestamp_->snapshot, bytes, "snapshot.json"); !same) return same;
  const auto fresh = parse_metadata<Snapshot>(bytes);
  if (!fresh) return forward(fresh, "snapshot.json");
  if (auto sound = check_by_root(root_, *fresh, "snapshot"); !sound) return sound;
  const Snapshot& offered = fresh->body;
  if (offered.common.version != timestamp_->snapshot.version)
    return fail(ErrorKind::corrupt, cat("mix-and-match: snapshot.json is version ", offered.common.version,
                                        " where the timestamp names ", timestamp_->snapshot.version));
  if (auto onward = check_snapshot_rollback(offered); !onward) return onward;
  if (auto valid = check_expiry(offered.common, now_, "snapshot.json"); !valid) return valid;
  snapshot_ = offered;
  targets_.clear();
  return {};
}

const MetaFile* TrustedSet::meta_of(std::string_view role) const {
  if (!snapshot_) return nullptr;
  const auto found = snapshot_->meta.find(cat(role, ".json"));
  return found == snapshot_->meta.end() ? nullptr : &found->second;
}

const Targets* TrustedSet::targets(std::string_view role) const {
  const auto found = targets_.find(role);
  return found == targets_.end() ? nullptr : &found->second.metadata->body;
}

bool TrustedSet::has_targets(std::string_view role, std::string_view delegator) const {
  const auto found = targets_.find(role);
  return found != targets_.end() &&
         std::ranges::find(found->second.vouched_by, delegator) != found->second.vouched_by.end();
}

Status TrustedSet::check_signed(std::string_view role, std::string_view delegator,
                                const Envelope<Targets>& envelope) const {
  if (delegator == Root::kType) return check_by_root(root_, envelope, role);
  const Targets* above = targets(delegator);
  if (above == nullptr)
    return fail(ErrorKind::bug, cat("'", delegator, "' comes before whom it delegates to"));
  const auto delegation = std::ranges::find(above->delegations, role, &Delegation::name);
  const RoleKeys* keys = delegation != above->delegations.end()      ? &delegation->keys
                         : above->bins && is_bin(*above->bins, role) ? &above->bins->keys
                                                                     : nullptr;
  if (keys == nullptr)
    return fail(ErrorKind::denied, cat("signatures: '", delegator, "' does not delegate to '", role, "'"));
  return check_signatures(*keys, above->keys, envelope.signatures, as_bytes(envelope.signed_bytes),
                          cat(role, ".json as ", delegator, " delegates it"));
}

Status TrustedSet::update_targets(std::string_view role, std::string_view delegator, ByteView bytes) {
  if (needs_snapshot()) return fail(ErrorKind::bug, "the snapshot comes before what it names");
  const std::string name = cat(role, ".json");
  const MetaFile* meta = meta_of(role);
  if (meta == nullptr)
    return fail(ErrorKind::corrupt, cat("mix-and-match: ", name, " is delegated to but not in the snapshot"));
  if (auto same = verify_metafile(*meta, bytes, name); !same) return same;
  auto fresh = parse_metadata<Targets>(bytes);
  if (!fresh) return forward(fresh, name);
  if (auto sound = check_signed(role, delegator, *fresh); !sound) return sound;
  if (fresh->body.common.version != meta->version)
    return fail(ErrorKind::corrupt, cat("mix-and-match: ", name, " is version ", fresh->body.common.version,
                                        " where the snapshot names ", meta->version));
  if (auto valid = check_expiry(fresh->body.common, now_, name); !valid) return valid;
  Role& known = targets_[std::string(role)];
  const std::string digest = crypto::sha256(bytes).hex();
  // Other bytes than those that other delegators saw: whoever vouched for the former says nothing of these.
  if (known.digest != digest)
    known = {std::make_shared<const Envelope<Targets>>(std::move(*fresh)), digest, {}};
  known.vouched_by.emplace_back(delegator);
  return {};
}

}  // namespace oree::tuf
