// What station and keeper tell each other through files.
#include "base/text.h"
#include "services/modules/process/keeper.h"

namespace oree::modules {
namespace {

using json::Array;
using json::Object;
using json::Value;

int64_t number_of(const Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found == nullptr ? 0 : found->integer().value_or(0);
}

std::string text_of(const Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found != nullptr && found->text() != nullptr ? *found->text() : "";
}

Array array_of(const std::vector<std::string>& words) {
  Array out;
  for (const auto& word : words) out.push_back(word);
  return out;
}

std::vector<std::string> words_of(const Value& value, std::string_view key) {
  std::vector<std::string> out;
  const auto* found = value.find(key);
  if (found == nullptr || found->array() == nullptr) return out;
  for (const auto& word : *found->array()) {
    if (word.text() != nullptr) out.push_back(*word.text());
  }
  return out;
}

int64_t microseconds_of(WallTime time) {
  return time.time_since_epoch().count();
}

WallTime time_of(const Value& value, std::string_view key) {
  return WallTime(microseconds(number_of(value, key)));
}

Status is_object(const Value& value, std::string_view what) {
  if (value.object() != nullptr) return {};
  return fail(ErrorKind::corrupt, cat(what, " holds no object"));
}

}  // namespace

Value to_json(const KeeperOrder& order) {
  Array groups;
  for (const auto& group : order.groups) groups.push_back(group.string());
  const auto& health = order.health;
  return Object{{"digest", order.digest},
                {"command", array_of(order.command)},
                {"environment", array_of(order.environment)},
                {"folder", order.folder.string()},
                {"groups", std::move(groups)},
                {"stop_signal", order.stop_signal},
                {"grace_ms", order.grace.count()},
                {"log_bytes", order.log.bytes},
                {"log_files", order.log.files},
                {"health", Object{{"command", array_of(health.command)},
                                  {"interval_ms", health.interval.count()},
                                  {"timeout_ms", health.timeout.count()},
                                  {"start_period_ms", health.start_period.count()},
                                  {"retries", health.retries}}}};
}

Result<KeeperOrder> parse_order(const Value& value) {
  if (auto right = is_object(value, "order.json"); !right) return forward(right);
  KeeperOrder out;
  out.digest = text_of(value, "digest");
  out.command = words_of(value, "command");
  out.environment = words_of(value, "environment");
  out.folder = text_of(value, "folder");
  for (auto& group : words_of(value, "groups")) out.groups.emplace_back(std::move(group));
  out.stop_signal = static_cast<int>(number_of(value, "stop_signal"));
  out.grace = milliseconds(number_of(value, "grace_ms"));
  out.log.bytes = static_cast<uint64_t>(number_of(value, "log_bytes"));
  out.log.files = static_cast<int>(number_of(value, "log_files"));
  if (const auto* health = value.find("health")) {
    out.health.command = words_of(*health, "command");
    out.health.interval = milliseconds(number_of(*health, "interval_ms"));
    out.health.timeout = milliseconds(number_of(*health, "timeout_ms"));
    out.health.start_period = milliseconds(number_of(*health, "start_period_ms"));
    out.health.retries = static_cast<int>(number_of(*health, "retries"));
  }
  if (out.command.empty() || out.log.files < 1 || out.log.bytes == 0)
    return fail(ErrorKind::corrupt, "order.json has no command, or no room for its log");
  return out;
}

Value to_json(const KeeperState& state) {
  return Object{{"keeper", to_json(state.keeper)},
                {"module", to_json(state.module)},
                {"started", microseconds_of(state.started)}};
}

Result<KeeperState> parse_state(const Value& value) {
  if (auto right = is_object(value, "state.json"); !right) return forward(right);
  const auto* keeper = value.find("keeper");
  const auto* module = value.find("module");
  if (keeper == nullptr || module == nullptr)
    return fail(ErrorKind::corrupt, "state.json does not say who runs");
  return KeeperState{process_from_json(*keeper), process_from_json(*module), time_of(value, "started")};
}

Value to_json(const ModuleExit& exit) {
  return Object{{"started", microseconds_of(exit.started)},
                {"finished", microseconds_of(exit.finished)},
                {"code", exit.code},
                {"detail", exit.detail}};
}

Result<ModuleExit> parse_exit(const Value& value) {
  if (auto right = is_object(value, "exit.json"); !right) return forward(right);
  return ModuleExit{time_of(value, "started"), time_of(value, "finished"),
                    static_cast<int>(number_of(value, "code")), text_of(value, "detail")};
}

}  // namespace oree::modules
