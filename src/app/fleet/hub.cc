// oree hub: the fleet's server until it is told to stop; invitations and people.
#include "nodes/hub/hub.h"

#include <cstdio>

#include "app/fleet/fleet.h"
#include "app/health/supervision.h"
#include "app/pages.h"
#include "app/terminal.h"
#include "app/world.h"
#include "nodes/edge/live/log_tail.h"

namespace oree::app {

int run_hub(const HubOptions& options) {
  block_signals();
  const Supervision supervision = Supervision::from_environment();
  auto settings = hub::load_settings(options.config);
  if (!settings) return print_error(settings.error());
  if (options.port) settings->port = *options.port;
  const SystemClock clock;
  files::RealDisk disk;
  edge::LogTail log(clock, options.verbose ? LogLevel::debug : LogLevel::info);
  const std::string name = settings->hub;
  auto started =
      hub::Hub::start(*std::move(settings), options.data,
                      {clock, disk, log, [](http::Router& router) { mount_pages(router, "fleet"); }});
  if (!started) return print_error(started.error());
  std::printf("%s listening on %s\n", name.c_str(), (*started)->url().c_str());
  std::fflush(stdout);
  supervision.serve([&](milliseconds within) { return (*started)->answers(within); }, log);
  log.info("stopping");
  (*started)->stop();
  return 0;
}

int run_hub_token(const HubTokenOptions& options) {
  const SystemClock clock;
  const auto token = hub::invite(options.data, {options.note, options.uses, options.minutes}, clock);
  if (!token) return print_error(token.error());
  std::printf("%s\n", token->c_str());
  return 0;
}

int run_hub_user(const HubUserOptions& options) {
  const SystemClock clock;
  const auto token = hub::add_person(options.data, options.name, options.role, clock);
  if (!token) return print_error(token.error());
  std::printf("%s\n", token->c_str());
  return 0;
}

}  // namespace oree::app
