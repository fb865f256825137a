#include "core/modelconfig/repository/aspired.h"

#include <doctest/doctest.h>

#include "core/modelconfig/parse.h"

namespace oree::modelconfig {
namespace {

std::optional<VersionPolicy> policy(std::string_view text) {
  return parse_config(text)->version_policy;
}

constexpr auto kAbsent = VersionState::absent;
constexpr auto kLoading = VersionState::loading;
constexpr auto kReady = VersionState::ready;
constexpr auto kFailed = VersionState::failed;

Action load(uint64_t version) {
  return {Action::Kind::load, version};
}
Action unload(uint64_t version) {
  return {Action::Kind::unload, version};
}

TEST_CASE("APolicyChoosesFromWhatLiesOnDisk") {
  using Versions = std::vector<uint64_t>;
  const Versions there{3, 1, 10};
  CHECK(aspired_versions({}, there) == Versions{10});
  CHECK(aspired_versions(policy("version_policy { latest { } }"), there) == Versions{10});
  CHECK(aspired_versions(policy("version_policy { latest { num_versions: 2 } }"), there) == Versions{3, 10});
  CHECK(aspired_versions(policy("version_policy { latest { num_versions: 9 } }"), there) ==
        Versions{1, 3, 10});
  CHECK(aspired_versions(policy("version_policy { all { } }"), there) == Versions{1, 3, 10});
  CHECK(aspired_versions(policy("version_policy { specific { versions: [1, 2] } }"), there) == Versions{1});
  CHECK(aspired_versions({}, {}).empty());
}

struct Row {
  const char* what;
  bool wanted;
  std::vector<VersionView> versions;
  std::vector<Action> actions;
};

TEST_CASE("EachSnapshotHasItsNextActions") {
  const Row rows[] = {
      {"nothing is wanted, nothing is done", false, {{1, true, kAbsent}}, {}},
      {"the newest is loaded", true, {{1, true, kAbsent}, {2, true, kAbsent}}, {load(2)}},
      {"while it loads, all stays", true, {{1, true, kReady}, {2, true, kLoading}}, {}},
      {"a new one is loaded before the old one goes",
       true,
       {{1, true, kReady}, {2, true, kAbsent}},
       {load(2)}},
      {"when it is ready, the old one goes", true, {{1, true, kReady}, {2, true, kReady}}, {unload(1)}},
      {"when it failed, the old one stays", true, {{1, true, kReady}, {2, true, kFailed}}, {}},
      {"what serves on after its reload failed goes like any other",
       false,
       {{1, true, kFailed, false, true}},
       {unload(1)}},
      {"and only the newest of the old ones",
       true,
       {{1, true, kReady}, {2, true, kReady}, {3, true, kFailed}},
       {unload(1)}},
      {"a failed one is tried again when it changed", true, {{2, true, kFailed, true}}, {load(2)}},
      {"a changed one is loaded again", true, {{2, true, kReady, true}}, {load(2)}},
      {"a version that is gone goes", true, {{1, true, kReady}, {2, false, kReady}}, {unload(2)}},
      {"but not before its successor serves", true, {{1, true, kAbsent}, {2, false, kReady}}, {load(1)}},
      {"a model that nobody wants goes whole",
       false,
       {{1, true, kReady}, {2, true, kReady}},
       {unload(1), unload(2)}},
      {"a model without folders goes", true, {{1, false, kReady}}, {unload(1)}},
      {"what is as it should be stays", true, {{1, true, kAbsent}, {2, true, kReady}}, {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(next_actions({row.wanted, {}, row.versions}) == row.actions);
  }
}

// Whatever state a model is in, doing what is said, with any outcome, ends.
TEST_CASE("DoingTheActionsComesToAnEnd") {
  for (uint32_t seed = 0; seed < 4096; ++seed) {
    ModelView model{(seed & 1) != 0, policy(seed & 2 ? "version_policy { all { } }" : ""), {}};
    constexpr VersionState kStates[] = {kAbsent, kReady, kFailed, kAbsent};
    for (uint64_t i = 0; i < 3; ++i) {
      const uint32_t bits = seed >> (2 + 3 * i);
      model.versions.push_back(
          {i + 1, (bits & 4) != 0, kStates[bits & 3], (bits & 3) != 0 && (seed & 2048) != 0});
    }
    int steps = 0;
    for (std::vector<Action> actions = next_actions(model); !actions.empty(); actions = next_actions(model)) {
      REQUIRE(++steps < 8);
      for (const Action& action : actions) {
        VersionView& version = model.versions[action.version - 1];
        if (action.kind == Action::Kind::unload) {
          version.state = kAbsent;
        } else {
          version.state = (seed >> action.version) & 1 ? kReady : kFailed;
        }
        version.changed = false;
      }
    }
  }
}

}  // namespace
}  // namespace oree::modelconfig
