#include "core/modelconfig/repository/aspired.h"

#include <algorithm>

namespace oree::modelconfig {

std::vector<uint64_t> aspired_versions(const std::optional<VersionPolicy>& policy,
                                       std::span<const uint64_t> on_disk) {
  std::vector<uint64_t> versions(on_disk.begin(), on_disk.end());
  std::ranges::sort(versions);
  if (policy && policy->all) return versions;
  if (policy && policy->specific) {
    std::erase_if(versions, [&](uint64_t version) {
      return std::ranges::find(policy->specific->versions, static_cast<int64_t>(version)) ==
             policy->specific->versions.end();
    });
    return versions;
  }
  const size_t wanted =
      policy && policy->latest && policy->latest->num_versions > 0 ? policy->latest->num_versions : 1;
  if (versions.size() > wanted)
    versions.erase(versions.begin(), versions.end() - static_cast<ptrdiff_t>(wanted));
  return versions;
}

std::vector<Action> next_actions(const ModelView& model) {
  std::vector<uint64_t> on_disk;
  for (const VersionView& version : model.versions) {
    if (version.on_disk) on_disk.push_back(version.number);
  }
  const std::vector<uint64_t> aspired =
      model.wanted ? aspired_versions(model.policy, on_disk) : std::vector<uint64_t>{};
  const auto is_aspired = [&](uint64_t number) {
    return std::ranges::find(aspired, number) != aspired.end();
  };

  std::vector<Action> actions;
  bool settling = false, failing = false;
  for (const VersionView& version : model.versions) {
    if (!is_aspired(version.number)) continue;
    const bool settled = version.state == VersionState::ready || version.state == VersionState::failed;
    if (version.state == VersionState::absent || (settled && version.changed)) {
      actions.push_back({Action::Kind::load, version.number});
    }
    settling = settling || !settled || version.changed;
    failing = failing || version.state == VersionState::failed;
  }
  if (settling) return actions;

  // Everything that should serve does, or has failed.
  const auto serves = [](const VersionView& version) {
    return version.state == VersionState::ready || (version.state == VersionState::failed && version.serves);
  };
  uint64_t stays = 0;
  for (const VersionView& version : model.versions) {
    if (failing && serves(version)) stays = std::max(stays, version.number);
  }
  for (const VersionView& version : model.versions) {
    if (!serves(version) || is_aspired(version.number) || version.number == stays) continue;
    actions.push_back({Action::Kind::unload, version.number});
  }
  return actions;
}

}  // namespace oree::modelconfig
