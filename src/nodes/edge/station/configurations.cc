#include "nodes/edge/station/configurations.h"

#include "base/text.h"
#include "nodes/edge/settings/plan_fields.h"
#include "nodes/edge/settings/vio_file.h"

namespace oree::edge {
namespace {
constexpr uint64_t kMaxConfigBytes = 1 << 20;
}

Configurations::Configurations(std::filesystem::path folder, files::Disk& disk, Log& log,
                               inspection::InspectorWorld world)
    : folder_(std::move(folder)), disk_(disk), log_(log), world_(std::move(world)) {}

Status Configurations::load() {
  if (auto status = disk_.make_folder(folder_); !status) return status;
  const auto names = disk_.list(folder_);
  if (!names) return forward(names);
  for (const auto& name : *names) {
    if (name.extension() != ".json") continue;
    const auto path = folder_ / name.filename();
    const auto bytes = disk_.read(path, kMaxConfigBytes);
    const auto parsed = bytes ? json::parse(as_text(*bytes)) : Result<json::Value>(forward(bytes));
    auto plan = parsed ? plan_from_vio(*parsed, folder_.string()) : Result<inspection::Plan>(forward(parsed));
    if (!plan) {
      log_.warning(cat(path.string(), ": left out: ", plan.error().what));
      continue;
    }
    const std::string key = plan->station;
    const std::lock_guard lock(mutex_);
    known_[key] = std::make_shared<Configuration>(Configuration{key, *parsed, std::move(*plan), ""});
  }
  return {};
}

void Configurations::add(inspection::Plan plan) {
  const std::string name = plan.station;
  auto json = vio_from_plan(plan);
  const std::lock_guard lock(mutex_);
  own_ = name;
  known_[name] = std::make_shared<Configuration>(Configuration{name, std::move(json), std::move(plan), ""});
}

Result<ActiveConfiguration> Configurations::activate_own() {
  const std::string last = remembered();
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    name = known_.contains(last) ? last : own_;
  }
  return activate(name);
}

Result<ActiveConfiguration> Configurations::activate_fleet(inspection::Plan plan, std::string label) {
  auto json = vio_from_plan(plan);
  const std::string name = plan.station;
  return start(std::make_shared<Configuration>(
      Configuration{name, std::move(json), std::move(plan), std::move(label)}));
}

std::string Configurations::remembered() const {
  const auto bytes = disk_.read(folder_ / "active", 1024);
  return bytes ? std::string(trim(as_text(*bytes))) : "";
}

std::map<std::string, std::shared_ptr<const Configuration>> Configurations::all() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

ActiveConfiguration Configurations::active() const {
  const std::lock_guard lock(mutex_);
  return active_;
}

Result<ActiveConfiguration> Configurations::activate(const std::string& name) {
  std::shared_ptr<const Configuration> found;
  std::vector<std::string> names;
  for (const auto& [known, configuration] : all()) {
    names.push_back(known);
    if (known == name) found = configuration;
  }
  if (!found) {
    return fail(ErrorKind::not_found, cat("there is no configuration '", name,
                                          "'; there are: ", join(names, ", "), did_you_mean(name, names)));
  }
  return start(std::move(found));
}

Result<ActiveConfiguration> Configurations::activate(const json::Value& config) {
  auto plan = plan_from_vio(config, folder_.string());
  if (!plan) return forward(plan);
  auto configuration =
      std::make_shared<Configuration>(Configuration{plan->station, config, std::move(*plan), ""});
  const auto path = folder_ / (configuration->name + ".json");
  if (auto status = disk_.write(path, as_bytes(json::print(config, 2))); !status) return forward(status);
  {
    const std::lock_guard lock(mutex_);
    known_[configuration->name] = configuration;
  }
  return start(std::move(configuration));
}

Result<ActiveConfiguration> Configurations::start(std::shared_ptr<const Configuration> configuration) {
  const bool is_own = configuration->fleet_label.empty();
  const std::string& label = is_own ? configuration->name : configuration->fleet_label;
  auto inspector = inspection::Inspector::create(configuration->plan, label,
                                                 cameras_metadata(configuration->json), world_);
  if (!inspector) return forward(inspector);
  if (is_own) {
    if (auto status = disk_.write(folder_ / "active", as_bytes(label)); !status)
      log_.warning(cat("the active configuration will be forgotten at a restart: ", status.error().what));
  }
  log_.info(cat("configuration '", label, "' is active"));
  ActiveConfiguration next{std::move(configuration), std::shared_ptr(std::move(*inspector))};
  const std::lock_guard lock(mutex_);
  std::swap(active_, next);
  return active_;
}

}  // namespace oree::edge
