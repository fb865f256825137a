#include "nodes/workshop/show.h"

#include "base/text.h"
#include "core/kernels/target.h"
#include "platform/files/files.h"

namespace oree::workshop {
namespace {

constexpr std::string_view kFiles = "/api/v1/optimise/files/";
constexpr uint64_t kMostBytes = uint64_t{2} << 30;

std::string_view type_of(const std::filesystem::path& file) {
  if (file.extension() == ".html") return "text/html; charset=utf-8";
  if (file.extension() == ".json") return "application/json";
  return "application/octet-stream";
}

json::Value outcome_json(const Outcome& outcome) {
  json::Object row{{"target", kernels::facts(outcome.target).name},
                   {"holds", outcome.holds},
                   {"certificate", certification::to_json(outcome.certificate)}};
  if (outcome.holds) {
    row.emplace_back("page", cat(kFiles, outcome.page.filename().string()));
    row.emplace_back("model", cat(kFiles, outcome.model.filename().string()));
  }
  return row;
}

}  // namespace

void Show::tell(std::string_view line) {
  const std::lock_guard lock(mutex_);
  now_ = trim(line);
}

void Show::add(const certification::Stage& stage) {
  const std::lock_guard lock(mutex_);
  stages_.push_back(stage);
}

void Show::judged(const std::vector<Outcome>& outcomes) {
  const std::lock_guard lock(mutex_);
  outcomes_ = outcomes;
  for (const Outcome& outcome : outcomes_) {
    if (!outcome.holds) continue;
    for (const auto& path : {outcome.model, outcome.certificate_file, outcome.page})
      files_[path.filename().string()] = path;
  }
}

void Show::searched(const json::Value& record) {
  const std::lock_guard lock(mutex_);
  search_ = record;
}

void Show::offer(const std::vector<std::filesystem::path>& files) {
  const std::lock_guard lock(mutex_);
  for (const std::filesystem::path& path : files) files_[path.filename().string()] = path;
}

void Show::finish() {
  const std::lock_guard lock(mutex_);
  ended_ = clock_.mono();
}

void Show::finish(const Error& error) {
  const std::lock_guard lock(mutex_);
  error_ = error;
  ended_ = clock_.mono();
}

json::Value Show::json() const {
  const std::lock_guard lock(mutex_);
  json::Array stages, outcomes;
  for (const auto& stage : stages_) stages.push_back(certification::to_json(stage));
  for (const auto& outcome : outcomes_) outcomes.push_back(outcome_json(outcome));
  const auto seconds = std::chrono::duration<double>(ended_.value_or(clock_.mono()) - began_).count();
  json::Object run{{"model", model_},
                   {"state", error_   ? "failed"
                             : ended_ ? "done"
                                      : "running"},
                   {"now", now_},
                   {"seconds", seconds},
                   {"stages", std::move(stages)},
                   {"outcomes", std::move(outcomes)}};
  if (error_) run.emplace_back("error", error_->what);
  if (!search_.is_null()) run.emplace_back("search", search_);
  return run;
}

http::Response Show::file(const std::string& name) const {
  std::filesystem::path path;
  {
    const std::lock_guard lock(mutex_);
    const auto at = files_.find(name);
    if (at == files_.end()) return http::json(404, R"({"error":"no such file was handed out"})");
    path = at->second;
  }
  files::RealDisk disk;
  auto bytes = disk.read(path, kMostBytes);
  if (!bytes) return http::json(404, json::print(json::Object{{"error", bytes.error().what}}));
  auto kept = std::make_shared<const ByteBuffer>(*std::move(bytes));
  http::Response response;
  response.borrowed = *kept;
  response.keep = kept;
  response.with("Content-Type", type_of(path));
  response.with("X-Content-Type-Options", "nosniff");
  return response;
}

void Show::mount(http::Router& router) {
  router.add({"GET", "/api/v1/optimise", "optimise", "How far the run is, and what it measured.",
              [this](const http::Request&) { return http::json(200, json::print(json())); }});
  router.add({"GET", cat(kFiles, "{name}"), "optimise", "A network, certificate or page that was handed out.",
              [this](const http::Request& request) { return file(std::string(request.capture("name"))); }});
}

}  // namespace oree::workshop
