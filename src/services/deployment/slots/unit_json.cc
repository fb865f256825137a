#include "services/deployment/slots/unit_json.h"

#include <array>

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::deployment {
namespace {

constexpr std::array kPhases = {Phase::settled, Phase::downloading, Phase::installing,
                                Phase::shadow,  Phase::trial,       Phase::watch};
constexpr std::array kOutcomes = std::to_array<std::string_view>({"healthy", "failed", "rolled_back"});

json::Value print(const PackageRef& ref) {
  json::Value out = json::Object{{"version", ref.version}, {"digest", ref.digest}, {"release", ref.release}};
  if (!ref.name.empty()) out.set("name", ref.name);
  return out;
}

json::Value print(const std::optional<PackageRef>& ref) {
  return ref ? print(*ref) : json::Value(nullptr);
}

json::Value print(const Refusal& why) {
  return json::Object{{"code", why.code}, {"message", why.message}};
}

json::Value print(const Wish& wish) {
  json::Value out = json::Object{{"package", print(wish.package)},
                                 {"rollout", wish.rollout},
                                 {"target", wish.target},
                                 {"bytes", wish.bytes}};
  if (const auto& s = wish.shadow) {
    out.set("shadow", json::Object{{"percent", s->percent},
                                   {"requests", s->requests},
                                   {"at_most_s", s->at_most_s},
                                   {"agreement", s->agreement}});
  }
  if (const auto& w = wish.watch) {
    out.set(
        "watch",
        json::Object{
            {"for_s", w->for_s}, {"errors", w->errors}, {"p95_ratio", w->p95_ratio}, {"drift", w->drift}});
  }
  return out;
}

json::Value print(const Unit& unit) {
  json::Array bad;
  for (const auto& one : unit.bad)
    bad.push_back(json::Object{{"digest", one.digest}, {"why", print(one.why)}});
  json::Value out = json::Object{{"kind", kind_name(unit.kind)},
                                 {"name", unit.name},
                                 {"phase", phase_name(unit.phase)},
                                 {"current", print(unit.current)},
                                 {"last_good", print(unit.last_good)},
                                 {"starts", unit.starts},
                                 {"highest_release", unit.highest_release},
                                 {"bad", std::move(bad)}};
  if (unit.wish) out.set("wish", print(*unit.wish));
  if (unit.last) {
    out.set("last", json::Object{{"outcome", kOutcomes[static_cast<size_t>(unit.last->kind)]},
                                 {"package", print(unit.last->package)},
                                 {"rollout", unit.last->rollout},
                                 {"why", print(unit.last->why)}});
  }
  return out;
}

// Reads members of one object; the first that is not as it should be is remembered.
class Reading {
 public:
  Reading(const json::Value& value, std::string& wrong) : value_(value), wrong_(wrong) {}

  std::string text(std::string_view key) {
    const json::Value* found = value_.find(key);
    if (found == nullptr || found->text() == nullptr) return note(key), "";
    return *found->text();
  }
  std::string text_if_any(std::string_view key) { return value_.find(key) == nullptr ? "" : text(key); }
  std::string digest(std::string_view key) {
    std::string hex = text(key);
    if (!crypto::parse_digest(hex)) note(key);
    return hex;
  }
  template <class T>
  T whole(std::string_view key) {
    const json::Value* found = value_.find(key);
    const auto number = found != nullptr ? found->integer() : std::nullopt;
    if (!number || !std::in_range<T>(*number) || *number < 0) return note(key), T{};
    return static_cast<T>(*number);
  }
  double number(std::string_view key) {
    const json::Value* found = value_.find(key);
    const auto number = found != nullptr ? found->number() : std::nullopt;
    if (!number) note(key);
    return number.value_or(0);
  }
  template <class T>
  T choice(std::string_view key, const auto& names, const auto& values) {
    const std::string word = text(key);
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == word) return values[i];
    }
    return note(key), T{};
  }
  // The member as an object; nullopt when absent or null.
  std::optional<Reading> part(std::string_view key) {
    const json::Value* found = value_.find(key);
    if (found == nullptr || found->is_null()) return std::nullopt;
    if (found->object() == nullptr) return note(key), std::nullopt;
    return Reading(*found, wrong_);
  }
  const json::Array& list(std::string_view key) {
    static const json::Array kEmpty;
    const json::Value* found = value_.find(key);
    if (found == nullptr || found->array() == nullptr) return note(key), kEmpty;
    return *found->array();
  }
  void missing(std::string_view key) { note(key); }
  std::string& wrong() { return wrong_; }

 private:
  void note(std::string_view key) {
    if (wrong_.empty()) wrong_ = cat("'", key, "' is missing or not what it should be");
  }
  const json::Value& value_;
  std::string& wrong_;
};

PackageRef ref_of(Reading reading) {
  return {reading.text("version"), reading.digest("digest"), reading.whole<uint64_t>("release"),
          reading.text_if_any("name")};
}

Refusal refusal_of(Reading reading) {
  return {reading.text("code"), reading.text("message")};
}

Wish wish_of(Reading reading) {
  Wish wish{.rollout = reading.text("rollout"),
            .target = reading.text("target"),
            .bytes = reading.whole<uint64_t>("bytes")};
  const auto package = reading.part("package");
  if (package) wish.package = ref_of(*package);
  if (!package) reading.missing("package");
  if (auto shadow = reading.part("shadow")) {
    wish.shadow = ShadowPlan{shadow->number("percent"), shadow->whole<int>("requests"),
                             shadow->whole<int>("at_most_s"), shadow->number("agreement")};
  }
  if (auto watch = reading.part("watch")) {
    wish.watch = WatchPlan{watch->whole<int>("for_s"), watch->number("errors"), watch->number("p95_ratio"),
                           watch->number("drift")};
  }
  return wish;
}

Outcome outcome_of(Reading reading) {
  constexpr std::array kKinds = {Outcome::Kind::healthy, Outcome::Kind::failed, Outcome::Kind::rolled_back};
  Outcome outcome{.kind = reading.choice<Outcome::Kind>("outcome", kOutcomes, kKinds),
                  .rollout = reading.text("rollout")};
  const auto package = reading.part("package");
  if (package) outcome.package = ref_of(*package);
  if (!package) reading.missing("package");
  if (auto why = reading.part("why")) outcome.why = refusal_of(*why);
  return outcome;
}

Unit unit_of(Reading reading) {
  constexpr std::array kKindNames = std::to_array<std::string_view>({"model", "configuration", "deployment"});
  constexpr std::array kKinds = {UnitKind::model, UnitKind::configuration, UnitKind::deployment};
  std::array<std::string_view, kPhases.size()> phases;
  for (size_t i = 0; i < phases.size(); ++i) phases[i] = phase_name(kPhases[i]);
  Unit unit{.kind = reading.choice<UnitKind>("kind", kKindNames, kKinds), .name = reading.text("name")};
  unit.phase = reading.choice<Phase>("phase", phases, kPhases);
  if (auto current = reading.part("current")) unit.current = ref_of(*current);
  if (auto last_good = reading.part("last_good")) unit.last_good = ref_of(*last_good);
  if (auto wish = reading.part("wish")) unit.wish = wish_of(*wish);
  if (auto last = reading.part("last")) unit.last = outcome_of(*last);
  unit.starts = reading.whole<int>("starts");
  unit.highest_release = reading.whole<uint64_t>("highest_release");
  for (const auto& one : reading.list("bad")) {
    Reading entry(one, reading.wrong());
    BadPackage bad{.digest = entry.digest("digest")};
    if (auto why = entry.part("why")) bad.why = refusal_of(*why);
    unit.bad.push_back(std::move(bad));
  }
  if (unit.wish.has_value() != (unit.phase != Phase::settled) && reading.wrong().empty()) {
    reading.wrong() = "'phase' and 'wish' contradict each other";
  }
  return unit;
}

}  // namespace

json::Value to_json(const std::vector<Unit>& units) {
  json::Array list;
  for (const auto& unit : units) list.push_back(print(unit));
  return json::Object{{"units", std::move(list)}};
}

Result<std::vector<Unit>> parse_units(std::string_view text) {
  const auto root = json::parse(text);
  if (!root) return fail(ErrorKind::corrupt, root.error().what);
  std::string wrong;
  std::vector<Unit> units;
  for (const auto& one : Reading(*root, wrong).list("units")) units.push_back(unit_of(Reading(one, wrong)));
  if (!wrong.empty()) return fail(ErrorKind::corrupt, wrong);
  return units;
}

}  // namespace oree::deployment
