// Which versions of a model should serve, and what to do next so that they do. Pure and stateless: the same
// snapshot gives the same actions, and doing them all leads to a snapshot that gives none.
//
// A new version is loaded before an old one goes; while one that should serve has failed, the newest that
// still serves stays. After TensorFlow Serving's aspired versions (OSDI workshops 2017,
// https://arxiv.org/abs/1712.06139).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/modelconfig/model_config.h"

namespace oree::modelconfig {

// Of the versions on disk, those that the policy wants, ascending.
std::vector<uint64_t> aspired_versions(const std::optional<VersionPolicy>& policy,
                                       std::span<const uint64_t> on_disk);

enum class VersionState { absent, loading, ready, unloading, failed };

struct VersionView {
  uint64_t number = 0;
  bool on_disk = false;
  VersionState state = VersionState::absent;
  bool changed = false;  // what lies on disk is not what was loaded or tried
  bool serves = false;   // failed: what was loaded before still serves
};

struct ModelView {
  bool wanted = false;  // somebody asked for the model to serve
  std::optional<VersionPolicy> policy;
  std::vector<VersionView> versions;
};

struct Action {
  enum class Kind { load, unload } kind = Kind::load;
  uint64_t version = 0;
  bool operator==(const Action&) const = default;
};

std::vector<Action> next_actions(const ModelView& model);

}  // namespace oree::modelconfig
