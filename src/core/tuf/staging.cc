// The offline roles: a change is staged, people sign it, and with the last signature it is published.
#include <algorithm>

#include "base/text.h"
#include "core/tuf/documents.h"
#include "core/tuf/metadata/bodies.h"
#include "core/tuf/metadata/paths.h"
#include "core/tuf/repository.h"
#include "core/tuf/trusted_set.h"

namespace oree::tuf {
namespace {

Status check_signers(const Signers& signers, std::string_view role) {
  if (signers.threshold < 1 || static_cast<size_t>(signers.threshold) > signers.keys.size())
    return fail(ErrorKind::invalid,
                cat(role, " has ", signers.keys.size(), " keys and a threshold of ", signers.threshold,
                    "; a threshold lies between 1 and the number of keys"));
  auto sorted = signers.keys;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end())
    return fail(ErrorKind::invalid, cat("a key stands twice among those of ", role));
  return {};
}

Result<RoleKeys> read_signers(const json::Value& root, std::string_view role) {
  const auto* roles = root.find("roles");
  const auto* found = roles == nullptr ? nullptr : roles->find(role);
  if (found == nullptr) return fail(ErrorKind::corrupt, cat("root.json has no role '", role, "'"));
  return read_role_keys(*found);
}

bool is_listed(const RoleKeys& role, const std::string& id) {
  return std::ranges::find(role.keyids, id) != role.keyids.end();
}

}  // namespace

Result<Repository> Repository::create(files::Disk& disk, std::filesystem::path folder,
                                      const NewRepository& plan, WallTime now, Lifetimes lifetimes) {
  for (const auto& [role, signers] : {std::pair{"root", &plan.root},
                                      {"targets", &plan.targets},
                                      {"snapshot", &plan.snapshot},
                                      {"timestamp", &plan.timestamp}}) {
    if (auto sound = check_signers(*signers, role); !sound) return forward(sound);
  }
  Repository repository(disk, std::move(folder), lifetimes);
  const auto published = repository.version(Root::kType);
  if (!published) return forward(published);
  if (*published > 0 || repository.staged(Root::kType))
    return fail(ErrorKind::conflict, cat(repository.folder_.string(), " holds a TUF repository already"));
  if (auto staged = repository.stage(Root::kType, root_body(plan), now); !staged) return forward(staged);
  if (auto staged = repository.stage(Targets::kType, targets_body(), now); !staged) return forward(staged);
  return repository;
}

// The signed part of what is staged, or else of what is published.
Result<json::Value> Repository::latest(std::string_view role) const {
  auto bytes = staged(role);
  if (!bytes) {
    const auto newest = version(role);
    if (!newest) return forward(newest);
    bytes = metadata(cat(*newest, ".", quote_name(role), ".json"));
  }
  if (!bytes) return forward(bytes);
  const auto envelope = json::parse(as_text(*bytes));
  if (!envelope) return forward(envelope, cat(role, ".json"));
  const auto* body = envelope->find("signed");
  if (body == nullptr) return fail(ErrorKind::corrupt, cat(role, ".json has no 'signed'"));
  return *body;
}

Status Repository::stage(std::string_view role, json::Value body, WallTime now) {
  const auto newest = version(role);
  if (!newest) return forward(newest);
  body.set("version", *newest + 1);
  body.set("expires", expiry_text(now + (role == Root::kType ? lifetimes_.root : lifetimes_.targets)));
  if (auto made = disk_->make_folder(folder_ / "staged"); !made) return made;
  const json::Value envelope = json::Object{{"signatures", json::Array{}}, {"signed", std::move(body)}};
  return disk_->write(folder_ / "staged" / cat(quote_name(role), ".json"), document_bytes(envelope));
}

Status Repository::add_targets(const std::vector<NewTarget>& targets, WallTime now) {
  std::map<std::string, json::Value> bodies;
  for (const auto& target : targets) {
    if (!bodies.contains(target.role)) {
      auto body = latest(target.role);
      if (!body) return forward(body, target.role);
      bodies.emplace(target.role, std::move(*body));
    }
    if (!is_clean_path(target.path) || target.file.hashes.empty())
      return fail(ErrorKind::invalid,
                  cat("'", target.path.substr(0, 120),
                      "' with its hash is no target; use a path like models/ducks/2.oci"));
    json::Value& body = bodies.find(target.role)->second;
    json::Value files = *body.find("targets");
    files.set(target.path, target_json(target.file));
    body.set("targets", std::move(files));
  }
  for (auto& [role, body] : bodies) {
    if (auto staged = stage(role, std::move(body), now); !staged) return staged;
  }
  return {};
}

Status Repository::remove_target(std::string_view role, std::string_view path, WallTime now) {
  auto body = latest(role);
  if (!body) return forward(body);
  json::Value files = *body->find("targets");
  if (files.object() == nullptr ||
      std::erase_if(*files.object(), [&](const auto& one) { return one.first == path; }) == 0)
    return fail(ErrorKind::not_found, cat(role, ".json has no target '", path, "'"));
  body->set("targets", std::move(files));
  return stage(role, std::move(*body), now);
}

Status Repository::delegate(const NewDelegation& delegation, WallTime now) {
  if (auto sound = check_signers(delegation.signers, delegation.name); !sound) return sound;
  if (delegation.name.empty() || quote_name(delegation.name) != delegation.name)
    return fail(ErrorKind::invalid, cat("'", delegation.name.substr(0, 80),
                                        "' cannot name a role; use letters, digits and _.-~"));
  auto body = latest(Targets::kType);
  if (!body) return forward(body);
  const auto* old = body->find("delegations");
  json::Value delegations =
      old == nullptr ? json::Value(json::Object{{"keys", json::Object{}}, {"roles", json::Array{}}}) : *old;
  if (delegations.find("roles") == nullptr)
    return fail(ErrorKind::unsupported, "targets.json has succinct roles, which other tools keep");
  json::Value keys = *delegations.find("keys");
  json::Value role = role_json(delegation.signers, keys);
  role.set("name", delegation.name);
  role.set("terminating", delegation.terminating);
  json::Array paths;
  for (const auto& path : delegation.paths) paths.emplace_back(path);
  role.set("paths", std::move(paths));
  json::Array roles = *delegations.find("roles")->array();
  const auto same = std::ranges::find_if(
      roles, [&](const json::Value& one) { return *one.find("name") == json::Value(delegation.name); });
  if (same == roles.end()) {
    roles.push_back(std::move(role));
  } else {
    *same = std::move(role);
  }
  json::Value listed = std::move(roles);
  drop_unused_keys(keys, listed);
  delegations.set("keys", std::move(keys));
  delegations.set("roles", std::move(listed));
  body->set("delegations", std::move(delegations));
  if (auto staged = stage(Targets::kType, std::move(*body), now); !staged) return staged;
  const auto exists = latest(delegation.name);
  if (exists) return {};
  return stage(delegation.name, targets_body(), now);
}

Status Repository::set_signers(std::string_view role, const Signers& signers, WallTime now) {
  if (auto sound = check_signers(signers, role); !sound) return sound;
  auto body = latest(Root::kType);
  if (!body) return forward(body);
  json::Value roles = *body->find("roles");
  if (roles.find(role) == nullptr)
    return fail(ErrorKind::invalid,
                cat("'", role, "' is no top-level role; delegate() sets those of others"));
  json::Value keys = *body->find("keys");
  roles.set(role, role_json(signers, keys));
  drop_unused_keys(keys, roles);
  body->set("keys", std::move(keys));
  body->set("roles", std::move(roles));
  if (auto staged = stage(Root::kType, std::move(*body), now); !staged) return staged;
  // Under that root nobody believes the old signatures of targets.json.
  return role == Targets::kType ? renew(role, now) : Status{};
}

Status Repository::renew(std::string_view role, WallTime now) {
  auto body = latest(role);
  if (!body) return forward(body);
  return stage(role, std::move(*body), now);
}

Status Repository::check_may_sign(std::string_view role, const std::string& id) const {
  if (role == Root::kType) {
    const auto bytes = staged(role);
    if (!bytes) return forward(bytes);
    const auto next = parse_metadata<Root>(*bytes);
    if (!next) return forward(next, "staged root.json");
    const auto before = root();
    if (is_listed(next->body.roles.find(role)->second, id)) return {};
    if (before && is_listed(before->roles.find(role)->second, id)) return {};
  } else if (role == Targets::kType) {
    const auto body = latest(Root::kType);  // whoever the next root names may sign ahead of it
    if (!body) return forward(body);
    const auto next = read_signers(*body, role);
    if (!next) return forward(next);
    const auto known = root();
    if (is_listed(*next, id) || (known && is_listed(known->roles.find(role)->second, id))) return {};
  } else {
    const auto body = latest(Targets::kType);
    if (!body) return forward(body);
    const json::Value envelope = json::Object{{"signatures", json::Array{}}, {"signed", *body}};
    const auto above = parse_metadata<Targets>(document_bytes(envelope));
    if (!above) return forward(above, "targets.json");
    const auto found = std::ranges::find(above->body.delegations, role, &Delegation::name);
    if (found != above->body.delegations.end() && is_listed(found->keys, id)) return {};
  }
  return fail(ErrorKind::denied, cat("key ", id, " has no say in ", role));
}

Result<bool> Repository::sign(std::string_view role, const crypto::SigningKey& key) {
  const auto path = folder_ / "staged" / cat(quote_name(role), ".json");
  const auto bytes = staged(role);
  if (!bytes && bytes.error().kind == ErrorKind::not_found)
    return fail(ErrorKind::not_found, cat("nothing of ", role, " waits for a signature"));
  if (!bytes) return forward(bytes);
  if (auto allowed = check_may_sign(role, key_id(key.public_key())); !allowed) return forward(allowed);
  auto envelope = json::parse(as_text(*bytes));
  if (!envelope) return forward(envelope, path.string());
  if (auto added = add_signature(*envelope, key); !added) return forward(added);
  const ByteBuffer with_one_more = document_bytes(*envelope);
  if (auto kept = disk_->write(path, with_one_more); !kept) return forward(kept);
  const auto published = publish_staged(role);
  if (!published || !*published || role != Root::kType) return published;
  // What was signed ahead of this root counts from now on.
  const auto ahead = publish_staged(Targets::kType);
  return ahead ? Result<bool>(true) : forward(ahead);
}

Result<bool> Repository::publish_staged(std::string_view role) {
  const auto bytes = staged(role);
  if (!bytes) return bytes.error().kind == ErrorKind::not_found ? Result<bool>(false) : forward(bytes);
  const auto published = publish(role, *bytes);
  if (published) {
    if (auto removed = disk_->remove(folder_ / "staged" / cat(quote_name(role), ".json")); !removed)
      return forward(removed);
    return true;
  }
  // Too few signatures yet, or the role above waits itself: that is what staging is for.
  if (published.error().kind == ErrorKind::denied || published.error().kind == ErrorKind::conflict)
    return false;
  return forward(published);
}

}  // namespace oree::tuf
