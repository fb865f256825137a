// Reads the words of oree list, logs, restart and check.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "app/modules/modules.h"
#include "app/station/token.h"
#include "base/text.h"
#include "platform/json/value.h"

namespace oree::app {
namespace {

using Run = std::function<int()>;

CLI::App* command(CLI::App& app, const std::string& name, const std::string& what, const std::string& example,
                  StationAddress& station) {
  auto* sub = app.add_subcommand(name, what);
  sub->footer("Example:\n  " + example);
  if (const char* known = std::getenv("OREE_STATION")) station.url = known;
  sub->add_option("--station", station.url, "The address of a running station");
  return sub;
}

void add_list(CLI::App& app, Run& run) {
  auto station = std::make_shared<StationAddress>();
  auto* sub = command(app, "list", "Lists modules, as `iotedge list` does.", "oree list", *station);
  sub->callback([station, &run] { run = [station] { return run_list(*station); }; });
}

void add_logs(CLI::App& app, Run& run) {
  auto options = std::make_shared<LogsOptions>();
  auto* sub = command(app, "logs", "Shows what a module said, as `iotedge logs` does.",
                      "oree logs ImageClassifier --since \"2 hours\" -f", options->station);
  sub->add_option("module", options->module, "The module's name")->required();
  sub->add_option("--tail", options->tail, "Number of lines, or all");
  sub->add_option("--since", options->since, "\"1 day\", \"90 minutes\", RFC 3339 or seconds since 1970");
  sub->add_option("--until", options->until, "The same");
  sub->add_flag("-f,--follow", options->follow, "Go on with what comes");
  sub->callback([options, &run] { run = [options] { return run_logs(*options); }; });
}

void add_restart(CLI::App& app, Run& run) {
  auto station = std::make_shared<StationAddress>();
  auto module = std::make_shared<std::string>();
  auto* sub = command(app, "restart", "Stops a module and starts it again, as `iotedge restart` does.",
                      "oree restart ImageClassifier", *station);
  sub->add_option("module", *module, "The module's name")->required();
  sub->callback(
      [station, module, &run] { run = [station, module] { return run_restart(*station, *module); }; });
}

void add_check(CLI::App& app, Run& run) {
  auto options = std::make_shared<CheckOptions>();
  auto* sub = command(app, "check", "Looks for what may be wrong, as `iotedge check` does.",
                      "oree check --verbose", options->station);
  sub->add_option("--config", options->config, "A station file to look at besides");
  sub->add_option("-o,--output", options->output, "How to say it")->check(CLI::IsMember({"text", "json"}));
  sub->add_option("--dont-run", options->without, "Ids of checks to leave out")->delimiter(' ');
  sub->add_flag("--verbose", options->verbose, "Also what errors were caused by, and what was skipped");
  sub->add_flag("--warnings-as-errors", options->warnings_as_errors, "A warning is an error");
  sub->callback([options, &run] { run = [options] { return run_check(*options); }; });
}

}  // namespace

void add_module_words(CLI::App& app, Run& run) {
  for (const auto add : {add_list, add_logs, add_restart, add_check}) add(app, run);
}

Result<http::Response> ask_station(http::Client& client, const StationAddress& station,
                                   std::string_view method, const std::string& path) {
  const auto url = http::parse_url(cat(station.url, path));
  if (!url) return forward(url);
  auto answer = client.call(method, *url, with_token(), "",
                            {.deadline = std::chrono::seconds(30), .max_body_bytes = 256u << 20});
  if (!answer || answer->status / 100 == 2) return answer;
  const auto body = json::parse(answer->body);
  const auto* said = body ? body->find("error") : nullptr;
  const std::string what = said != nullptr && said->text() != nullptr ? *said->text() : "";
  if (answer->status == 404 && what.find("module") == std::string::npos) {
    return fail(ErrorKind::unsupported,
                cat("the station at ", station.url, " runs no modules: its station file has no 'modules'"));
  }
  return fail(ErrorKind::unavailable,
              what.empty() ? cat(station.url, path, " answered ", answer->status) : what);
}

int print_caused(std::string_view message, const Error& cause) {
  std::fprintf(stderr, "%.*s\n\tcaused by: %s\n", static_cast<int>(message.size()), message.data(),
               cause.what.c_str());
  return 1;
}

}  // namespace oree::app
