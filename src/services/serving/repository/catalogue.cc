#include "services/serving/repository/catalogue.h"

#include <algorithm>
#include <ranges>

#include "base/text.h"

namespace oree::serving {

std::string_view state_name(ModelState state) {
  switch (state) {
    case ModelState::ready:
      return "READY";
    case ModelState::loading:
      return "LOADING";
    case ModelState::unloading:
      return "UNLOADING";
    case ModelState::not_loaded:
    case ModelState::unavailable:
      break;
  }
  return "UNAVAILABLE";
}

uint64_t KnownModel::mark_of(uint64_t version) const {
  const auto at = folder->versions.find(version);
  const uint64_t files = at == folder->versions.end() ? 0 : at->second.mark;
  return files ^ (folder->mark * 3) ^ (configuration * 5);
}

bool KnownModel::has_changed(uint64_t version) const {
  const KnownVersion& known = versions.at(version);
  return known.tried && known.on_disk && known.tried_mark != mark_of(version);
}

void KnownModel::look_again(modelconfig::ModelFolder seen) {
  for (auto& [number, version] : versions) version.on_disk = seen.versions.contains(number);
  for (const auto& [number, version] : seen.versions) versions[number].on_disk = true;
  std::erase_if(versions, [](const auto& entry) {
    const KnownVersion& version = entry.second;
    return !version.on_disk && !version.model && version.state != ModelState::loading;
  });
  folder = std::make_shared<const modelconfig::ModelFolder>(std::move(seen));
}

modelconfig::ModelView KnownModel::view() const {
  using modelconfig::VersionState;
  modelconfig::ModelView view{wanted, folder->config.version_policy, {}};
  for (const auto& [number, version] : versions) {
    VersionState state = VersionState::absent;
    if (version.state == ModelState::loading) {
      state = VersionState::loading;
    } else if (version.failed) {
      state = VersionState::failed;
    } else if (version.model || version.resting) {
      state = VersionState::ready;
    }
    view.versions.push_back({number, version.on_disk, state, has_changed(number), version.model != nullptr});
  }
  return view;
}

ReadyModel KnownModel::ready(bool on_demand) const {
  ReadyModel ready;
  for (const auto& [number, version] : versions) {
    if (version.model && version.model->served) {
      ready.versions.push_back({number, cat(number), version.model->served, version.used});
    }
  }
  // The highest that serves; but what would be loaded first comes before it.
  for (const auto& [number, version] : versions | std::views::reverse) {
    if (version.model && version.model->served) {
      ready.newest = static_cast<int>(std::ranges::find(ready.versions, number, &ReadyVersion::number) -
                                      ready.versions.begin());
      break;
    }
    if (version.resting || (on_demand && version.state != ModelState::unavailable)) break;
  }
  return ready;
}

std::vector<uint64_t> KnownModel::aspired() const {
  std::vector<uint64_t> on_disk;
  for (const auto& [number, version] : versions) {
    if (version.on_disk) on_disk.push_back(number);
  }
  return modelconfig::aspired_versions(folder->config.version_policy, on_disk);
}

std::vector<std::string> KnownModel::steps() const {
  std::vector<std::string> names;
  if (!folder->config.ensemble_scheduling) return names;
  for (const modelconfig::EnsembleStep& step : folder->config.ensemble_scheduling->step) {
    if (std::ranges::find(names, step.model_name) == names.end()) names.push_back(step.model_name);
  }
  return names;
}

}  // namespace oree::serving
