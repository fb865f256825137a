// oree serve: a model repository behind every dialect, until it is told to stop.
#include <cstdio>
#include <cstdlib>

#include "app/pages.h"
#include "app/serving/words.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "core/graph/file.h"
#include "nodes/server/server.h"
#include "platform/onnx/codec.h"
#include "services/serving/dialects/custom_vision.h"

namespace oree::app {

namespace {

struct Options {
  std::filesystem::path repository, key, certificate, private_key, client_ca;
  std::string listen = "127.0.0.1:8000", grpc = "127.0.0.1:8001", metrics, mode = "explicit", backend,
              picture_model, name = "oree", memory;
  std::vector<std::string> load;
  unsigned poll_seconds = 15;
  std::optional<unsigned> max_wait_ms;
  uint64_t max_body_mb = 64, max_models_mb = 0, cache_mb = 64;
  bool verbose = false;
};

Status read_addresses(const Options& options, server::Settings& settings) {
  const auto http = http::parse_listen(options.listen);
  if (!http) return forward(http, "--listen");
  settings.http = *http;
  settings.grpc.reset();
  for (auto [word, place, name] : {std::tuple{&options.grpc, &settings.grpc, "--grpc"},
                                   std::tuple{&options.metrics, &settings.metrics, "--metrics"}}) {
    if (word->empty() || *word == "off") continue;
    const auto listen = http::parse_listen(*word);
    if (!listen) return forward(listen, name);
    *place = *listen;
  }
  return {};
}

Result<server::Settings> settings_of(const Options& options) {
  server::Settings settings;
  settings.name = options.name;
  settings.repository = options.repository;
  if (Status read = read_addresses(options, settings); !read) return forward(read);
  settings.tls = {options.certificate, options.private_key, options.client_ca, !options.client_ca.empty()};
  settings.control = options.mode == "none"   ? server::Control::fixed
                     : options.mode == "poll" ? server::Control::watching
                                              : server::Control::by_hand;
  if (!options.load.empty()) settings.load = options.load;
  settings.look_every = std::chrono::seconds(options.poll_seconds);
  settings.backend = options.backend;
  settings.max_bytes = options.max_models_mb << 20;
  settings.max_body_bytes = options.max_body_mb << 20;
  if (options.max_wait_ms) settings.max_wait = milliseconds(*options.max_wait_ms);
  settings.cache_bytes = options.cache_mb << 20;
  settings.picture_model = options.picture_model;
  auto key = open_model_key(options.key);
  if (!key) return forward(key);
  settings.key = *std::move(key);
  return settings;
}

int run_serve(const Options& options) {
  block_signals();
  auto settings = settings_of(options);
  if (!settings) return print_error(settings.error());
  const SystemClock clock;
  edge::LogTail log(clock, options.verbose ? LogLevel::debug : LogLevel::info);
  // ONNX Runtime reads no .tflite; as an ONNX network it can be compared with the runtimes that do.
  inference::Conversion from_tflite{".tflite", ".onnx",
                                    [](const std::filesystem::path& file) -> Result<std::string> {
                                      const auto model = graph::load(file);
                                      if (!model) return forward(model);
                                      return onnx::print(*model);
                                    }};
  inference::Backends backends(inference::standard_backends(), {std::move(from_tflite)}, options.memory);
  auto server = server::ModelServer::start(*std::move(settings),
                                           {clock, log, backends, [](http::Router& router) {
                                              mount_pages(router, "models", serving::custom_vision_greeting);
                                            }});
  if (!server) return print_error(server.error());
  std::printf("listening on %s\n", (*server)->url().c_str());
  if (!(*server)->grpc().empty()) std::printf("gRPC on %s\n", (*server)->grpc().c_str());
  std::fflush(stdout);
  wait_for_signal();
  log.info("stopping");
  (*server)->stop();
  return 0;
}

}  // namespace

void add_serve(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<Options>();
  auto* sub = app.add_subcommand("serve", "Serves a folder of models to everybody's clients.");
  sub->footer("Example:\n  oree serve --repo models");
  sub->add_option("--repo", options->repository,
                  "The folder: NAME/VERSION/, as Triton's or with a model.yaml")
      ->required();
  sub->add_option("--listen", options->listen, "Address and port of HTTP (127.0.0.1:8000)");
  sub->add_option("--grpc", options->grpc, "Address and port of gRPC (127.0.0.1:8001); 'off' for none");
  sub->add_option("--metrics", options->metrics, "A second address for /metrics, which HTTP serves anyhow");
  sub->add_option("--mode", options->mode,
                  "none: load at the start only; explicit: as clients say; poll: as the folder changes")
      ->check(CLI::IsMember({"none", "explicit", "poll"}));
  sub->add_option("--load-model", options->load,
                  "With explicit: what to load at the start; all ('*') when absent")
      ->take_all();
  sub->add_option("--poll-seconds", options->poll_seconds, "With poll: how often to look")
      ->check(CLI::Range(1, 86'400));
  sub->add_option(
      "--backend", options->backend,
      "onnxruntime, openvino, litert, or auto for the quickest here; the format decides when absent");
  sub->add_option("--max-models-mb", options->max_models_mb,
                  "Unload what was asked least lately beyond so many megabytes");
  sub->add_option("--max-body-mb", options->max_body_mb, "Largest request")->check(CLI::Range(1, 4096));
  sub->add_option("--max-wait-ms", options->max_wait_ms,
                  "Refuse at once who would wait longer for a run, where the model says no max_queue_size");
  sub->add_option("--cache-mb", options->cache_mb,
                  "Memory of kept answers, for models with a response_cache");
  sub->add_option("--picture-model", options->picture_model,
                  "The model behind /image and /api/image, where there are several");
  sub->add_option("--model-key", options->key, "The key that opens sealed networks");
  sub->add_option("--certificate", options->certificate, "Speak TLS: the certificate, PEM");
  sub->add_option("--key", options->private_key, "and its key")->needs("--certificate");
  sub->add_option("--client-ca", options->client_ca, "and who must have signed clients' certificates")
      ->needs("--certificate");
  sub->add_option("--memory", options->memory, "The file that keeps what 'auto' measured");
  sub->add_option("--name", options->name, "What the server is called");
  sub->add_flag("--verbose", options->verbose, "Log more");
  sub->callback([options, &run] { run = [options] { return run_serve(*options); }; });
}

}  // namespace oree::app
