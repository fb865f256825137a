// oree bench: how fast a network answers, in this process and behind servers, in turns.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>

#include "app/serving/words.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "core/package/manifest.h"
#include "platform/json/value.h"
#include "services/loader/askers.h"

namespace oree::app {

namespace {

using loader::Contestant;
using loader::LoopResult;

// So many that questions at a rate are asked when they are due, not when somebody is free.
constexpr unsigned kOpenLoopClients = 64;

struct Options {
  std::string model;  // a network, a package, or a name that the servers know
  std::vector<std::string> servers;
  std::vector<std::string> shapes;
  std::vector<unsigned> clients;  // none: one, or kOpenLoopClients where a rate is given
  double seconds = 1, warm_up = 0.3, rate = 0;
  unsigned rounds = 5;
  int threads = 1;
  bool as_json_tensors = false, json = false;
};

bool is_file(const std::string& model) {
  std::error_code ignored;
  return std::filesystem::exists(model, ignored);
}

// models/<name>/<version> and models/<name> are called <name> by servers, name.onnx is called name.
std::string served_name(const std::string& model) {
  if (!is_file(model)) return model;
  std::filesystem::path path = std::filesystem::absolute(model).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  const std::string last = path.filename().string();
  const bool version =
      !last.empty() && std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
  return version ? path.parent_path().filename().string() : path.stem().string();
}

Result<std::filesystem::path> network_file(const std::string& model) {
  if (!std::filesystem::is_directory(model)) return std::filesystem::path(model);
  const auto manifest = package::load_manifest(model);
  if (!manifest) return forward(manifest);
  return manifest->model_file;
}

// "x=1,3,224,224"
Result<std::map<std::string, tensor::Shape>> read_shapes(const std::vector<std::string>& words) {
  std::map<std::string, tensor::Shape> shapes;
  for (const std::string& word : words) {
    const size_t equals = word.rfind('=');
    tensor::Shape shape;
    if (equals != std::string::npos) {
      for (const std::string_view part : split(std::string_view(word).substr(equals + 1), ',')) {
        int64_t dim = -1;
        const auto [end, wrong] = std::from_chars(part.data(), part.data() + part.size(), dim);
        if (wrong != std::errc{} || end != part.data() + part.size() || dim < 0) shape = {-1};
        if (shape != tensor::Shape{-1}) shape.push_back(dim);
      }
    }
    if (equals == std::string::npos || shape == tensor::Shape{-1}) {
      return fail(ErrorKind::invalid, cat("--shape ", word, ": write it as input=1,3,224,224"));
    }
    shapes[word.substr(0, equals)] = std::move(shape);
  }
  return shapes;
}

std::string number(double microseconds) {
  if (microseconds >= 10'000) return cat(fixed(microseconds / 1000, 1), " ms");
  if (microseconds >= 1000) return cat(fixed(microseconds / 1000, 2), " ms");
  return cat(fixed(microseconds, microseconds < 10 ? 1 : 0), " µs");
}

std::vector<std::string> row_of(const std::string& name, const LoopResult& result, const LoopResult& first) {
  const loader::Times& t = result.times;
  const bool compared = &result != &first && first.times.p50 > 0;
  return {name,
          fixed(result.per_second(), 1),
          number(t.p50),
          number(t.p90),
          number(t.p99),
          number(t.p999),
          number(t.most),
          cat(result.failures),
          compared ? cat(fixed(t.p50 / first.times.p50, 3), "×") : ""};
}

json::Value to_json(const loader::Times& t) {
  return json::Object{{"mean", t.mean}, {"p50", t.p50},   {"p90", t.p90}, {"p95", t.p95},
                      {"p99", t.p99},   {"p999", t.p999}, {"max", t.most}};
}

json::Value to_json(const std::string& name, unsigned clients, const LoopResult& result) {
  return json::Object{{"name", name},
                      {"clients", clients},
                      {"answers", result.answers},
                      {"failures", result.failures},
                      {"first_failure", result.first_failure},
                      {"per_second", result.per_second()},
                      {"us", to_json(result.times)},
                      {"us_refused", to_json(result.refused)}};
}

// Who is asked, and what; keeps the network that is asked in this process.
struct Field {
  std::unique_ptr<World> world;
  std::unique_ptr<inference::Model> model;
  std::vector<Contestant> contestants;
};

Status add_local(const Options& options, const std::map<std::string, tensor::Shape>& shapes, Field& field) {
  auto world = make_world(LogLevel::warning);
  if (!world) return forward(world);
  field.world = *std::move(world);
  const auto file = network_file(options.model);
  if (!file) return forward(file);
  auto model = field.world->backend->load(*file, {.threads = options.threads});
  if (!model) return forward(model);
  field.model = *std::move(model);
  const auto question = loader::make_question(field.model->signature().inputs, shapes, 1);
  if (!question) return forward(question);
  field.contestants.push_back({"in this process", loader::local_askers(*field.model, *question)});
  return {};
}

Status add_servers(const Options& options, const std::map<std::string, tensor::Shape>& shapes, Field& field) {
  const std::string name = served_name(options.model);
  const auto form = options.as_json_tensors ? loader::Form::json : loader::Form::binary;
  for (std::string server : options.servers) {
    if (server.find("://") == std::string::npos) server.insert(0, "http://");
    while (server.ends_with('/')) server.pop_back();
    auto inputs = loader::ask_inputs(server, name);
    if (!inputs) return forward(inputs);
    const auto question = loader::make_question(*std::move(inputs), shapes, 1);
    if (!question) return forward(question);
    auto make = loader::http_askers(server, name, *question, form);
    if (!make) return forward(make);
    field.contestants.push_back({server, *std::move(make)});
  }
  return {};
}

Result<Field> gather(const Options& options) {
  const auto shapes = read_shapes(options.shapes);
  if (!shapes) return forward(shapes);
  Field field;
  if (is_file(options.model)) {
    if (Status added = add_local(options, *shapes, field); !added) return forward(added);
  } else if (options.servers.empty()) {
    return fail(ErrorKind::not_found,
                cat(options.model, ": no such network; to ask a server add --url http://HOST:PORT"));
  }
  if (Status added = add_servers(options, *shapes, field); !added) return forward(added);
  return field;
}

void print(const Options& options, const Field& field, unsigned clients,
           const std::vector<LoopResult>& results) {
  std::printf("%s, %s, %u client%s, %s\n", paint(options.model, Tone::accent).c_str(),
              options.as_json_tensors ? "JSON" : "binary tensors", clients, clients == 1 ? "" : "s",
              options.rate > 0 ? cat(fixed(options.rate, 0), " questions/s offered").c_str()
                               : "as fast as they are answered");
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < results.size(); ++i) {
    rows.push_back(row_of(field.contestants[i].name, results[i], results[0]));
  }
  print_table({"", "per s", "p50", "p90", "p99", "p99.9", "max", "failed", "p50 ÷ first"}, rows);
  for (const LoopResult& result : results) {
    if (result.failures > 0)
      std::printf("failures took %s, p99 %s; the first: %s\n", number(result.refused.p50).c_str(),
                  number(result.refused.p99).c_str(), result.first_failure.c_str());
  }
}

int run_bench_command(const Options& options) {
  const auto field = gather(options);
  if (!field) return print_error(field.error());
  json::Array rows;
  bool failed = false;
  const std::vector<unsigned> usual{options.rate > 0 ? kOpenLoopClients : 1};
  for (const unsigned clients : options.clients.empty() ? usual : options.clients) {
    const auto results = loader::run_in_turns(
        field->contestants,
        {.clients = clients, .warm_up = options.warm_up, .seconds = options.seconds, .rate = options.rate},
        options.rounds);
    if (!results) return print_error(results.error());
    for (size_t i = 0; i < results->size(); ++i) {
      failed |= (*results)[i].failures > 0;
      rows.push_back(to_json(field->contestants[i].name, clients, (*results)[i]));
    }
    if (!options.json) print(options, *field, clients, *results);
  }
  if (options.json) std::printf("%s\n", json::print(json::Object{{"results", std::move(rows)}}, 2).c_str());
  return failed ? 1 : 0;
}

}  // namespace

int bench_served(const std::string& model, const std::string& server, bool json) {
  Options options;
  options.model = model;
  options.servers = {server};
  options.clients = {1, 8};
  options.json = json;
  return run_bench_command(options);
}

void add_bench(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<Options>();
  auto* sub = app.add_subcommand("bench", "How fast a network answers, here and behind servers, in turns.");
  sub->footer(
      "Example:\n  oree bench models/ducks/1 --url 127.0.0.1:8000 --compare 127.0.0.1:9000 --clients 1,8");
  sub->add_option("model", options->model,
                  "A network, a model package, or the name by which the servers know it")
      ->required();
  sub->add_option("--url,--compare", options->servers,
                  "A server of the Open Inference Protocol; may be repeated")
      ->take_all();
  sub->add_option("--clients", options->clients,
                  "How many ask at the same time; a list is gone through (default: 1; 64 with --rate)")
      ->delimiter(',')
      ->check(CLI::Range(1, 1024));
  sub->add_option("--rate", options->rate,
                  "Questions a second at random moments, instead of as fast as possible")
      ->check(CLI::Range(0.0, 1e6));
  sub->add_option("--seconds", options->seconds, "Of each round")->check(CLI::Range(0.05, 3600.0));
  sub->add_option("--warm-up", options->warm_up, "Seconds that do not count, of each round")
      ->check(CLI::Range(0.0, 600.0));
  sub->add_option("--rounds", options->rounds, "Rounds of everybody; the median counts")
      ->check(CLI::Range(1, 1000));
  sub->add_option("--threads", options->threads, "In this process: threads inside one run")
      ->check(CLI::Range(1, 256));
  sub->add_option("--shape", options->shapes,
                  "input=1,3,224,224 for dimensions that the network leaves open");
  sub->add_flag("--json-tensors", options->as_json_tensors, "Ask servers in JSON instead of binary tensors");
  sub->add_flag("--json", options->json, "The figures as JSON");
  sub->callback([options, &run] { run = [options] { return run_bench_command(*options); }; });
}

}  // namespace oree::app
