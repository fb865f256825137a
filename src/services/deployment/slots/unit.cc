#include "services/deployment/slots/unit.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace oree::deployment {
namespace {

void remember_bad(Unit& unit, const std::string& digest, const Refusal& why) {
  if (unit.last_good && unit.last_good->digest == digest) unit.last_good.reset();  // no way back
  if (unit.find_bad(digest) != nullptr) return;
  if (unit.bad.size() == kMaxBad) unit.bad.erase(unit.bad.begin());
  unit.bad.push_back({digest, why});
}

void settle(Unit& unit) {
  unit.wish.reset();
  unit.phase = Phase::settled;
  unit.starts = 0;
}

// From `current` to what served before it.
void fall_back(Unit& unit) {
  unit.current = std::exchange(unit.last_good, std::nullopt);
}

bool is_known_good(const Unit& unit) {
  return unit.wish && unit.last_good && unit.last_good->digest == unit.wish->package.digest;
}

Outcome outcome_of(const Unit& unit, Outcome::Kind kind, Refusal why = {}) {
  Outcome outcome{.kind = kind, .why = std::move(why)};
  if (unit.wish) {
    outcome.package = unit.wish->package;
    outcome.rollout = unit.wish->rollout;
  } else if (unit.current) {
    outcome.package = *unit.current;
    if (unit.last) outcome.rollout = unit.last->rollout;
  }
  return outcome;
}

void commit(Unit& unit) {
  const PackageRef& package = unit.wish->package;
  unit.last_good = std::exchange(unit.current, package);
  unit.highest_release = std::max(unit.highest_release, package.release);
  unit.last = outcome_of(unit, Outcome::Kind::healthy);
  unit.starts = 0;
}

// What has not been proven yet is given up without being bad.
void give_up(Unit& unit, std::string_view message) {
  if (unit.phase == Phase::settled || unit.phase == Phase::watch) {
    settle(unit);
    return;
  }
  const bool served = unit.phase == Phase::trial;
  unit.last = outcome_of(unit, served ? Outcome::Kind::rolled_back : Outcome::Kind::failed,
                         {"aborted", std::string(message)});
  settle(unit);
}

}  // namespace

std::string_view kind_name(UnitKind kind) {
  constexpr std::array kNames = {"model", "configuration", "deployment"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view phase_name(Phase phase) {
  constexpr std::array kNames = {"settled", "downloading", "installing", "shadow", "trial", "watch"};
  return kNames[static_cast<size_t>(phase)];
}

bool is_packages_fault(std::string_view code) {
  constexpr std::array kFaults = std::to_array<std::string_view>(
      {"load", "self_test", "shadow", "crash", "errors", "latency", "drift", "told", "hardware"});
  return std::ranges::find(kFaults, code) != kFaults.end();
}

std::optional<PackageRef> Unit::at_work() const {
  return phase == Phase::trial && wish ? std::optional(wish->package) : current;
}

const BadPackage* Unit::find_bad(std::string_view digest) const {
  const auto found = std::ranges::find(bad, digest, &BadPackage::digest);
  return found == bad.end() ? nullptr : &*found;
}

Unit offer(Unit unit, const Wish& wish) {
  if (unit.wish && unit.wish->package.digest == wish.package.digest) {
    unit.wish->rollout = wish.rollout;
    return unit;
  }
  if (unit.phase != Phase::settled) give_up(unit, "another package was asked for");
  if (unit.current && unit.current->digest == wish.package.digest) {
    unit.last = Outcome{Outcome::Kind::healthy, wish.package, wish.rollout, {}};
    return unit;
  }
  if (const BadPackage* known = unit.find_bad(wish.package.digest)) {
    unit.last = Outcome{Outcome::Kind::failed,
                        wish.package,
                        wish.rollout,
                        {"known_bad", cat("refused before (", known->why.code, "): ", known->why.message)}};
    return unit;
  }
  const bool back = unit.last_good && unit.last_good->digest == wish.package.digest;
  if (!back && wish.package.release < unit.highest_release) {
    unit.last = Outcome{Outcome::Kind::failed,
                        wish.package,
                        wish.rollout,
                        {"tuf", cat("release ", wish.package.release, " is older than ", unit.highest_release,
                                    ", which this station had already")}};
    return unit;
  }
  unit.wish = wish;
  unit.phase = Phase::downloading;
  unit.starts = 0;
  return unit;
}

Unit withdraw(Unit unit) {
  if (unit.phase != Phase::settled) give_up(unit, "it is not asked for any more");
  return unit;
}

Unit condemn(Unit unit, const std::string& digest, const Refusal& why) {
  if (unit.wish && unit.wish->package.digest == digest) unit = reject(std::move(unit), why);
  remember_bad(unit, digest, why);
  if (unit.current && unit.current->digest == digest) {
    Outcome outcome{.kind = Outcome::Kind::rolled_back, .package = *unit.current, .why = why};
    if (unit.last && unit.last->package.digest == digest) outcome.rollout = unit.last->rollout;
    unit.last = std::move(outcome);
    fall_back(unit);
  }
  return unit;
}

Unit started(Unit unit) {
  if (unit.phase == Phase::settled || unit.phase == Phase::downloading) return unit;
  if (unit.starts == kMaxStarts) {
    return reject(std::move(unit), {"crash", cat("the station ended ", kMaxStarts, " times with it, in ",
                                                 phase_name(unit.phase))});
  }
  ++unit.starts;
  if (unit.phase == Phase::shadow) unit.phase = Phase::installing;
  return unit;
}

Unit succeed(Unit unit) {
  if (!unit.wish) return unit;
  switch (unit.phase) {
    case Phase::settled:
      break;
    case Phase::downloading:
      unit.phase = Phase::installing;
      break;
    case Phase::installing:
      unit.phase = unit.wish->shadow && !is_known_good(unit) ? Phase::shadow : Phase::trial;
      break;
    case Phase::shadow:
      unit.phase = Phase::trial;
      break;
    case Phase::trial: {
      const bool to_watch = unit.wish->watch && !is_known_good(unit);
      commit(unit);
      unit.phase = Phase::watch;
      if (!to_watch) settle(unit);
      break;
    }
    case Phase::watch:
      settle(unit);
      break;
  }
  return unit;
}

Unit again(Unit unit) {
  if (unit.wish && unit.phase == Phase::installing) unit.phase = Phase::downloading;
  return unit;
}

Unit reject(Unit unit, Refusal why) {
  const bool served =
      unit.phase == Phase::trial || unit.phase == Phase::watch || unit.phase == Phase::settled;
  if (!unit.wish && !unit.current) return unit;  // what the station brought itself has nothing behind it
  Outcome outcome = outcome_of(unit, served ? Outcome::Kind::rolled_back : Outcome::Kind::failed, why);
  if (is_packages_fault(why.code)) remember_bad(unit, outcome.package.digest, why);
  if (unit.phase == Phase::watch || unit.phase == Phase::settled) fall_back(unit);
  unit.last = std::move(outcome);
  settle(unit);
  return unit;
}

}  // namespace oree::deployment
