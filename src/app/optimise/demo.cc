// oree demo optimise: the float network of the ducks on its way to a certificate, on a page and in the
// terminal.
#include <cstdio>
#include <thread>

#include "app/commands.h"
#include "app/examples.h"
#include "app/optimise/certificates.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "nodes/edge/api/embedded.h"
#include "nodes/workshop/show.h"
#include "platform/http/server.h"

namespace oree::app {
namespace fs = std::filesystem;
namespace {

constexpr uint16_t kUsualPort = 8000, kLastTriedPort = 8020;
// The ducks' network is so small, a third of a megabyte, that the runtime itself is most of its time and
// memory. So less is asked of it than the usual 2 times and half; the page and the certificate say what.
constexpr certification::Limits kLimits{.speedup = 0.8, .memory = -0.5, .variation = 3.0};

http::Response embedded(const http::Request& request, const std::string& path) {
  for (const auto& file : edge::embedded_files()) {
    if (file.path != path) continue;
    http::Response response;
    response.with("Content-Type", file.media_type);
    response.with("Cache-Control", "no-cache");
    response.with("X-Content-Type-Options", "nosniff");
    response.borrowed = file.bytes;
    return response;
  }
  return http::json(404, json::print(json::Object{{"error", cat("there is no ", request.path)}}));
}

void mount_page(http::Router& router) {
  const auto file = [](const http::Request& request) {
    return embedded(request, std::string(request.path.substr(1)));
  };
  router.add({"GET", "/assets/{rest...}", "", "Scripts and styles.", file, true});
  router.add({"GET", "/optimise/{rest...}", "pages", "The Optimise page.",
              [](const http::Request& request) {
                const bool index = request.capture("rest").empty();
                return embedded(request, index ? "optimise/index.html" : std::string(request.path.substr(1)));
              },
              true});
  router.add({"GET", "/", "", "To the page.",
              [](const http::Request&) {
                http::Response response;
                response.status = 302;
                response.with("Location", "/optimise/");
                return response;
              },
              true});
}

Result<std::unique_ptr<http::Server>> serve(const DemoOptions& options, const http::Router& router,
                                            Log& log) {
  http::ServerOptions server;
  for (server.port = options.port.value_or(kUsualPort);; ++server.port) {
    auto started = http::Server::start(server, router, log);
    const bool taken = !started && started.error().kind == ErrorKind::unavailable && !options.port;
    if (!taken || server.port == kLastTriedPort) return started;
  }
}

workshop::OptimiseOptions plan(const fs::path& ducks, const fs::path& out) {
  workshop::OptimiseOptions plan;
  plan.model = ducks / "models" / "ducks" / "1";
  plan.data = ducks / "samples";
  plan.out = out;
  plan.limits = kLimits;
  return plan;
}

void explain(bool gone_afterwards) {
  std::printf(
      "\nThe ducks' network is so small that the runtime itself is most of its time and memory: here it "
      "only\n"
      "has to be about as fast and large as before. Your own is asked for 2 times the speed and half the\n"
      "memory, unless you say otherwise.\n");
  if (gone_afterwards) std::printf("What is made goes when the demo ends; --data DIR keeps it.\n");
}

}  // namespace

int run_optimise_demo(const DemoOptions& options) {
  block_signals();
  const auto ducks = find_example(options.examples, "ducks");
  if (!ducks) return print_error(ducks.error());
  auto world = make_world(LogLevel::warning);
  if (!world) return print_error(world.error());
  const DemoData data(options.data);
  const auto key = open_certificate_key(data.path() / "certificates.pem", (*world)->disk);
  if (!key) return print_error(key.error());
  workshop::Show show("ducks", (*world)->clock);
  http::Router router;
  show.mount(router);
  mount_page(router);
  std::unique_ptr<http::Server> server;
  if (!options.once) {
    auto started = serve(options, router, (*world)->log);
    if (!started) return print_error(started.error());
    server = std::move(*started);
    std::printf("The ducks' network is being optimised: open %s in a browser\n",
                paint(cat("http://127.0.0.1:", server->port(), "/optimise/"), Tone::accent).c_str());
    std::fflush(stdout);
  }
  const workshop::Tools tools{.backend = *(*world)->backend,
                              .clock = (*world)->clock,
                              .key = *key,
                              .tell =
                                  [&](std::string_view line) {
                                    show.tell(line);
                                    std::fprintf(options.json ? stderr : stdout, "%.*s\n",
                                                 static_cast<int>(line.size()), line.data());
                                    std::fflush(stdout);
                                  },
                              .weigher = "/proc/self/exe",
                              .on_stage = [&](const certification::Stage& stage) { show.add(stage); }};
  const auto outcomes = workshop::optimise(plan(*ducks, data.path() / "optimised"), tools);
  if (outcomes) {
    show.finish(*outcomes);
  } else {
    show.finish(outcomes.error());
  }
  if (!options.json) explain(options.data.empty());
  const int code = outcomes ? report_outcomes(*outcomes, options.json) : print_error(outcomes.error());
  if (server) {
    std::printf("The page stays until Ctrl-C.\n");
    std::fflush(stdout);
    wait_for_signal();
    server->stop();
  }
  return code;
}

}  // namespace oree::app
