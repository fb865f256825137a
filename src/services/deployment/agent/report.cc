#include "services/deployment/agent/report.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "core/monitoring/drift.h"

namespace oree::deployment {
namespace {

constexpr std::string_view kDigest = "sha256:";

json::Value slot(const std::optional<PackageRef>& ref) {
  if (!ref) return nullptr;
  json::Value out = json::Object{{"version", ref->version}, {"package", cat(kDigest, ref->digest)}};
  if (!ref->name.empty()) out.set("name", ref->name);
  return out;
}

json::Value error_json(const Refusal& why) {
  return json::Object{{"code", why.code}, {"message", why.message}};
}

// A network that is away is no failure of the package.
bool has_failed(const UnitReport& report) {
  return report.hindrance && report.hindrance->code != "download";
}

constexpr size_t kMostBad = 64;  // the newest, as docs/formats/fleet.md says

json::Value bad_json(const Unit& unit) {
  json::Array bad;
  for (size_t i = unit.bad.size() - std::min(unit.bad.size(), kMostBad); i < unit.bad.size(); ++i)
    bad.push_back(cat(kDigest, unit.bad[i].digest));
  return bad;
}

double milliseconds_of(uint64_t us) {
  return static_cast<double>(us) / 1000.0;
}

json::Value drift_json(const ModelMeasures& model) {
  if (!model.learned || model.confidence.count() == 0 || model.learned->count() == 0) return nullptr;
  const auto w = monitoring::wasserstein(*model.learned, model.confidence);
  const auto p = monitoring::psi(*model.learned, model.confidence);
  const auto k = monitoring::ks(*model.learned, model.confidence);
  if (!w || !p || !k) return nullptr;
  return json::Object{{"wasserstein", *w}, {"psi", *p}, {"ks", *k}};
}

json::Value model_json(const ModelMeasures& model, double seconds) {
  json::Array latency, confidence;
  for (const auto& [us, count] : model.latency.pairs()) latency.push_back(json::Array{us, count});
  for (const uint64_t count : model.confidence.counts()) confidence.push_back(count);
  const auto seen = static_cast<double>(model.confidence.count());
  json::Value out = json::Object{
      {"name", model.name},
      {"version", model.version},
      {"package", model.package.empty() ? json::Value(nullptr) : json::Value(cat(kDigest, model.package))},
      {"rollout", model.rollout.empty() ? json::Value(nullptr) : json::Value(model.rollout)},
      {"role", model.role},
      {"requests", model.requests},
      {"errors", model.errors},
      {"predictions_per_hour", seconds > 0 ? static_cast<double>(model.requests) * 3600.0 / seconds : 0.0},
      {"avg_confidence", seen > 0 ? json::Value(model.confidence_sum / seen) : json::Value(nullptr)},
      {"latency_ms", json::Object{{"p50", milliseconds_of(model.latency.quantile(0.50))},
                                  {"p95", milliseconds_of(model.latency.quantile(0.95))},
                                  {"p99", milliseconds_of(model.latency.quantile(0.99))}}},
      {"latency_us", std::move(latency)},
      {"confidence", std::move(confidence)},
      {"drift", drift_json(model)}};
  if (model.shadowed) {
    out.set("shadow", json::Object{{"requests", *model.shadowed}, {"agreed", model.agreed.value_or(0)}});
  }
  return out;
}

}  // namespace

std::string_view state_word(const UnitReport& report) {
  const Unit& unit = report.unit;
  switch (unit.phase) {
    case Phase::downloading:
      return has_failed(report) ? "failed" : "downloading";
    case Phase::installing:
      return has_failed(report) ? "failed" : "installing";
    case Phase::shadow:
      return "shadow";
    case Phase::trial:
      return unit.wish->shadow ? "shadow" : "installing";
    case Phase::watch:
      return "healthy";
    case Phase::settled:
      break;
  }
  if (!unit.last) return "healthy";
  constexpr std::array kWords = std::to_array<std::string_view>({"healthy", "failed", "rolled_back"});
  return kWords[static_cast<size_t>(unit.last->kind)];
}

json::Value unit_json(const UnitReport& report) {
  const Unit& unit = report.unit;
  const PackageRef* package = nullptr;
  std::string rollout, name = unit.name;
  if (unit.wish) {
    package = &unit.wish->package;
    rollout = unit.wish->rollout;
  } else if (unit.last) {
    package = &unit.last->package;
    rollout = unit.last->rollout;
  } else if (unit.current) {
    package = &*unit.current;
  }
  if (package != nullptr && !package->name.empty()) name = package->name;
  json::Value error = nullptr;
  if (report.hindrance) {
    error = error_json(*report.hindrance);
  } else if (unit.phase == Phase::settled && unit.last && unit.last->kind != Outcome::Kind::healthy) {
    error = error_json(unit.last->why);
  }
  const bool arriving = unit.wish && unit.phase != Phase::watch;
  json::Value out = json::Object{
      {"name", name},
      {"state", state_word(report)},
      {"rollout", rollout.empty() ? json::Value(nullptr) : json::Value(rollout)},
      {"package", package != nullptr ? json::Value(cat(kDigest, package->digest)) : json::Value(nullptr)},
      {"attempt", report.attempt},
      {"error", std::move(error)},
      {"slots", json::Object{{"current", slot(unit.current)},
                             {"last_good", slot(unit.last_good)},
                             {"new", arriving ? slot(unit.wish->package) : json::Value(nullptr)}}},
      {"bad", bad_json(unit)}};
  if (unit.phase == Phase::downloading) {
    out.set("progress", json::Object{{"bytes", report.received}, {"of", report.of}});
  }
  return out;
}

json::Value sync_json(const StationReport& report) {
  json::Array models, attacks;
  json::Value configuration = nullptr, deployment = nullptr;
  for (const auto& one : report.units) {
    if (one.unit.kind == UnitKind::model) {
      models.push_back(unit_json(one));
      continue;
    }
    (one.unit.kind == UnitKind::configuration ? configuration : deployment) = unit_json(one);
  }
  for (const auto& attack : report.attacks) {
    attacks.push_back(json::Object{{"code", attack.code}, {"message", attack.message}});
  }
  return json::Object{{"protocol", 1},
                      {"instance", report.instance},
                      {"revision", report.revision},
                      {"hardware", report.hardware},
                      {"software", report.software},
                      {"time", report.time_ms},
                      {"models", std::move(models)},
                      {"configuration", std::move(configuration)},
                      {"deployment", std::move(deployment)},
                      {"modules", report.modules},
                      {"attacks", std::move(attacks)}};
}

void attribute(ModelMeasures& model, const std::vector<UnitReport>& units) {
  for (const auto& report : units) {
    const Unit& unit = report.unit;
    if (unit.kind != model.kind || (unit.kind == UnitKind::model && unit.name != model.name)) continue;
    const auto is_this = [&](const std::optional<PackageRef>& ref) {
      return ref && ref->version == model.version && (ref->name.empty() || ref->name == model.name);
    };
    const auto wished = unit.wish ? std::optional(unit.wish->package) : std::nullopt;
    if (is_this(unit.last_good)) {
      model.package = unit.last_good->digest;
      model.role = "last_good";
    }
    if (is_this(wished)) model.package = wished->digest;
    if (is_this(unit.current)) {
      model.package = unit.current->digest;
      model.role = "current";
    }
    if (wished && wished->digest == model.package) {
      model.rollout = unit.wish->rollout;
    } else if (unit.last && unit.last->package.digest == model.package) {
      model.rollout = unit.last->rollout;
    }
  }
}

json::Value metrics_json(const std::string& instance, double seconds, const HostMeasures& host,
                         const std::vector<ModelMeasures>& models) {
  json::Array list, configurations;
  for (const auto& one : models)
    (one.kind == UnitKind::model ? list : configurations).push_back(model_json(one, seconds));
  return json::Object{
      {"instance", instance},
      {"seconds", seconds},
      {"age_s", 0},
      {"host", json::Object{{"cpu_percent", host.cpu_percent},
                            {"memory_mb", host.memory_mb},
                            {"temperature_c",
                             host.temperature_c ? json::Value(*host.temperature_c) : json::Value(nullptr)}}},
      {"models", std::move(list)},
      {"configurations", std::move(configurations)}};
}

std::optional<Attack> attack_in(const Error& error) {
  struct Row {
    std::string_view words, code;
  };
  constexpr std::array kRows = {Row{"rollback:", "rollback"},           Row{"freeze:", "freeze"},
                                Row{"mix-and-match:", "mix_and_match"}, Row{"signatures:", "signature"},
                                Row{"more comes than", "endless"},      Row{"body longer than", "endless"},
                                Row{"of release", "release"},           Row{"has another digest", "size"}};
  for (const auto& row : kRows) {
    if (error.what.find(row.words) != std::string::npos) return Attack{std::string(row.code), error.what};
  }
  return std::nullopt;
}

}  // namespace oree::deployment
