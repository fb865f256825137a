// oree validate: says whether a file is right, before anything runs with it.
#include <cstdio>

#include "app/commands.h"
#include "app/terminal.h"
#include "base/text.h"
#include "core/manifest/manifest.h"
#include "core/package/manifest.h"
#include "nodes/authority/settings.h"
#include "nodes/edge/settings/modules_fields.h"
#include "nodes/edge/settings/station_file.h"
#include "nodes/edge/settings/vio_file.h"
#include "nodes/hub/settings.h"
#include "platform/config/node.h"
#include "platform/files/files.h"
#include "platform/json/value.h"
#include "services/rollouts/plan.h"

namespace oree::app {
namespace fs = std::filesystem;
namespace {

std::string counted(size_t n, std::string_view noun) {
  return cat(n, " ", noun, n == 1 ? "" : "s");
}

std::string plan_summary(std::string_view what, const inspection::Plan& plan) {
  return cat(what, " '", plan.station, "': ", counted(plan.cameras.size(), "camera"), ", ",
             counted(plan.steps.size(), "step"));
}

Result<std::string> check_vio(const fs::path& path) {
  files::RealDisk disk;
  const auto bytes = disk.read(path, 4 << 20);
  if (!bytes) return forward(bytes);
  const auto value = json::parse(as_text(*bytes));
  if (!value) return forward(value, path.string());
  const auto plan = edge::plan_from_vio(*value, path.parent_path().string());
  if (!plan) return forward(plan, path.string());
  return plan_summary("VIO configuration", *plan);
}

// A deployment manifest of IoT Edge; nothing when the file is none. One route that cannot be read makes the
// original refuse all of them.
std::optional<Result<std::string>> check_manifest(const fs::path& path) {
  files::RealDisk disk;
  const auto bytes = disk.read(path, manifest::kMaxManifestBytes);
  if (!bytes) return std::nullopt;
  if (!manifest::is_manifest(as_text(*bytes))) return std::nullopt;
  auto what = manifest::describe_manifest(as_text(*bytes), path.string());
  const auto read = manifest::parse_manifest(as_text(*bytes), path.string());
  if (!what || !read) return what;
  if (const auto right = edge::check_routes(*read); !right) return forward(right, path.string());
  for (const auto& note : read->notes) *what += cat("\n  note: ", note);
  return what;
}

Result<std::string> check_hub(const fs::path& path) {
  const auto settings = hub::load_settings(path);
  if (!settings) return forward(settings);
  return cat("hub '", settings->hub, "', listens on ", settings->address, ":", settings->port);
}

Result<std::string> check_plan(const fs::path& path) {
  const auto text = config::load_text(path.string());
  if (!text) return forward(text);
  const auto plan = rollouts::parse_plan(*text, path.string());
  if (!plan) return forward(plan);
  return cat("plan of a roll-out: ", counted(plan->waves.size(), "wave"));
}

// What the file is, told by its keys, and whether it is right.
Result<std::string> check(const fs::path& path) {
  if (path.extension() == ".json") {
    if (auto found = check_manifest(path)) return std::move(*found);
  }
  const auto root = config::load(path.string());
  if (!root) return forward(root);
  if (root->find("camera_configs") != nullptr ||
      (root->find("cameras") != nullptr && root->find("name") != nullptr)) {
    return check_vio(path);
  }
  if (root->find("task") != nullptr || path.filename() == "model.yaml") {
    const auto manifest = package::load_manifest(fs::absolute(path).parent_path());
    if (!manifest) return forward(manifest);
    return cat("model package: ", package::task_name(manifest->task), ", ",
               counted(manifest->labels.size(), "label"));
  }
  if (root->find("authority") != nullptr) {
    const auto settings = authority::load_settings(path);
    if (!settings) return forward(settings);
    return cat("authority '", settings->rules.authority,
               "': ", counted(settings->rules.stations.size(), "station"), ", listens on ", settings->address,
               ":", settings->port);
  }
  if (root->find("station") == nullptr && root->find("hub") != nullptr) return check_hub(path);
  if (root->find("station") == nullptr && root->find("waves") != nullptr) return check_plan(path);
  const auto station = edge::load_station(path);
  if (!station) return forward(station);
  return cat(plan_summary("station", station->plan), ", listens on ", station->address, ":", station->port);
}

}  // namespace

int run_validate(const ValidateOptions& options) {
  const auto summary = check(options.file);
  if (options.json) {
    json::Object out{{"file", options.file.string()}, {"valid", summary.has_value()}};
    json::Array mistakes;
    if (!summary) {
      for (const auto line : split(summary.error().what, '\n')) mistakes.push_back(line);
    }
    out.emplace_back("mistakes", std::move(mistakes));
    std::printf("%s\n", json::print(out, 2).c_str());
    return summary ? 0 : facts(summary.error().kind).exit_code;
  }
  if (!summary) return print_error(summary.error());
  std::printf("%s %s: %s\n", paint("✓", Tone::ok).c_str(), options.file.c_str(), summary->c_str());
  return 0;
}

}  // namespace oree::app
