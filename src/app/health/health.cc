#include "app/health/health.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "app/terminal.h"
#include "base/text.h"
#include "platform/http/client.h"
#include "platform/json/value.h"

namespace oree::app {
namespace {

struct HealthOptions {
  std::string station = "http://127.0.0.1:8000";
  bool live = false;  // only whether it answers; otherwise also whether a configuration is at work
  int seconds = 5;    // to answer within
};

std::string text_of(const json::Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found != nullptr && found->text() != nullptr ? *found->text() : "";
}

int run_health(const HealthOptions& options) {
  const auto url = http::parse_url(cat(options.station, "/api/v1/health/", options.live ? "live" : "ready"));
  if (!url) return print_error(url.error());
  http::Client client;
  const auto answer = client.call(
      "GET", *url, {}, "", {.deadline = std::chrono::seconds(options.seconds), .max_body_bytes = 64u << 10});
  if (!answer) return print_error(answer.error());
  const auto body = json::parse(answer->body).value_or(json::Value());
  const std::string status = text_of(body, "status");
  if (answer->status == 200 && !status.empty()) {
    std::printf("%s\n", status.c_str());
    return 0;
  }
  const std::string reason = text_of(body, "reason");
  return print_error(
      {ErrorKind::unavailable,
       answer->status == 200
           ? cat(options.station, " answers, but is neither a station nor a hub")
           : cat(options.station, " answered ", answer->status, status.empty() ? "" : cat(": ", status),
                 reason.empty() ? "" : cat(", ", reason))});
}

}  // namespace

void add_health(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<HealthOptions>();
  if (const char* known = std::getenv("OREE_STATION")) options->station = known;
  auto* sub =
      app.add_subcommand("health", "Asks whether a station is ready to work; exit code 0 when it is.");
  sub->footer("Example:\n  oree health --station http://127.0.0.1:8000");
  sub->add_option("--station", options->station, "The address of a running station, or with --live of a hub");
  sub->add_flag("--live", options->live, "Only whether it answers");
  sub->add_option("--within", options->seconds, "Seconds to answer within")->check(CLI::Range(1, 600));
  sub->callback([options, &run] { run = [options] { return run_health(*options); }; });
}

}  // namespace oree::app
