// What a client trusts, and how that may change: the decisions of the TUF client workflow (1.0.34 §5) as a
// value. Bytes in, decision out; no files, no clock, no network. client.h walks through it.
//
// A refused file leaves the set as it was. Errors say in their first word what it looks like: "signatures:"
// (denied), "rollback:" (conflict), "freeze:" (unavailable: expired), "mix-and-match:" (corrupt), otherwise
// the form (invalid).
//
// load_… takes what this client stored earlier: it must be signed under today's root, but may be expired or
// superseded, and then only says what must not be rolled back. update_… takes what the repository says now.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/tuf/metadata/metadata.h"

namespace oree::tuf {

class TrustedSet {
 public:
  // `root` must be signed by itself; its expiry does not matter yet. `now` stays fixed (§5.1).
  static Result<TrustedSet> start(ByteView root, WallTime now);

  // §5.3: exactly the next version, signed by old and new keys.
  Status update_root(ByteView bytes);
  Status check_root() const;  // §5.3.10

  Status load_timestamp(ByteView bytes);
  // §5.4: true when adopted, false when it is the version known already (no error; drop it).
  Result<bool> update_timestamp(ByteView bytes);

  Status load_snapshot(ByteView bytes);
  bool needs_snapshot() const;             // the loaded one is not what the timestamp names, or has expired
  Status update_snapshot(ByteView bytes);  // §5.5

  // §5.6: `delegator` is "root" for "targets", otherwise the role that leads here on the path being searched:
  // a role reached on two paths is checked against each of its delegators. Stored and new bytes go the same
  // way.
  Status update_targets(std::string_view role, std::string_view delegator, ByteView bytes);
  // Whether `role` is there and `delegator` vouches for exactly these bytes.
  bool has_targets(std::string_view role, std::string_view delegator) const;

  const Root& root() const { return root_; }
  const std::optional<Timestamp>& timestamp() const { return timestamp_; }
  const std::optional<Snapshot>& snapshot() const { return snapshot_; }
  const Targets* targets(std::string_view role) const;
  const MetaFile* meta_of(std::string_view role) const;  // in the snapshot
  WallTime now() const { return now_; }

 private:
  struct Role {
    std::shared_ptr<const Envelope<Targets>> metadata;
    std::string digest;                   // of the bytes
    std::vector<std::string> vouched_by;  // delegators, each checked
  };
  TrustedSet(Root root, WallTime now) : root_(std::move(root)), now_(now) {}
  Status check_timestamp() const;
  Status check_signed(std::string_view role, std::string_view delegator,
                      const Envelope<Targets>& envelope) const;
  Status check_snapshot_rollback(const Snapshot& fresh) const;

  Root root_;
  WallTime now_;
  std::optional<Timestamp> timestamp_;
  std::optional<Snapshot> snapshot_;
  std::map<std::string, Role, std::less<>> targets_;
};

}  // namespace oree::tuf
