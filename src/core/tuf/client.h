// A TUF client (1.0.34 §5): which files a repository offers, proven back to a root that was trusted before.
//
//   FolderStore store(disk, "/var/lib/oree/tuf");
//   if (first_time) pin_root(store, root_bytes);          // came with the device, or by enrolment
//   auto client = Client::open(store, fetch, clock.wall());
//   if (auto fresh = client->refresh(); !fresh) …         // keep what runs; try again later
//   auto target = client->find_target("models/ducks/2.oci");
//   // download …/targets/ + target->fetch_path, then:
//   verify_target(target->file, bytes)                    // or TargetCheck, piece by piece
//
// One client is one update: time stands still at `now` (§5.1). Not thread-safe; the store and what `fetch`
// borrows must outlive it. Whatever fails, the store keeps the last good set, exactly as received, and the
// next client goes on from there; a damaged file in it is fetched again, a damaged root.json is found again
// in root_history/. Errors as in trusted_set.h, and what `fetch` says.
//
// `now` should never go back: with keep_time the store remembers the time of the last good refresh, so that a
// clock that starts at 1970 does not bring expired metadata back to life. What is remembered lies before the
// expiry of everything then trusted, so a clock that was ahead locks nobody out for longer than that.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/tuf/store.h"
#include "core/tuf/target_check.h"
#include "core/tuf/trusted_set.h"

namespace oree::tuf {

// The bytes of a metadata file ("3.root.json", "timestamp.json"; already quoted for addresses). `not_found`
// when the repository has none (HTTP 403 and 404), `invalid` beyond max_bytes. Any other error ends the
// update.
using Fetch = std::function<Result<ByteBuffer>(std::string_view name, uint64_t max_bytes)>;

struct Limits {
  uint64_t root_bytes = 512'000;
  uint64_t timestamp_bytes = 16'384;
  uint64_t snapshot_bytes = 2'000'000;  // where the timestamp does not say
  uint64_t targets_bytes = 5'000'000;   // where the snapshot does not say
  int new_roots = 1024;                 // in one update
  size_t roles = 32;                    // delegated roles looked at for one path
  bool keep_time = true;
};

struct FoundTarget {
  std::string path;  // as asked
  std::string
      fetch_path;    // below the repository's targets, with its hash in front when snapshots are consistent
  std::string role;  // who says so: "targets" or a delegated role
  TargetFile file;
};

// Makes `root` the beginning of trust in an empty store: signed by itself, or `denied` and nothing is
// written.
Status pin_root(Store& store, ByteView root);

class Client {
 public:
  // `not_found` when no root was pinned, `corrupt` when none in the store can be trusted.
  static Result<Client> open(Store& store, Fetch fetch, WallTime now, Limits limits = {});

  // §5.3 to §5.6: root, timestamp, snapshot, targets. Once; later calls do nothing when it went well.
  Status refresh();
  // §5.6.7; refreshes first when that was not done. nullopt: nobody trusted speaks of this path.
  Result<std::optional<FoundTarget>> find_target(std::string_view path);

  const TrustedSet& trusted() const { return set_; }

 private:
  Client(Store& store, Fetch fetch, TrustedSet set, Limits limits)
      : store_(&store), fetch_(std::move(fetch)), set_(std::move(set)), limits_(limits) {}
  Status load_stored(std::string_view name, uint64_t most, Status (TrustedSet::*load)(ByteView));
  Status refresh_root();
  Status refresh_timestamp();
  Status refresh_snapshot();
  Status refresh_targets(std::string_view role, std::string_view delegator);
  Status remember_time();
  std::string versioned(std::string_view role, int64_t version) const;

  Store* store_;
  Fetch fetch_;
  TrustedSet set_;
  Limits limits_;
  bool fresh_ = false;
};

}  // namespace oree::tuf
