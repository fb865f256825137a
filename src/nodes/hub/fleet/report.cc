#include "nodes/hub/fleet/report.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "nodes/hub/door/names.h"

namespace oree::hub {
namespace {

using json::Value;

constexpr size_t kMostModels = 64, kMostBad = 64, kMostAttacks = 16, kMostModules = 100, kMostText = 1'000;

std::unexpected<Error> wrong(std::string_view member, std::string_view rule) {
  return fail(ErrorKind::invalid, cat("the report: '", member, "' ", rule));
}

std::string text_of(const Value* value, std::string_view key) {
  const auto* found = value == nullptr ? nullptr : value->find(key);
  return found != nullptr && found->text() != nullptr ? found->text()->substr(0, kMostText) : "";
}

int64_t number_of(const Value* value, std::string_view key) {
  const auto* found = value == nullptr ? nullptr : value->find(key);
  return found == nullptr ? 0 : std::max<int64_t>(0, found->integer().value_or(0));
}

Result<Slot> read_slot(const Value* slots, std::string_view name) {
  const auto* value = slots == nullptr ? nullptr : slots->find(name);
  if (value == nullptr || value->is_null()) return Slot{};
  Slot slot{text_of(value, "version"), text_of(value, "package")};
  if (!is_digest(slot.package)) return wrong(cat("slots.", name, ".package"), "must be sha256:HEX");
  return slot;
}

Result<std::vector<std::string>> read_bad(const Value& model) {
  std::vector<std::string> bad;
  const auto* list = model.find("bad");
  if (list == nullptr || list->is_null()) return bad;
  if (list->array() == nullptr || list->array()->size() > kMostBad)
    return wrong("bad", cat("must be a list of at most ", kMostBad));
  for (const auto& one : *list->array()) {
    if (one.text() == nullptr || !is_digest(*one.text())) return wrong("bad", "must hold sha256:HEX");
    bad.push_back(*one.text());
  }
  return bad;
}

// A model, the configuration or the deployment.
Result<ModelReport> read_unit(const Value& value) {
  ModelReport model;
  model.name = text_of(&value, "name");
  const std::string state = text_of(&value, "state");
  const auto parsed = rollouts::parse_state(state);
  if (!parsed || *parsed == rollouts::StationState::silent || *parsed == rollouts::StationState::offline)
    return wrong("models.state", cat("must be a state of docs/formats/fleet.md, got '", state, "'"));
  model.state = *parsed;
  model.rollout = text_of(&value, "rollout");
  model.package = text_of(&value, "package");
  if (!model.package.empty() && !is_digest(model.package))
    return wrong("models.package", "must be sha256:HEX");
  model.error_code = text_of(value.find("error"), "code");
  model.error = text_of(value.find("error"), "message");
  model.bytes = number_of(value.find("progress"), "bytes");
  model.of = number_of(value.find("progress"), "of");
  const auto* slots = value.find("slots");
  for (const auto& [name, slot] : {std::pair{"current", &model.current},
                                   std::pair{"last_good", &model.last_good}, std::pair{"new", &model.next}}) {
    auto read = read_slot(slots, name);
    if (!read) return forward(read);
    *slot = *std::move(read);
  }
  auto bad = read_bad(value);
  if (!bad) return forward(bad);
  model.bad = *std::move(bad);
  return model;
}

Status read_modules(const Value& value, Report& report) {
  const auto* list = value.find("modules");
  if (list == nullptr || list->is_null()) return {};
  if (list->array() == nullptr || list->array()->size() > kMostModules)
    return wrong("modules", cat("must be a list of at most ", kMostModules));
  for (const auto& one : *list->array()) {
    ModuleReport module{text_of(&one, "name"), text_of(&one, "image"), text_of(&one, "status"),
                        number_of(&one, "restarts")};
    if (!is_name(module.name)) return wrong("modules.name", kNameRule);
    report.modules.push_back(std::move(module));
  }
  return {};
}

}  // namespace

const ModelReport* Report::find(std::string_view model) const {
  const auto at = std::ranges::find(models, model, &ModelReport::name);
  return at == models.end() ? nullptr : &*at;
}

Result<Report> parse_report(std::string_view body) {
  const auto value = json::parse(body);
  if (!value) return fail(ErrorKind::invalid, cat("the report is no JSON: ", value.error().what));
  if (value->object() == nullptr) return fail(ErrorKind::invalid, "the report must be a JSON object");
  Report report;
  report.instance = text_of(&*value, "instance");
  if (report.instance.size() != 32 || !from_hex(report.instance))
    return wrong("instance", "must be 32 hex digits");
  report.revision = static_cast<uint64_t>(number_of(&*value, "revision"));
  report.hardware = text_of(&*value, "hardware");
  if (!report.hardware.empty() && !is_name(report.hardware)) return wrong("hardware", kNameRule);
  report.software = text_of(&*value, "software").substr(0, 64);
  if (const auto* models = value->find("models"); models != nullptr && !models->is_null()) {
    if (models->array() == nullptr || models->array()->size() > kMostModels)
      return wrong("models", cat("must be a list of at most ", kMostModels));
    for (const auto& one : *models->array()) {
      auto model = read_unit(one);
      if (!model) return forward(model);
      if (!is_name(model->name)) return wrong("models.name", kNameRule);
      if (report.find(model->name) != nullptr) return wrong("models.name", "comes twice");
      report.models.push_back(*std::move(model));
    }
  }
  for (const auto& [key, unit] :
       {std::pair("configuration", kConfigurationUnit), std::pair("deployment", kDeploymentUnit)}) {
    const auto* given = value->find(key);
    if (given == nullptr || given->is_null()) continue;
    auto one = read_unit(*given);
    if (!one) return forward(one, key);
    one->name = unit;
    report.models.push_back(*std::move(one));
  }
  if (auto read = read_modules(*value, report); !read) return forward(read);
  if (const auto* attacks = value->find("attacks"); attacks != nullptr && attacks->array() != nullptr) {
    for (const auto& one : *attacks->array()) {
      if (report.attacks.size() == kMostAttacks) break;
      report.attacks.push_back(cat(text_of(&one, "code"), ": ", text_of(&one, "message")));
    }
  }
  return report;
}

}  // namespace oree::hub
