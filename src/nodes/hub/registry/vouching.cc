#include "nodes/hub/registry/vouching.h"

#include "base/text.h"
#include "nodes/hub/door/names.h"
#include "platform/crypto/crypto.h"
#include "platform/crypto/key_file.h"

namespace oree::hub {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMostTarget = 1 << 20;
constexpr auto kHalfLife = std::chrono::hours(24 * 365 / 2);

}  // namespace

Result<std::unique_ptr<Vouching>> Vouching::open(const fs::path& data, files::Disk& disk,
                                                 const Clock& clock) {
  std::unique_ptr<Vouching> vouching(new Vouching(disk, clock, data));
  if (auto started = vouching->start(); !started) return forward(started);
  return vouching;
}

Status Vouching::create() {
  auto root = crypto::open_key(data_ / "keys" / "root.key");
  if (!root) return forward(root);
  auto targets = crypto::open_key(data_ / "keys" / "targets.key");
  if (!targets) return forward(targets);
  const tuf::NewRepository plan{.root = {.keys = {root->public_key()}},
                                .targets = {.keys = {targets->public_key()}},
                                .snapshot = {.keys = {online_->snapshot.public_key()}},
                                .timestamp = {.keys = {online_->timestamp.public_key()}}};
  auto made = tuf::Repository::create(disk_, data_ / "tuf", plan, clock_.wall());
  if (!made) return forward(made);
  repository_ = *std::move(made);
  if (auto signed_root = repository_->sign("root", *root); !signed_root) return forward(signed_root);
  if (auto signed_targets = repository_->sign("targets", *targets); !signed_targets)
    return forward(signed_targets);
  return {};
}

Status Vouching::start() {
  if (auto made = disk_.make_folder(data_ / "keys"); !made) return made;
  auto snapshot = crypto::open_key(data_ / "keys" / "snapshot.key");
  if (!snapshot) return forward(snapshot);
  auto timestamp = crypto::open_key(data_ / "keys" / "timestamp.key");
  if (!timestamp) return forward(timestamp);
  online_ = tuf::OnlineKeys{*std::move(snapshot), *std::move(timestamp)};
  // Published targets show that the repository was made to its end; else it is made anew.
  std::error_code error;
  if (fs::exists(data_ / "tuf" / "metadata" / "1.targets.json", error)) {
    auto opened = tuf::Repository::open(disk_, data_ / "tuf");
    if (!opened) return forward(opened);
    repository_ = *std::move(opened);
  } else {
    fs::remove_all(data_ / "tuf", error);
    if (auto made = create(); !made) return made;
  }
  auto first = repository_->metadata("1.root.json");
  if (!first) return forward(first);
  first_root_ = *std::move(first);
  return keep_fresh();
}

Status Vouching::sign(const std::string& role) {
  const fs::path file = data_ / "keys" / cat(role, ".key");
  std::error_code error;
  if (!fs::exists(file, error)) {
    return fail(ErrorKind::unavailable,
                cat(file.string(), " is kept elsewhere: what is new is staged in ", (data_ / "tuf").string(),
                    " and waits for 'oree tuf repo sign'; then publish again"));
  }
  auto key = crypto::open_key(file);
  if (!key) return forward(key);
  const auto done = repository_->sign(role, *key);
  return done ? Status() : forward(done);
}

Status Vouching::add(const std::string& path, std::string_view document, const json::Value& custom) {
  const std::lock_guard lock(mutex_);
  tuf::NewTarget target{.path = path, .file = {.length = document.size(), .custom = custom}};
  target.file.hashes = {{"sha256", crypto::sha256(as_bytes(document)).hex()}};
  const fs::path file = repository_->target_file(path, target.file);
  if (auto made = disk_.make_folder(file.parent_path()); !made) return made;
  if (auto written = disk_.write(file, as_bytes(document)); !written) return written;
  const auto known = repository_->targets();
  if (!known) return forward(known);
  const auto at = known->targets.find(path);
  if (at == known->targets.end() || at->second.hashes != target.file.hashes) {
    if (auto staged = repository_->add_targets({target}, clock_.wall()); !staged) return staged;
    if (auto done = sign("targets"); !done) return done;
  }
  const auto fresh = repository_->keep_fresh(*online_, clock_.wall());
  return fresh ? Status() : forward(fresh);
}

// Root and targets last a year: then no station would take anything any more. Where their one key lies here,
// they get another year when half of it is over; where it lies elsewhere, its owner has to.
Status Vouching::renew_old() {
  const auto root = repository_->root();
  if (!root) return forward(root);
  const auto targets = repository_->targets();
  if (!targets) return forward(targets);
  const WallTime soon = clock_.wall() + kHalfLife;
  const std::pair<std::string, WallTime> kept[] = {{"root", root->common.expires},
                                                   {"targets", targets->common.expires}};
  for (const auto& [role, expires] : kept) {
    const auto keys = root->roles.find(role);
    std::error_code error;
    const bool is_ours = keys != root->roles.end() && keys->second.threshold == 1 &&
                         fs::exists(data_ / "keys" / cat(role, ".key"), error);
    if (!is_ours || expires > soon) continue;
    if (auto staged = repository_->renew(role, clock_.wall()); !staged) return staged;
    if (auto done = sign(role); !done) return done;
  }
  return {};
}

Status Vouching::keep_fresh() {
  const std::lock_guard lock(mutex_);
  const auto renewed = renew_old();
  const auto fresh = repository_->keep_fresh(*online_, clock_.wall());
  return fresh ? renewed : forward(fresh);
}

Result<ByteBuffer> Vouching::metadata(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return repository_->metadata(name);
}

Result<ByteBuffer> Vouching::target(const std::string& path) {
  if (!is_package_path(path)) return fail(ErrorKind::not_found, "there is no such target");
  return disk_.read(data_ / "tuf" / "targets" / path, kMostTarget);
}

}  // namespace oree::hub
