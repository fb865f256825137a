// What is published: reading it, accepting it, and the online roles. staging.cc has the offline ones.
#include "core/tuf/repository.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "core/tuf/documents.h"
#include "core/tuf/metadata/bodies.h"
#include "core/tuf/metadata/paths.h"
#include "core/tuf/trusted_set.h"

namespace oree::tuf {
namespace {

constexpr size_t kKeptSnapshots = 16;  // for clients that are in between

std::string versioned(std::string_view role, int64_t version) {
  return cat(version, ".", quote_name(role), ".json");
}

// "12.<name>.json" → 12
std::optional<int64_t> version_in(std::string_view file, std::string_view role_json) {
  const size_t dot = file.find('.');
  if (dot == std::string_view::npos || file.substr(dot + 1) != role_json) return std::nullopt;
  return parse_number<int64_t>(file.substr(0, dot));
}

Status sign_checked(json::Value& envelope, const crypto::SigningKey& key, const Root& root,
                    std::string_view role) {
  const auto& signers = root.roles.find(role)->second;
  if (std::ranges::find(signers.keyids, key_id(key.public_key())) == signers.keyids.end())
    return fail(ErrorKind::denied, cat("the key has no say in ", role, "; root.json names others"));
  if (signers.threshold > 1)
    return fail(ErrorKind::unsupported,
                cat(role, " needs ", signers.threshold, " signatures; online roles are signed by one key"));
  return add_signature(envelope, key);
}

json::Value dated(json::Value body, int64_t version, WallTime expires) {
  body.set("version", version);
  body.set("expires", expiry_text(expires));
  return json::Object{{"signatures", json::Array{}}, {"signed", std::move(body)}};
}

bool is_half_over(WallTime expires, std::chrono::hours lifetime, WallTime now) {
  return now + lifetime / 2 >= expires;
}

template <class T>
bool is_signed(const Result<Envelope<T>>& envelope, const Root& root) {
  return envelope && check_signatures(root.roles.find(T::kType)->second, root.keys, envelope->signatures,
                                      as_bytes(envelope->signed_bytes), T::kType);
}

bool is_same(const MetaFiles& a, const MetaFiles& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.version == y.second.version && x.second.hashes == y.second.hashes;
  });
}

}  // namespace

Result<Repository> Repository::open(files::Disk& disk, std::filesystem::path folder, Lifetimes lifetimes) {
  Repository repository(disk, std::move(folder), lifetimes);
  const auto published = repository.version("root");
  if (!published) return forward(published);
  if (*published == 0 && !repository.staged("root"))
    return fail(ErrorKind::not_found, cat(repository.folder_.string(),
                                          " holds no TUF repository; make one with 'oree tuf repo new'"));
  return repository;
}

Result<int64_t> Repository::version(std::string_view role) const {
  if (role == Timestamp::kType) {
    const auto bytes = metadata("timestamp.json");
    if (!bytes) return bytes.error().kind == ErrorKind::not_found ? Result<int64_t>(0) : forward(bytes);
    const auto known = parse_metadata<Timestamp>(*bytes);
    if (!known) return forward(known, "timestamp.json");
    return known->body.common.version;
  }
  const auto names = disk_->list(folder_ / "metadata");
  if (!names) return names.error().kind == ErrorKind::not_found ? Result<int64_t>(0) : forward(names);
  const std::string wanted = cat(quote_name(role), ".json");
  int64_t newest = 0;
  for (const auto& name : *names) newest = std::max(newest, version_in(name.string(), wanted).value_or(0));
  return newest;
}

Result<ByteBuffer> Repository::metadata(std::string_view name) const {
  if (name.empty() || name.contains('/') || !name.ends_with(".json"))
    return fail(ErrorKind::not_found, cat("'", name.substr(0, 120), "' is no metadata file"));
  return disk_->read(folder_ / "metadata" / name, kMaxDocument);
}

Result<ByteBuffer> Repository::staged(std::string_view role) const {
  return disk_->read(folder_ / "staged" / cat(quote_name(role), ".json"), kMaxDocument);
}

Result<Root> Repository::root() const {
  const auto newest = version(Root::kType);
  if (!newest) return forward(newest);
  const auto bytes = metadata(versioned(Root::kType, *newest));
  if (!bytes && bytes.error().kind == ErrorKind::not_found)
    return fail(ErrorKind::conflict, "the first root.json waits for signatures; sign it first");
  if (!bytes) return forward(bytes);
  auto envelope = parse_metadata<Root>(*bytes);
  if (!envelope) return forward(envelope, "root.json");
  return std::move(envelope->body);
}

Result<Targets> Repository::targets(std::string_view role) const {
  const auto newest = version(role);
  if (!newest) return forward(newest);
  const auto bytes = metadata(versioned(role, *newest));
  if (!bytes) return forward(bytes);
  auto envelope = parse_metadata<Targets>(*bytes);
  if (!envelope) return forward(envelope, cat(role, ".json"));
  return std::move(envelope->body);
}

std::filesystem::path Repository::target_file(const std::string& path, const TargetFile& file) const {
  return folder_ / "targets" / prefixed_path(path, file);
}

Status Repository::write_published(std::string_view role, int64_t version, ByteView bytes) {
  if (auto made = disk_->make_folder(folder_ / "metadata"); !made) return made;
  return disk_->write(
      folder_ / "metadata" /
          (role == Timestamp::kType ? std::string("timestamp.json") : versioned(role, version)),
      bytes);
}

Status Repository::publish(std::string_view role, ByteView bytes) {
  const auto newest = version(role);
  if (!newest) return forward(newest);
  if (role == Root::kType) {
    const auto known = metadata(versioned(role, *newest));
    auto set = TrustedSet::start(known ? ByteView(*known) : bytes, {});
    if (!set) return forward(set);
    if (known) {
      if (auto follows = set->update_root(bytes); !follows) return follows;
    } else if (set->root().common.version != 1) {
      return fail(ErrorKind::conflict, "the first root.json of a repository is version 1");
    }
    return write_published(role, *newest + 1, bytes);
  }
  if (role == Snapshot::kType || role == Timestamp::kType)
    return fail(ErrorKind::invalid, cat(role, " is made here, by keep_fresh()"));
  const auto fresh = parse_metadata<Targets>(bytes);
  if (!fresh) return forward(fresh, cat(role, ".json"));
  if (auto allowed = check_targets(role, *fresh); !allowed) return allowed;
  if (fresh->body.common.version != *newest + 1)
    return fail(ErrorKind::conflict, cat(role, ".json is version ", fresh->body.common.version, " where ",
                                         *newest + 1, " comes next"));
  return write_published(role, *newest + 1, bytes);
}

Status Repository::check_targets(std::string_view role, const Envelope<Targets>& envelope) const {
  if (role == Targets::kType) {
    const auto known = root();
    if (!known) return forward(known);
    return check_signatures(known->roles.find(role)->second, known->keys, envelope.signatures,
                            as_bytes(envelope.signed_bytes), role);
  }
  const auto above = targets();
  if (!above) return forward(above);
  const auto found = std::ranges::find(above->delegations, role, &Delegation::name);
  if (found == above->delegations.end())
    return fail(ErrorKind::conflict,
                cat("the published targets.json does not delegate to '", role, "'; sign that first"));
  return check_signatures(found->keys, above->keys, envelope.signatures, as_bytes(envelope.signed_bytes),
                          role);
}

// What a new snapshot lists: every role's newest version. While targets.json delegates to a role that is not
// there yet, clients keep the targets.json they have.
Result<json::Value> Repository::current_meta(const MetaFiles& before) const {
  json::Value meta = json::Object{};
  const auto above = targets();
  if (!above) return forward(above);
  std::vector<std::string> roles{std::string(Targets::kType)};
  for (const auto& one : above->delegations) roles.push_back(one.name);
  bool complete = true;
  for (const auto& role : roles) {
    const auto newest = version(role);
    if (!newest) return forward(newest);
    complete = complete && *newest > 0;
  }
  for (const auto& role : roles) {
    const std::string file = cat(role, ".json");
    const auto known = before.find(file);
    auto wanted = version(role);
    if (!wanted) return forward(wanted);
    if (!complete && role == Targets::kType && known != before.end()) *wanted = known->second.version;
    if (*wanted == 0) continue;
    const auto bytes = metadata(versioned(role, *wanted));
    if (!bytes) return forward(bytes);
    meta.set(file, metafile_json(*wanted, *bytes));
  }
  for (const auto& [file, entry] : before) {  // what was listed once stays listed: clients insist
    if (meta.find(file) != nullptr) continue;
    json::Object kept{{"version", entry.version}};
    if (entry.length) kept.emplace_back("length", *entry.length);
    json::Object hashes;
    for (const auto& [algorithm, hash] : entry.hashes) hashes.emplace_back(algorithm, hash);
    if (!hashes.empty()) kept.emplace_back("hashes", std::move(hashes));
    meta.set(file, std::move(kept));
  }
  return meta;
}

Result<Envelope<Snapshot>> Repository::newest_snapshot() const {
  const auto newest = version(Snapshot::kType);
  if (!newest) return forward(newest);
  const auto bytes = metadata(versioned(Snapshot::kType, *newest));
  if (!bytes) return forward(bytes);
  return parse_metadata<Snapshot>(*bytes);
}

Status Repository::publish_snapshot(const crypto::SigningKey& key, WallTime now) {
  const auto known = root();
  if (!known) return forward(known);
  const auto before = newest_snapshot();
  if (!before && before.error().kind != ErrorKind::not_found) return forward(before);
  auto meta = current_meta(before ? before->body.meta : MetaFiles{});
  if (!meta) return forward(meta);
  const int64_t next = before ? before->body.common.version + 1 : 1;
  json::Value body = new_body(Snapshot::kType);
  body.set("meta", std::move(*meta));
  json::Value envelope = dated(std::move(body), next, now + lifetimes_.snapshot);
  if (auto made = sign_checked(envelope, key, *known, Snapshot::kType); !made) return made;
  if (auto written = write_published(Snapshot::kType, next, document_bytes(envelope)); !written)
    return written;
  const int64_t old = next - static_cast<int64_t>(kKeptSnapshots);
  if (old > 0) std::ignore = disk_->remove(folder_ / "metadata" / versioned(Snapshot::kType, old));
  return {};
}

Status Repository::publish_timestamp(const crypto::SigningKey& key, WallTime now) {
  const auto known = root();
  if (!known) return forward(known);
  const auto snapshot = version(Snapshot::kType);
  if (!snapshot) return forward(snapshot);
  const auto bytes = metadata(versioned(Snapshot::kType, *snapshot));
  if (!bytes) return forward(bytes, "a timestamp needs a snapshot first");
  const auto before = version(Timestamp::kType);
  if (!before) return forward(before);
  json::Value body = new_body(Timestamp::kType);
  body.set("meta", json::Object{{"snapshot.json", metafile_json(*snapshot, *bytes)}});
  json::Value envelope = dated(std::move(body), *before + 1, now + lifetimes_.timestamp);
  if (auto made = sign_checked(envelope, key, *known, Timestamp::kType); !made) return made;
  return write_published(Timestamp::kType, *before + 1, document_bytes(envelope));
}

Result<bool> Repository::needs_new_snapshot(const Root& root, WallTime now) const {
  const auto envelope = newest_snapshot();
  if (!is_signed(envelope, root)) return true;
  const auto meta = current_meta(envelope->body.meta);
  if (!meta) return forward(meta);
  Snapshot wanted;
  if (auto read = read_meta(*meta, wanted.meta); !read) return forward(read);
  return !is_same(wanted.meta, envelope->body.meta) ||
         is_half_over(envelope->body.common.expires, lifetimes_.snapshot, now);
}

Result<bool> Repository::needs_new_timestamp(const Root& root, WallTime now) const {
  const auto bytes = metadata("timestamp.json");
  if (!bytes) return bytes.error().kind == ErrorKind::not_found ? Result<bool>(true) : forward(bytes);
  const auto envelope = parse_metadata<Timestamp>(*bytes);
  if (!is_signed(envelope, root)) return true;
  const auto snapshot = version(Snapshot::kType);
  if (!snapshot) return forward(snapshot);
  return envelope->body.snapshot.version != *snapshot ||
         is_half_over(envelope->body.common.expires, lifetimes_.timestamp, now);
}

Result<bool> Repository::keep_fresh(const OnlineKeys& keys, WallTime now) {
  const auto known = root();
  if (!known) return forward(known);
  const auto new_snapshot = needs_new_snapshot(*known, now);
  if (!new_snapshot) return new_snapshot;
  if (*new_snapshot) {
    if (auto made = publish_snapshot(keys.snapshot, now); !made) return forward(made);
  }
  const auto new_timestamp = needs_new_timestamp(*known, now);
  if (!new_timestamp) return new_timestamp;
  if (*new_timestamp) {
    if (auto made = publish_timestamp(keys.timestamp, now); !made) return forward(made);
  }
  return *new_snapshot || *new_timestamp;
}

}  // namespace oree::tuf
