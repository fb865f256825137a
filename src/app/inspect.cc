// oree inspect: a station's judgement on pictures from the command line, keeping nothing.
#include <algorithm>
#include <cstdio>

#include "app/commands.h"
#include "app/discard_store.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "nodes/edge/settings/station_file.h"
#include "services/inspection/cameras/folder_camera.h"
#include "services/inspection/inspector.h"
#include "services/serving/repository/model_repository.h"

namespace oree::app {
namespace {

using inspection::Inspector;

// Every camera that a step looks through takes its pictures from the command line.
inspection::Plan pushed_plan(inspection::Plan plan) {
  std::erase_if(plan.cameras, [&](const inspection::CameraPlan& camera) {
    return std::ranges::find(plan.steps, camera.name, &inspection::StepPlan::camera) == plan.steps.end();
  });
  for (auto& camera : plan.cameras) camera.kind = inspection::CameraKind::pushed;
  return plan;
}

// One part per picture with one camera; with several, words are CAMERA=PICTURE and a camera named again
// begins the next part.
Result<std::vector<Inspector::Pushed>> parts_of(const std::vector<std::string>& words,
                                                const inspection::Plan& plan, uint64_t max_bytes) {
  std::vector<std::string> names;
  for (const auto& camera : plan.cameras) names.push_back(camera.name);
  std::vector<Inspector::Pushed> parts;
  for (const auto& word : words) {
    const size_t equals = word.find('=');
    std::string camera = equals == std::string::npos ? "" : word.substr(0, equals);
    std::string path = word;
    if (std::ranges::find(names, camera) != names.end()) {
      path = word.substr(equals + 1);
    } else if (names.size() == 1) {
      camera = names.front();
    } else {
      return fail(ErrorKind::invalid, cat("'", word, "': say which camera took it, such as ", names.front(),
                                          "=", word, "; cameras: ", join(names, ", ")));
    }
    auto bytes = inspection::read_picture(path, max_bytes);
    if (!bytes) return forward(bytes);
    if (parts.empty() || parts.back().contains(camera)) parts.emplace_back();
    parts.back()[camera] = {std::move(*bytes), path, ""};
  }
  return parts;
}

void print_item(const inspection::Item& item) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& step : item.steps) {
    const auto source = std::ranges::find(item.cameras, step.plan.camera, &inspection::CameraOutcome::camera);
    rows.push_back(
        {source != item.cameras.end() && source->picture ? source->picture->source : step.plan.camera,
         step.plan.name, verdict_text(decision_name(step.verdict.decision)), step.verdict.reason.sentence,
         cat(fixed(static_cast<double>(item.total.count()) / 1000, 1), " ms")});
  }
  print_table({"picture", "step", "verdict", "why", "time"}, rows);
  if (item.steps.size() > 1)
    std::printf("part: %s\n\n", verdict_text(decision_name(item.verdict.decision)).c_str());
}

}  // namespace

int run_inspect(const InspectOptions& options) {
  auto file = edge::load_station(options.config);
  if (!file) return print_error(file.error());
  auto world = make_world(LogLevel::warning);
  if (!world) return print_error(world.error());
  World& w = **world;
  monitoring::Registry metrics;
  auto key = open_model_key(file->model_key);
  if (!key) return print_error(key.error());
  auto models = serving::ModelRepository::open(file->models, *w.backend, {}, metrics, std::move(*key));
  if (!models) return print_error(models.error());
  DiscardStore store;
  auto inspector = Inspector::create(pushed_plan(file->plan), file->plan.station, json::Object{},
                                     {**models, store, w.clock, metrics, file->image_limits, {}});
  if (!inspector) return print_error(inspector.error());
  auto parts = parts_of(options.images, (*inspector)->plan(), file->image_limits.max_bytes);
  if (!parts) return print_error(parts.error());
  for (auto& part : *parts) {
    const auto item = (*inspector)->inspect({"command", ""}, std::move(part));
    if (!item) return print_error(item.error());
    if (options.json) {
      std::printf("%s\n", json::print(item_json(*item)).c_str());
    } else {
      print_item(*item);
    }
  }
  return 0;
}

}  // namespace oree::app
