// One thing that is updated, a model, the station's configuration or its deployment manifest, as a value:
// what serves, what would serve instead, what is on its way, and what is known to be bad. Every change is a
// pure function; slot_store.h makes it durable before anything follows from it.
//
//   settled ─offer→ downloading ─fetched→ installing ─installed→ shadow ─shadowed→ trial ─proven→ watch
//   ─watched→ settled
//                      └──────────── reject: settled, `failed` ──────────┘    └─ reject: settled,
//                      `rolled_back` ─┘
//
// Until `proven` the old package stays `current`, so that a roll-back changes nothing but a note. A new one
// serves from `trial` on (at_work()). `started()` is the boot counter: a package that was being loaded,
// shadowed, tried or watched when the process ended, three times, is taken for what ended it (RAUC's rule:
// the counter goes up before, only a proof resets it). A package that was refused for its own fault is
// remembered and never tried again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oree::deployment {

// `deployment`: the manifest that says which modules run beside the station.
enum class UnitKind { model, configuration, deployment };
std::string_view kind_name(UnitKind kind);
enum class Phase { settled, downloading, installing, shadow, trial, watch };
std::string_view phase_name(Phase phase);

inline constexpr int kMaxStarts = 3;
inline constexpr size_t kMaxBad = 256;  // the oldest is forgotten

struct PackageRef {
  std::string version;
  std::string digest;  // of package.json, 64 hex digits
  uint64_t release = 0;
  std::string name;  // of what each station has one; a model's is its unit's
  bool operator==(const PackageRef&) const = default;
};

// How a new version answers a sample beside the old one before anybody gets its answers.
struct ShadowPlan {
  double percent = 10;  // of requests
  int requests = 50;    // how many are enough
  int at_most_s = 600;  // with fewer than these it is decided on what there is
  double agreement = 0.95;
  bool operator==(const ShadowPlan&) const = default;
};

// What the station looks at by itself once the new version serves.
struct WatchPlan {
  int for_s = 600;
  double errors = 0.02;  // share of requests
  double p95_ratio = 1.5;
  double drift = 0.15;  // Wasserstein distance
  bool operator==(const WatchPlan&) const = default;
};

// What shall serve, as the hub says it.
struct Wish {
  PackageRef package;
  std::string rollout;
  std::string target;  // TUF path of package.json
  uint64_t bytes = 0;  // of package.json
  std::optional<ShadowPlan> shadow;
  std::optional<WatchPlan> watch;
  bool operator==(const Wish&) const = default;
};

struct Refusal {
  std::string code;  // download digest size signature tuf hardware full load self_test shadow crash errors
                     // latency drift told known_bad aborted
  std::string message;
  bool operator==(const Refusal&) const = default;
};

struct BadPackage {
  std::string digest;
  Refusal why;
  bool operator==(const BadPackage&) const = default;
};

// How the last wish ended.
struct Outcome {
  enum class Kind { healthy, failed, rolled_back };
  Kind kind = Kind::healthy;
  PackageRef package;
  std::string rollout;
  Refusal why;  // unless healthy
  bool operator==(const Outcome&) const = default;
};

struct Unit {
  UnitKind kind = UnitKind::model;
  std::string name;                     // "" for what each station has one
  std::optional<PackageRef> current;    // none: what the station brought itself
  std::optional<PackageRef> last_good;  // what served before `current`; none: what the station brought itself
  std::optional<Wish> wish;             // on its way, or being watched
  Phase phase = Phase::settled;
  int starts = 0;  // of the process while this package was at risk
  uint64_t highest_release = 0;
  std::vector<BadPackage> bad;  // oldest first
  std::optional<Outcome> last;
  bool operator==(const Unit&) const = default;

  // What serves now; nullopt: what the station brought itself.
  std::optional<PackageRef> at_work() const;
  const BadPackage* find_bad(std::string_view digest) const;
};

// A new wish. The same one again, one that serves already and one that failed for this roll-out before change
// nothing more than the outcome; a known bad one fails at once (`known_bad`); one on its way to another
// package is given up (before `trial`) or taken back.
Unit offer(Unit unit, const Wish& wish);
// The hub wants nothing (more) of this unit: what is not proven yet is given up.
Unit withdraw(Unit unit);
// This package is not to run: the hub says so (`told`), or it was noted before. Known for good, and never
// stood on again.
Unit condemn(Unit unit, const std::string& digest,
             const Refusal& why = {"told", "the hub says that it must not run"});
// The process has started.
Unit started(Unit unit);
// The step of this phase succeeded; a phase without anything to do is passed over.
Unit succeed(Unit unit);
// What was fetched is not whole any more: back to `downloading`.
Unit again(Unit unit);
// The step of this phase failed. Codes that are the package's own fault make it bad. In `settled` it is
// `current` that turned out to be damaged.
Unit reject(Unit unit, Refusal why);
bool is_packages_fault(std::string_view code);

}  // namespace oree::deployment
