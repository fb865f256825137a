#include "nodes/edge/modules/modules.h"

#include <algorithm>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "services/modules/containers/container_runtime.h"
#include "services/modules/process/process_runtime.h"

namespace oree::edge {
namespace fs = std::filesystem;
namespace {

using modules::Phase;

int64_t to_ms(WallTime time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

// As the original's daemon sees a module, which knows no back-off.
std::string_view plain_status(const modules::ModuleReport& report) {
  if (report.spec.kind == modules::Kind::station && report.error.empty()) return "running";
  if (!report.observed || report.observed->phase == Phase::created) return "unknown";
  if (report.observed->phase == Phase::running) return "running";
  return report.observed->exit_code == 0 ? "stopped" : "failed";
}

json::Value time_or_null(const std::optional<WallTime>& time) {
  return time ? json::Value(to_ms(*time)) : json::Value();
}

json::Object row_json(const modules::ModuleReport& report, const modules::ListRow& row) {
  json::Object out{{"name", row.name},
                   {"image", row.image},
                   {"runs_as", modules::kind_name(report.spec.kind)},
                   {"wanted", report.spec.status == manifest::WantedStatus::running ? "running" : "stopped"},
                   {"status", row.status},
                   {"runtime_status", modules::status_name(report.status)},
                   {"restart_policy", manifest::policy_name(report.spec.restart)},
                   {"restarts", report.history.restarts},
                   {"started", time_or_null(row.started)},
                   {"finished", time_or_null(row.finished)}};
  if (!report.spec.command.empty()) {
    json::Array command;
    for (const auto& word : report.spec.command) command.push_back(word);
    out.emplace_back("command", std::move(command));
  }
  if (row.finished) out.emplace_back("exit_code", row.exit_code);
  if (report.observed && !report.observed->detail.empty())
    out.emplace_back("detail", report.observed->detail);
  if (!report.error.empty()) out.emplace_back("error", report.error);
  return out;
}

modules::ListRow row_of(const modules::ModuleReport& report, WallTime station_started) {
  modules::ListRow row{
      .name = report.spec.name, .status = std::string(plain_status(report)), .image = report.spec.image};
  if (report.spec.kind == modules::Kind::station) {
    row.started = station_started;
  } else if (report.observed) {
    row.started = report.observed->started;
    row.finished = report.observed->finished;
    row.exit_code = report.observed->exit_code;
  }
  return row;
}

}  // namespace

Result<std::unique_ptr<Modules>> Modules::start(const ModulesFile& file, const fs::path& data,
                                                std::optional<fs::path> base, std::string station,
                                                Clock& clock, files::Disk& disk, LogTail& log) {
  std::unique_ptr<Modules> out(new Modules(file, log, clock.wall()));
  std::error_code ignored;
  const std::string owner = crypto::sha256(as_bytes(fs::absolute(data, ignored).string())).hex().substr(0, 8);
  auto groups = modules::ControlGroups::find(owner);
  out->limits_ = groups.why_not();
  if (!out->limits_.empty()) log.warning(cat("modules run without limits: ", out->limits_));
  modules::ProcessSettings processes{
      .folder = data / "processes",
      .keeper_program = {fs::read_symlink("/proc/self/exe", ignored), "keep-module"},
      .log = file.log};
  modules::SupervisorSettings settings{
      .folder = data,
      .manifest = file.manifest,
      .base = std::move(base),
      .layers = file.layers,
      .specs = {.station = std::move(station), .rules = file.images, .has_engine = !file.engine.empty()}};
  std::unique_ptr<modules::Runtime> containers;
  if (!file.engine.empty()) {
    containers = std::make_unique<modules::ContainerRuntime>(
        modules::EngineSettings{.socket = file.engine, .owner = owner});
  }
  auto supervisor = modules::Supervisor::start(
      std::move(settings),
      {clock, disk, log,
       std::make_unique<modules::ProcessRuntime>(std::move(processes), std::move(groups), disk, clock),
       std::move(containers), check_routes});
  if (!supervisor) return forward(supervisor);
  out->supervisor_ = std::move(*supervisor);
  return out;
}

Result<modules::LogPage> Modules::logs(const std::string& name, const modules::LogQuery& query) {
  for (const auto& report : supervisor_->modules()) {
    if (report.spec.name != name || report.spec.kind != modules::Kind::station) continue;
    auto lines = log_.lines();
    const size_t from =
        query.tail && query.after.empty() && lines.size() > *query.tail ? lines.size() - *query.tail : 0;
    modules::LogPage page;
    // A cursor is the newest line that was told.
    const auto told = query.after.empty() ? lines.end() : std::ranges::find(lines, query.after);
    auto first = told == lines.end() ? lines.begin() + static_cast<std::ptrdiff_t>(from) : told + 1;
    for (; first != lines.end(); ++first) page.text += *first + "\n";
    page.cursor = lines.empty() ? "" : lines.back();
    return page;
  }
  return supervisor_->logs(name, query);
}

std::vector<modules::ListRow> Modules::rows() const {
  std::vector<modules::ListRow> out;
  for (const auto& report : supervisor_->modules()) out.push_back(row_of(report, started_));
  return out;
}

json::Value Modules::json() const {
  json::Array list;
  for (const auto& report : supervisor_->modules())
    list.push_back(row_json(report, row_of(report, started_)));
  const auto deployment = supervisor_->deployment();
  return json::Object{{"modules", std::move(list)},
                      {"deployment", json::Object{{"code", deployment.code},
                                                  {"description", deployment.description},
                                                  {"since", to_ms(deployment.since)},
                                                  {"manifest", deployment.base.string()}}},
                      {"limits", limits_.empty() ? json::Value("control groups") : json::Value()},
                      {"no_limits_because", limits_}};
}

}  // namespace oree::edge
