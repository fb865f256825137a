// oree check: what a station says about itself, and what a station file says, in the manner of `iotedge
// check`.
#include <algorithm>
#include <cstdio>

#include "app/modules/modules.h"
#include "nodes/edge/settings/station_file.h"
#include "platform/json/value.h"
#include "services/modules/words.h"

namespace oree::app {
namespace {

using modules::CheckResult;
using modules::Outcome;

constexpr const char* kConfiguration = "Configuration checks";
constexpr const char* kConnectivity = "Connectivity checks";

CheckResult check_file(const std::string& path) {
  CheckResult out{
      .id = "config-well-formed", .name = "station file is well-formed", .section = kConfiguration};
  if (const auto file = edge::load_station(path); !file) {
    out.outcome = Outcome::error;
    out.details = {"The station file " + path + " is not well-formed.", file.error().what};
  }
  return out;
}

std::string text_of(const json::Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found != nullptr && found->text() != nullptr ? *found->text() : "";
}

std::vector<CheckResult> read_checks(const json::Value& answer) {
  std::vector<CheckResult> out;
  const auto* list = answer.find("checks");
  if (list == nullptr || list->array() == nullptr) return out;
  for (const auto& one : *list->array()) {
    CheckResult result{text_of(one, "id"), text_of(one, "name"), text_of(one, "section")};
    const auto* outcome = one.find("outcome");
    const int64_t number = outcome == nullptr ? 0 : outcome->integer().value_or(0);
    result.outcome =
        static_cast<Outcome>(std::clamp<int64_t>(number, 0, static_cast<int64_t>(Outcome::error)));
    const auto* details = one.find("details");
    for (const auto& detail :
         details != nullptr && details->array() != nullptr ? *details->array() : json::Array{})
      result.details.push_back(detail.text() != nullptr ? *detail.text() : "");
    out.push_back(std::move(result));
  }
  return out;
}

std::vector<CheckResult> gather(const CheckOptions& options, std::string& version) {
  std::vector<CheckResult> out;
  if (!options.config.empty()) out.push_back(check_file(options.config));
  http::Client client;
  const auto answer = ask_station(client, options.station, "GET", "/api/v1/check");
  const auto body = answer ? json::parse(answer->body) : Result<json::Value>(json::Value());
  CheckResult reached{
      .id = "connect-station", .name = "station answers at its address", .section = kConnectivity};
  if (!answer || !body) {
    reached.outcome = Outcome::error;
    reached.details = {"Could not ask the station at " + options.station.url + ".",
                       answer ? body.error().what : answer.error().what};
    out.push_back(std::move(reached));
    out.push_back({.id = "deployment-well-formed",
                   .name = "deployment manifest is well-formed",
                   .section = kConnectivity,
                   .outcome = Outcome::skipped});
    return out;
  }
  version = text_of(*body, "version");
  auto found = read_checks(*body);
  // The sections in the original's order: configuration first.
  for (auto& one : found) {
    if (one.section == kConfiguration) out.push_back(std::move(one));
  }
  out.push_back(std::move(reached));
  for (auto& one : found) {
    if (!one.section.empty() && one.section != kConfiguration) out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

int run_check(const CheckOptions& options) {
  std::string version;
  auto results = gather(options, version);
  std::erase_if(results, [&](const CheckResult& one) {
    return std::ranges::find(options.without, one.id) != options.without.end();
  });
  for (auto& one : results) {
    if (options.warnings_as_errors && one.outcome == Outcome::warning) one.outcome = Outcome::error;
  }
  const std::string text = options.output == "json" ? modules::check_json(results, version)
                                                    : modules::check_text(results, options.verbose);
  std::fputs(text.c_str(), stdout);
  return modules::has_errors(results) ? 1 : 0;
}

}  // namespace oree::app
