// oree rollout and oree fleet list: the hub's API in the terminal.
#include <cstdio>

#include "app/fleet/fleet.h"
#include "app/terminal.h"
#include "base/clock.h"
#include "base/text.h"
#include "platform/config/node.h"

namespace oree::app {
namespace {

std::string waves_text(const json::Value& rollout) {
  const auto* waves = rollout.find("waves");
  size_t done = 0, all = 0;
  if (waves != nullptr && waves->array() != nullptr) {
    for (const auto& wave : *waves->array()) {
      ++all;
      done += text_member(wave, "state") == "done" ? 1 : 0;
    }
  }
  return cat(done, "/", all);
}

std::string count_text(const json::Value& rollout, std::string_view key) {
  const auto* stations = rollout.find("stations");
  return stations == nullptr ? "" : cat(number_member(*stations, key));
}

std::string painted(const std::string& state) {
  const Tone tone = state == "done"                             ? Tone::ok
                    : state == "aborted" || state == "aborting" ? Tone::ko
                    : state == "paused"                         ? Tone::unsure
                                                                : Tone::accent;
  return paint(state, tone);
}

void print_rollouts(const json::Value& answer) {
  std::vector<std::vector<std::string>> rows;
  const auto* list = answer.find("rollouts");
  if (list == nullptr || list->array() == nullptr || list->array()->empty()) {
    std::printf("no roll-out yet; 'oree rollout start MODEL VERSION' begins one\n");
    return;
  }
  for (const auto& one : *list->array()) {
    const std::string what =
        cat(text_member(one, "kind") == "configuration" ? "configuration " : "", text_member(one, "model"));
    std::string why = text_member(one, "reason");
    if (const std::string waits = text_member(one, "waits_for"); !waits.empty())
      why += cat(why.empty() ? "" : "; ", "waits: ", waits);
    rows.push_back({text_member(one, "id"), what, text_member(one, "version"),
                    painted(text_member(one, "state")), waves_text(one), count_text(one, "exposed"),
                    count_text(one, "failed"), why});
  }
  print_table({"roll-out", "what", "version", "state", "waves", "exposed", "failed", "why"}, rows);
}

Result<json::Value> ask(HubClient& hub, const RolloutOptions& options) {
  if (options.verb == "list") return hub.call("GET", "/api/v1/rollouts");
  if (options.verb == "show") return hub.call("GET", cat("/api/v1/rollouts/", url_part(options.id)));
  if (options.verb != "start")
    return hub.call("POST", cat("/api/v1/rollouts/", url_part(options.id), "/", options.verb));
  json::Object wanted{{"model", options.id}, {"version", options.version}};
  if (!options.plan.empty()) {
    const auto plan = config::load_text(options.plan.string());
    if (!plan) return forward(plan);
    wanted.emplace_back("plan", *plan);
  }
  return hub.call("POST", "/api/v1/rollouts", json::print(wanted));
}

}  // namespace

int run_rollout(const RolloutOptions& options) {
  HubClient hub(options.hub);
  const auto answer = ask(hub, options);
  if (!answer) return print_error(answer.error());
  if (options.json) {
    std::printf("%s\n", json::print(*answer, 2).c_str());
  } else if (options.verb == "list") {
    print_rollouts(*answer);
  } else {
    print_rollouts(json::Object{{"rollouts", json::Array{*answer}}});
  }
  return 0;
}

int run_fleet_list(const FleetOptions& options) {
  HubClient hub(options.hub);
  const auto answer =
      hub.call("GET", cat("/api/v1/devices", options.tag.empty() ? "" : cat("?tag=", url_part(options.tag))));
  if (!answer) return print_error(answer.error());
  if (options.json) {
    std::printf("%s\n", json::print(*answer, 2).c_str());
    return 0;
  }
  const int64_t now = number_member(*answer, "now");
  std::vector<std::vector<std::string>> rows;
  for (const auto& device : *answer->find("devices")->array()) {
    std::string models;
    for (const auto& model : *device.find("models")->array()) {
      const auto* current = model.find("current");
      models += cat(models.empty() ? "" : ", ", text_member(model, "name"), " ",
                    current == nullptr ? "" : text_member(*current, "version"), " (",
                    text_member(model, "state"), ")");
    }
    if (const auto* configuration = device.find("configuration");
        configuration != nullptr && !configuration->is_null()) {
      const auto* current = configuration->find("current");
      models += cat(models.empty() ? "" : ", ", "configuration ", text_member(*configuration, "name"), " ",
                    current == nullptr ? "" : text_member(*current, "version"), " (",
                    text_member(*configuration, "state"), ")");
    }
    const int64_t seen = number_member(device, "last_seen");
    const auto* online = device.find("online");
    const bool is_online = online != nullptr && online->boolean() != nullptr && *online->boolean();
    rows.push_back(
        {text_member(device, "id"), text_member(device, "standing"),
         is_online ? paint("online", Tone::ok) : paint("offline", Tone::muted),
         seen == 0 ? "never" : cat(duration_text(milliseconds(std::max<int64_t>(0, now - seen))), " ago"),
         text_member(device, "hardware"), models});
  }
  if (rows.empty()) std::printf("no station yet; 'oree hub token new --data DIR' invites one\n");
  if (!rows.empty()) print_table({"station", "standing", "", "last seen", "hardware", "models"}, rows);
  return 0;
}

}  // namespace oree::app
