// targets.json and the delegated roles: files, and who else may speak of which paths.
#include <set>

#include "core/tuf/metadata/bodies.h"
#include "core/tuf/metadata/fields.h"

namespace oree::tuf {
namespace {

bool is_reserved(std::string_view name) {
  return name.empty() || name == "root" || name == "timestamp" || name == "snapshot" || name == "targets";
}

Result<TargetFile> read_target(const json::Value& value) {
  TargetFile file;
  const auto length = number_of(value.find("length"), "length", 0);
  if (!length) return forward(length);
  file.length = static_cast<uint64_t>(*length);
  auto hashes = read_hashes(value.find("hashes"));
  if (!hashes) return forward(hashes);
  file.hashes = std::move(*hashes);
  if (const auto* custom = value.find("custom")) file.custom = *custom;
  return file;
}

Status read_reach(const json::Value& value, Delegation& out) {
  const auto* paths = value.find("paths");
  const auto* prefixes = value.find("path_hash_prefixes");
  if ((paths == nullptr) == (prefixes == nullptr))
    return fail(ErrorKind::invalid, "a delegation needs either 'paths' or 'path_hash_prefixes'");
  auto read =
      texts_of(paths != nullptr ? paths : prefixes, paths != nullptr ? "paths" : "path_hash_prefixes");
  if (!read) return forward(read);
  (paths != nullptr ? out.paths : out.path_hash_prefixes) = std::move(*read);
  return {};
}

Result<Delegation> read_delegation(const json::Value& value) {
  Delegation out;
  auto name = text_of(value.find("name"), "name");
  if (!name) return forward(name);
  out.name = std::move(*name);
  if (is_reserved(out.name)) return bad_field("name", "other than a top-level role's, and not empty");
  auto keys = read_role_keys(value);
  if (!keys) return forward(keys, out.name.substr(0, 120));
  out.keys = std::move(*keys);
  const auto* terminating = value.find("terminating");
  if (terminating == nullptr || terminating->boolean() == nullptr)
    return bad_field("terminating", "true or false");
  out.terminating = *terminating->boolean();
  if (auto reach = read_reach(value, out); !reach) return forward(reach, out.name.substr(0, 120));
  return out;
}

Result<SuccinctRoles> read_bins(const json::Value& value) {
  if (const auto object = object_of(&value, "succinct_roles"); !object) return forward(object);
  SuccinctRoles out;
  auto keys = read_role_keys(value);
  if (!keys) return forward(keys, "succinct_roles");
  out.keys = std::move(*keys);
  const auto bits = number_of(value.find("bit_length"), "bit_length", 1);
  if (!bits) return forward(bits);
  if (*bits > 32) return bad_field("bit_length", "from 1 to 32");
  out.bits = static_cast<int>(*bits);
  auto prefix = text_of(value.find("name_prefix"), "name_prefix");
  if (!prefix) return forward(prefix);
  out.prefix = std::move(*prefix);
  return out;
}

Status read_delegations(const json::Value& value, Targets& targets) {
  if (const auto object = object_of(&value, "delegations"); !object) return forward(object);
  auto keys = read_keys(value.find("keys"));
  if (!keys) return forward(keys);
  targets.keys = std::move(*keys);
  if (const auto* bins = value.find("succinct_roles")) {
    if (value.find("roles") != nullptr)
      return fail(ErrorKind::invalid, "delegations have either 'roles' or 'succinct_roles'");
    auto read = read_bins(*bins);
    if (!read) return forward(read);
    targets.bins = std::move(*read);
    return {};
  }
  const auto roles = array_of(value.find("roles"), "roles");
  if (!roles) return forward(roles);
  std::set<std::string> names;
  for (const auto& item : **roles) {
    auto delegation = read_delegation(item);
    if (!delegation) return forward(delegation);
    if (!names.insert(delegation->name).second)
      return fail(ErrorKind::invalid,
                  cat("role '", delegation->name.substr(0, 80), "' is delegated to twice"));
    targets.delegations.push_back(std::move(*delegation));
  }
  return {};
}

}  // namespace

Status read_body(const json::Value& value, Targets& targets) {
  const auto files = object_of(value.find("targets"), "targets");
  if (!files) return forward(files);
  for (const auto& [path, item] : **files) {
    auto file = read_target(item);
    if (!file) return forward(file, path.substr(0, 120));
    targets.targets[path] = std::move(*file);
  }
  const auto* delegations = value.find("delegations");
  return delegations == nullptr ? Status{} : read_delegations(*delegations, targets);
}

}  // namespace oree::tuf
