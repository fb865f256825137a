// oree models: what a server serves, and what it shall.
#include <cstdio>

#include "app/serving/words.h"
#include "app/terminal.h"
#include "base/text.h"
#include "platform/http/client.h"
#include "platform/json/value.h"

namespace oree::app {

namespace {

struct Options {
  std::string verb, model, server = "http://127.0.0.1:8000";
  bool json = false;
};

Result<std::string> call(const Options& options, std::string_view target) {
  std::string server = options.server;
  if (server.find("://") == std::string::npos) server.insert(0, "http://");
  const auto url = http::parse_url(cat(server, target));
  if (!url) return forward(url);
  http::Client client;
  const auto answer = client.call("POST", *url, {{"Content-Type", "application/json"}}, "{}",
                                  {.deadline = milliseconds{300'000}});
  if (!answer) return forward(answer);
  if (answer->status == 200) return answer->body;
  const auto body = json::parse(answer->body);
  const json::Value* error = body ? body->find("error") : nullptr;
  return fail(answer->status == 404 ? ErrorKind::not_found : ErrorKind::invalid,
              error != nullptr && error->text() ? *error->text() : cat("HTTP ", answer->status));
}

std::string text_of(const json::Value& row, std::string_view key) {
  const json::Value* value = row.find(key);
  return value != nullptr && value->text() ? *value->text() : std::string();
}

int list(const Options& options) {
  const auto body = call(options, "/v2/repository/index");
  if (!body)
    return print_error(body.error(),
                       cat("is a server running at ", options.server, "? Choose another with --url"));
  if (options.json) {
    std::printf("%s\n", body->c_str());
    return 0;
  }
  const auto models = json::parse(*body);
  if (!models || models->array() == nullptr)
    return print_error({ErrorKind::corrupt, "the server's index is no list"});
  std::vector<std::vector<std::string>> rows;
  for (const json::Value& row : *models->array()) {
    const std::string state = text_of(row, "state");
    const Tone tone = state == "READY" ? Tone::ok : state == "UNAVAILABLE" ? Tone::ko : Tone::muted;
    rows.push_back({text_of(row, "name"), text_of(row, "version"),
                    paint(state.empty() ? "not loaded" : lower(state), tone), text_of(row, "reason")});
  }
  if (rows.empty()) {
    std::printf("no models\n");
    return 0;
  }
  print_table({"model", "version", "state", "why"}, rows);
  return 0;
}

int change(const Options& options) {
  const auto done = call(options, cat("/v2/repository/models/", options.model, "/", options.verb));
  if (!done) return print_error(done.error());
  std::printf("%s is %s\n", options.model.c_str(), options.verb == "load" ? "loaded" : "unloaded");
  return 0;
}

}  // namespace

void add_models(CLI::App& app, std::function<int()>& run) {
  auto* sub = app.add_subcommand(
      "models", "What a server serves, and what it shall: list, load, unload; bench asks it.");
  sub->footer("Example:\n  oree models load ducks --url 127.0.0.1:8000");
  auto options = std::make_shared<Options>();
  sub->add_option("verb", options->verb, "What to do")
      ->required()
      ->check(CLI::IsMember({"list", "load", "unload", "bench"}));
  sub->add_option("model", options->model, "Its name, for load, unload and bench");
  sub->add_option("--url", options->server, "The server");
  sub->add_flag("--json", options->json, "With list and bench: as JSON");
  sub->callback([options, &run] {
    if (options->verb != "list" && options->model.empty()) throw CLI::RequiredError("model");
    run = [options] {
      if (options->verb == "bench") return bench_served(options->model, options->server, options->json);
      return options->verb == "list" ? list(*options) : change(*options);
    };
  });
}

}  // namespace oree::app
