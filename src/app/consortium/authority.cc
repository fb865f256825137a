// oree authority: one of those who approve orders, until it is told to stop; and its key.
#include "nodes/authority/authority.h"

#include <cstdio>

#include "app/commands.h"
#include "app/terminal.h"
#include "app/world.h"
#include "nodes/edge/live/log_tail.h"
#include "platform/crypto/key_file.h"

namespace oree::app {

int run_authority(const AuthorityOptions& options) {
  block_signals();
  auto settings = authority::load_settings(options.config);
  if (!settings) return print_error(settings.error());
  if (options.address) settings->address = *options.address;
  if (options.port) settings->port = *options.port;
  const SystemClock clock;
  files::RealDisk disk;
  edge::LogTail log(clock, options.verbose ? LogLevel::debug : LogLevel::info);
  const std::string name = settings->rules.authority;
  auto started = authority::Authority::start(*std::move(settings), options.data, {clock, disk, log});
  if (!started) return print_error(started.error());
  std::printf("%s listens on %s\n", name.c_str(), (*started)->url().c_str());
  std::printf("key %s\n", (*started)->key().base64().c_str());
  std::fflush(stdout);
  wait_for_signal();
  log.info("stopping");
  (*started)->stop();
  return 0;
}

int run_authority_key(const std::filesystem::path& file) {
  const auto key = crypto::open_key(file);
  if (!key) return print_error(key.error());
  std::printf("%s\n", key->public_key().base64().c_str());
  return 0;
}

}  // namespace oree::app
