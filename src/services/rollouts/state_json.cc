// State and steps as JSON, both ways. What is absent has its usual value, which keeps a fleet's state small.
#include "base/text.h"
#include "services/rollouts/state.h"

namespace oree::rollouts {

namespace {

json::Value time_json(WallTime time) {
  return time.time_since_epoch().count();
}

// Takes members one by one; the first that is wrong is remembered.
class Taker {
 public:
  explicit Taker(const json::Value& value, std::string_view what) : value_(value), what_(what) {}

  std::string text(std::string_view key) {
    const json::Value* found = value_.find(key);
    if (found == nullptr) return "";
    if (found->text() == nullptr) return miss(key), "";
    return *found->text();
  }
  int64_t integer(std::string_view key, int64_t fallback) {
    const json::Value* found = value_.find(key);
    if (found == nullptr) return fallback;
    const auto number = found->integer();
    if (!number) miss(key);
    return number.value_or(fallback);
  }
  int small(std::string_view key, int fallback) {
    const int64_t number = integer(key, fallback);
    if (std::in_range<int>(number)) return static_cast<int>(number);
    return miss(key), fallback;
  }
  bool boolean(std::string_view key) {
    const json::Value* found = value_.find(key);
    if (found == nullptr) return false;
    if (found->boolean() == nullptr) return miss(key), false;
    return *found->boolean();
  }
  WallTime time(std::string_view key) { return WallTime(microseconds(integer(key, 0))); }
  std::optional<WallTime> maybe_time(std::string_view key) {
    if (value_.find(key) == nullptr) return std::nullopt;
    return time(key);
  }
  template <class T>
  T word(std::string_view key, std::optional<T> (*parse)(std::string_view), T fallback) {
    if (value_.find(key) == nullptr) return fallback;
    const auto found = parse(text(key));
    if (!found) miss(key);
    return found.value_or(fallback);
  }
  const json::Object& object(std::string_view key) {
    static const json::Object kNone;
    const json::Value* found = value_.find(key);
    if (found == nullptr) return kNone;
    if (found->object() == nullptr) return miss(key), kNone;
    return *found->object();
  }
  void miss(std::string_view key) {
    if (missed_.empty()) missed_ = key;
  }
  Status finish() const {
    if (value_.object() == nullptr) return fail(ErrorKind::corrupt, cat(what_, " is no object"));
    if (missed_.empty()) return {};
    return fail(ErrorKind::corrupt, cat(what_, ": '", missed_, "' is not as it was written"));
  }

 private:
  const json::Value& value_;
  std::string what_;
  std::string missed_;
};

json::Value station_json(const StationProgress& station) {
  json::Object out{{"state", state_name(station.state)}, {"since", time_json(station.since)}};
  if (station.wave >= 0) out.emplace_back("wave", station.wave);
  if (station.exposed) out.emplace_back("exposed", true);
  if (station.failed) out.emplace_back("failed", true);
  if (station.gone) out.emplace_back("gone", true);
  if (station.proven) out.emplace_back("proven", time_json(*station.proven));
  if (station.told_back) out.emplace_back("told_back", time_json(*station.told_back));
  if (!station.why.empty()) out.emplace_back("why", station.why);
  if (!station.hardware.empty()) out.emplace_back("hardware", station.hardware);
  return out;
}

Result<StationProgress> parse_station(const json::Value& value, const std::string& id) {
  Taker taker(value, cat("station '", id, "'"));
  StationProgress out;
  out.state = taker.word("state", parse_state, StationState::pending);
  out.since = taker.time("since");
  out.wave = taker.small("wave", -1);
  out.exposed = taker.boolean("exposed");
  out.failed = taker.boolean("failed");
  out.gone = taker.boolean("gone");
  out.proven = taker.maybe_time("proven");
  out.told_back = taker.maybe_time("told_back");
  out.why = taker.text("why");
  out.hardware = taker.text("hardware");
  if (auto ok = taker.finish(); !ok) return forward(ok);
  return out;
}

json::Value mark_json(const EvidenceMark& mark) {
  return json::Object{{"at", time_json(mark.at)},
                      {"number", mark.number},
                      {"candidate", to_json(mark.candidate)},
                      {"baseline", to_json(mark.baseline)}};
}

Result<EvidenceMark> parse_mark(const json::Value& value) {
  Taker taker(value, "mark");
  EvidenceMark out;
  out.at = taker.time("at");
  out.number = taker.small("number", 0);
  const auto evidence = [&](std::string_view key, Evidence& into) {
    const json::Value* found = value.find(key);
    const auto read = found == nullptr ? Result<Evidence>(Evidence{}) : parse_evidence(*found);
    if (!read) taker.miss(key);
    if (read) into = *read;
  };
  evidence("candidate", out.candidate);
  evidence("baseline", out.baseline);
  if (auto ok = taker.finish(); !ok) return forward(ok);
  return out;
}

}  // namespace

json::Value to_json(const RolloutState& state) {
  json::Object stations;
  for (const auto& [id, station] : state.stations) stations.emplace_back(id, station_json(station));
  json::Object marks;
  for (const auto& [hardware, mark] : state.marks) marks.emplace_back(hardware, mark_json(mark));
  return json::Object{{"status", status_name(state.status)},
                      {"reason", state.reason},
                      {"began", time_json(state.began)},
                      {"wave", state.wave},
                      {"wave_since", time_json(state.wave_since)},
                      {"offered_at", time_json(state.offered_at)},
                      {"offered", state.offered},
                      {"stations", std::move(stations)},
                      {"marks", std::move(marks)}};
}

Result<RolloutState> parse_state_json(const json::Value& value) {
  Taker taker(value, "roll-out state");
  RolloutState out;
  out.status = taker.word("status", parse_status, RolloutStatus::running);
  out.reason = taker.text("reason");
  out.began = taker.time("began");
  out.wave = taker.small("wave", 0);
  out.wave_since = taker.time("wave_since");
  out.offered_at = taker.time("offered_at");
  out.offered = taker.small("offered", 0);
  for (const auto& [id, station] : taker.object("stations")) {
    auto read = parse_station(station, id);
    if (!read) return forward(read);
    out.stations[id] = std::move(*read);
  }
  for (const auto& [hardware, mark] : taker.object("marks")) {
    auto read = parse_mark(mark);
    if (!read) return forward(read, hardware);
    out.marks[hardware] = std::move(*read);
  }
  if (auto ok = taker.finish(); !ok) return forward(ok);
  return out;
}

json::Value to_json(const Step& step) {
  json::Object out{{"kind", kind_name(step.kind)}, {"at", time_json(step.at)}};
  if (!step.reason.empty()) out.emplace_back("reason", step.reason);
  if (!step.station.empty()) out.emplace_back("station", step.station);
  if (step.to != StationState::pending) out.emplace_back("to", state_name(step.to));
  if (step.wave >= 0) out.emplace_back("wave", step.wave);
  if (!step.hardware.empty()) out.emplace_back("hardware", step.hardware);
  if (step.mark) out.emplace_back("mark", mark_json(*step.mark));
  return out;
}

Result<Step> parse_step_json(const json::Value& value) {
  Taker taker(value, "step");
  Step out;
  out.kind = taker.word("kind", parse_kind, StepKind::note);
  out.at = taker.time("at");
  out.reason = taker.text("reason");
  out.station = taker.text("station");
  out.to = taker.word("to", parse_state, StationState::pending);
  out.wave = taker.small("wave", -1);
  out.hardware = taker.text("hardware");
  if (const json::Value* mark = value.find("mark")) {
    auto read = parse_mark(*mark);
    if (!read) return forward(read, "step");
    out.mark = std::move(*read);
  }
  if (value.find("kind") == nullptr) taker.miss("kind");
  if (auto ok = taker.finish(); !ok) return forward(ok);
  return out;
}

}  // namespace oree::rollouts
