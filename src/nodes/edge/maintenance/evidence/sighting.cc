#include "nodes/edge/maintenance/evidence/sighting.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"
#include "services/detection/networks/detector_file.h"
#include "services/detection/watching/learnt_store.h"

namespace oree::edge {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMostModelBytes = 256 << 20;
constexpr std::string_view kJson = "application/json";

ByteBuffer bytes_of(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

json::Value number(double value) {
  return std::isfinite(value) ? json::Value(value) : json::Value();
}

json::Array shares(const detection::Contributions& contributions) {
  json::Array out;
  for (const auto& [sensor, share] : contributions)
    out.emplace_back(json::Object{{"sensor", sensor}, {"share", share}});
  return out;
}

// Rows as they were judged: a value that did not come is null.
json::Value window_json(const AnomalySighting& seen) {
  const size_t columns = seen.columns.size();
  json::Array rows;
  for (size_t at = 0; at + columns <= seen.values.size(); at += columns) {
    json::Array row;
    for (size_t i = 0; i < columns; ++i) row.push_back(number(seen.values[at + i]));
    rows.emplace_back(std::move(row));
  }
  json::Array names;
  for (const auto& column : seen.columns) names.emplace_back(column);
  return json::Object{{"machine", seen.machine},
                      {"columns", std::move(names)},
                      {"step_ms", std::chrono::duration<double, std::milli>(seen.setting.watch.step).count()},
                      {"end", orders::to_ms(seen.score.time)},
                      {"window", seen.window},
                      {"rows", std::move(rows)},
                      {"score", seen.score.value},
                      {"threshold", seen.score.threshold},
                      {"contributions", shares(seen.score.contributions)}};
}

json::Value configuration_json(const DetectorSetting& setting) {
  const auto& watch = setting.watch;
  json::Array sensors;
  for (const auto& sensor : watch.sensors) sensors.emplace_back(sensor);
  return json::Object{{"name", watch.name},
                      {"kind", watch.kind},
                      {"machines", watch.machines},
                      {"sensors", std::move(sensors)},
                      {"step_us", watch.step.count()},
                      {"learn_us", watch.learn.count()},
                      {"factor", watch.factor},
                      {"model", model_name(setting)}};
}

Result<std::vector<orders::PartBytes>> model_parts(const fs::path& folder) {
  const auto file = detection::load_detector_file(folder);
  if (!file) return forward(file);
  files::RealDisk disk;
  std::vector<orders::PartBytes> parts;
  std::vector<fs::path> wanted{folder / "detector.yaml", file->model_file};
  if (!file->scaler_file.empty()) wanted.push_back(file->scaler_file);
  for (const auto& path : wanted) {
    auto bytes = disk.read(path, kMostModelBytes);
    if (!bytes) return forward(bytes);
    const bool yaml = path.extension() == ".yaml";
    parts.push_back({cat("model/", path.filename().string()),
                     yaml ? "application/yaml" : "application/octet-stream", std::move(*bytes)});
  }
  return parts;
}

}  // namespace

std::string model_digest_of(std::span<const orders::PartBytes> parts) {
  std::string list;
  for (const auto& part : parts) list += cat(crypto::sha256(part.bytes).hex(), "  ", part.name, "\n");
  return crypto::sha256(as_bytes(list)).hex();
}

std::string model_name(const DetectorSetting& setting) {
  if (setting.model.empty()) return "";
  const fs::path folder = setting.model.has_filename() ? setting.model : setting.model.parent_path();
  return cat(folder.parent_path().filename().string(), "/", folder.filename().string());
}

AnomalySighting sighting_of(const detection::Anomaly& anomaly, const detection::Trace& trace,
                            const DetectorSetting& setting) {
  AnomalySighting seen;
  seen.id = anomaly.id;
  seen.machine = anomaly.machine;
  seen.started = anomaly.from;
  seen.score = trace.score;
  seen.columns = trace.columns;
  seen.values.assign(trace.rows.values.begin(), trace.rows.values.end());
  seen.window = trace.window;
  seen.setting = setting;
  seen.learnt = trace.learnt;
  seen.scores.assign(trace.scores.begin(), trace.scores.end());
  return seen;
}

json::Value cause_json(const AnomalySighting& seen) {
  return json::Object{{"kind", "anomaly"},
                      {"machine", seen.machine},
                      {"detector", seen.setting.watch.name},
                      {"model", model_name(seen.setting)},
                      {"score", seen.score.value},
                      {"threshold", seen.score.threshold},
                      {"started", orders::to_ms(seen.started)},
                      {"contributions", shares(seen.score.contributions)}};
}

Result<DataSet> data_set(const AnomalySighting& seen) {
  DataSet out;
  const std::string configuration = orders::canonical(configuration_json(seen.setting));
  out.parts.push_back({"window.json", std::string(kJson), bytes_of(json::print(window_json(seen)))});
  out.parts.push_back({"configuration.json", std::string(kJson), bytes_of(configuration)});
  std::string model_digest;
  if (!seen.setting.model.empty()) {
    auto parts = model_parts(seen.setting.model);
    if (!parts) return forward(parts);
    model_digest = model_digest_of(*parts);
    for (auto& part : *parts) out.parts.push_back(std::move(part));
  } else {
    // The same healthy rows make the same detector again.
    const std::string healthy = json::print(detection::learnt_json(seen.learnt));
    out.parts.push_back({"healthy.json", std::string(kJson), bytes_of(healthy)});
    model_digest = crypto::sha256(as_bytes(healthy)).hex();
  }
  json::Array scores;
  for (const auto& [time, score] : seen.scores) scores.emplace_back(json::Array{orders::to_ms(time), score});
  out.facts = {{"asset", seen.machine},
               {"configuration", crypto::sha256(as_bytes(configuration)).hex()},
               {"detector", json::Object{{"name", seen.setting.watch.name},
                                         {"model", model_name(seen.setting)},
                                         {"model_digest", model_digest},
                                         {"threshold", seen.score.threshold}}},
               {"scores", std::move(scores)}};
  return out;
}

}  // namespace oree::edge
