// The repository's side of TUF 1.0.34: a folder that clients are served from, with online and offline roles
// apart.
//
//   folder/metadata/   1.root.json, 2.targets.json, 5.snapshot.json, timestamp.json, …: as clients fetch them
//   folder/targets/    <sha256>.<name>: the files themselves; whoever serves may keep them elsewhere
//   folder/staged/     root.json, targets.json, …: what waits for signatures
//
// Offline (root, targets and delegated roles; keys of people): a change is staged, then signed; with the last
// signature that its threshold needs it is published. Online (snapshot, timestamp; keys of the hub):
// keep_fresh() publishes what changed and renews what gets old. The hub holds no key that could make a client
// install anything: it only says what is current.
//
//   auto made = Repository::create(disk, folder, {root_keys, targets_keys, snapshot_key, timestamp_key},
//   now); made->sign("root", root_key); made->sign("targets", targets_key); made->keep_fresh({snapshot_key,
//   timestamp_key}, now);
//
// Consistent snapshots always. Snapshot and timestamp carry lengths and hashes. One writer at a time; every
// file is written whole, and in the order that a client in between needs. Not thread-safe.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/tuf/metadata/metadata.h"
#include "platform/crypto/signing.h"
#include "platform/files/files.h"

namespace oree::tuf {

struct Lifetimes {
  std::chrono::hours root{365 * 24};
  std::chrono::hours targets{365 * 24};
  std::chrono::hours snapshot{7 * 24};
  std::chrono::hours timestamp{24};
};

struct Signers {
  std::vector<crypto::PublicKey> keys;
  int64_t threshold = 1;
};

struct NewRepository {
  Signers root, targets, snapshot, timestamp;
};

struct OnlineKeys {
  crypto::SigningKey snapshot;
  crypto::SigningKey timestamp;
};

struct NewTarget {
  std::string role = "targets";
  std::string path;
  TargetFile file;  // length, hashes, custom
};

struct NewDelegation {
  std::string name;  // letters, digits and "_.-~", so that any web server finds its file
  Signers signers;
  std::vector<std::string> paths;
  bool terminating = false;
};

class Repository {
 public:
  // Stages the first root and an empty targets; nothing is published before both are signed. `conflict` when
  // the folder holds a repository.
  static Result<Repository> create(files::Disk& disk, std::filesystem::path folder, const NewRepository& plan,
                                   WallTime now, Lifetimes lifetimes = {});
  static Result<Repository> open(files::Disk& disk, std::filesystem::path folder, Lifetimes lifetimes = {});

  // Offline changes. Each stages the next version and drops the signatures that an earlier staging had.
  Status add_targets(const std::vector<NewTarget>& targets, WallTime now);  // replaces what has the same path
  Status remove_target(std::string_view role, std::string_view path, WallTime now);
  Status delegate(const NewDelegation& delegation, WallTime now);  // of "targets"; the same name replaces
  // A new root; with "targets" also the same targets again, which the new keys sign, best ahead of root: from
  // the new root on clients refuse the old signatures. Call keep_fresh() at once after either is published.
  Status set_signers(std::string_view role, const Signers& signers, WallTime now);
  Status renew(std::string_view role, WallTime now);  // the same again with a later expiry
  // Adds a signature to what is staged for `role`; true when that published it. `denied` for a key that has
  // no say in it.
  Result<bool> sign(std::string_view role, const crypto::SigningKey& key);
  // The same for whoever signed elsewhere: a whole root or targets file, checked as a client would.
  Status publish(std::string_view role, ByteView bytes);

  // Online. True when something was written: a snapshot when roles changed or half its life is over, then a
  // timestamp likewise.
  Result<bool> keep_fresh(const OnlineKeys& keys, WallTime now);
  Status publish_snapshot(const crypto::SigningKey& key, WallTime now);
  Status publish_timestamp(const crypto::SigningKey& key, WallTime now);

  // A file below metadata/ by the name a client asks for; `not_found` for anything else.
  Result<ByteBuffer> metadata(std::string_view name) const;
  Result<ByteBuffer> staged(std::string_view role) const;
  Result<Root> root() const;  // as published
  Result<Targets> targets(std::string_view role = "targets") const;
  Result<int64_t> version(std::string_view role) const;  // published; 0: none yet
  // Where the bytes of a target lie for whoever serves them. Precondition: is_clean_path(path), which
  // add_targets() insists on.
  std::filesystem::path target_file(const std::string& path, const TargetFile& file) const;

 private:
  Repository(files::Disk& disk, std::filesystem::path folder, Lifetimes lifetimes)
      : disk_(&disk), folder_(std::move(folder)), lifetimes_(lifetimes) {}
  Result<json::Value> latest(std::string_view role) const;
  Status stage(std::string_view role, json::Value body, WallTime now);
  Result<bool> publish_staged(std::string_view role);
  Status check_may_sign(std::string_view role, const std::string& key_id) const;
  Status check_targets(std::string_view role, const Envelope<Targets>& envelope) const;
  Status write_published(std::string_view role, int64_t version, ByteView bytes);
  Result<Envelope<Snapshot>> newest_snapshot() const;
  Result<json::Value> current_meta(const MetaFiles& before) const;
  Result<bool> needs_new_snapshot(const Root& root, WallTime now) const;
  Result<bool> needs_new_timestamp(const Root& root, WallTime now) const;

  files::Disk* disk_;
  std::filesystem::path folder_;
  Lifetimes lifetimes_;
};

}  // namespace oree::tuf
