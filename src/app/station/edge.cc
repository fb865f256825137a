// oree edge: the station, until it is told to stop.
#include <cstdio>

#include "app/commands.h"
#include "app/health/supervision.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "nodes/edge/station/station.h"
#include "platform/http/ends/listen.h"

namespace oree::app {

int run_edge(const EdgeOptions& options) {
  block_signals();
  const Supervision supervision = Supervision::from_environment();
  auto file = edge::load_station(options.config);
  if (!file) return print_error(file.error());
  if (options.listen) {
    const auto listen = http::parse_listen(*options.listen);
    if (!listen) return print_error(listen.error());
    file->address = listen->address;
    file->port = listen->port;
  }
  auto world = make_world(options.verbose ? LogLevel::debug : LogLevel::info);
  if (!world) return print_error(world.error());
  World& w = **world;
  auto station = edge::Station::start(std::move(*file), options.data, {w.clock, w.disk, w.log, *w.backend});
  if (!station) return print_error(station.error());
  std::printf("listening on %s\n", (*station)->url().c_str());
  for (const auto& address : (*station)->mqtt_addresses()) std::printf("messages to %s\n", address.c_str());
  std::fflush(stdout);
  supervision.serve([&](milliseconds within) { return (*station)->answers(within); }, w.log);
  w.log.info("stopping");
  (*station)->stop();
  return 0;
}

}  // namespace oree::app
