#include "app/optimise/page.h"

#include <cstdio>

#include "app/pages.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "core/kernels/target.h"
#include "services/assessment/processor.h"

namespace oree::app {

namespace {

constexpr uint16_t kUsualPort = 8000, kLastTriedPort = 8020;

Result<std::unique_ptr<http::Server>> serve(std::optional<uint16_t> port, const http::Router& router,
                                            Log& log) {
  http::ServerOptions server;
  for (server.port = port.value_or(kUsualPort);; ++server.port) {
    auto started = http::Server::start(server, router, log);
    const bool taken = !started && started.error().kind == ErrorKind::unavailable && !port;
    if (!taken || server.port == kLastTriedPort) return started;
  }
}

}  // namespace

Result<std::unique_ptr<OptimisePage>> OptimisePage::open(workshop::Show& show, std::optional<uint16_t> port,
                                                         Log& log) {
  std::unique_ptr<OptimisePage> page(new OptimisePage);
  show.mount(page->router_);
  mount_pages(page->router_, "optimise");
  auto server = serve(port, page->router_, log);
  if (!server) return forward(server);
  page->server_ = *std::move(server);
  return page;
}

std::string OptimisePage::address() const {
  return cat("http://127.0.0.1:", server_->port(), "/optimise/");
}

void OptimisePage::stay() {
  std::printf("The page stays until Ctrl-C.\n");
  std::fflush(stdout);
  wait_for_signal();
  server_->stop();
}

std::string this_machine_text() {
  return cat(assessment::this_processor().name, " (", kernels::facts(kernels::this_machine()).name, ")");
}

}  // namespace oree::app
