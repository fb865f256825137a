// oree-broker-test --port N --data DIR [--ws PORT] [--tls PORT CERT KEY [CA]] [--user NAME PASSWORD] [--deny
// FILTER]
//                  [--max BYTES] [--keep-alive SECONDS]
// A broker alone, for foreign clients and conformance suites.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "platform/mqtt/password.h"
#include "services/broker/broker.h"

using namespace oree;
using namespace oree::broker;

namespace {

class StderrLog final : public Log {
 public:
  void write(LogLevel, std::string_view sentence) override {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(sentence.size()), sentence.data());
  }
};

ListenerSettings listener(const char* port) {
  ListenerSettings settings;
  settings.port = parse_number<uint16_t>(port).value_or(0);
  return settings;
}

BrokerOptions parse(int argc, char** argv) {
  BrokerOptions options;
  options.settings.listeners.clear();
  options.folder = "oree-broker-data";
  int i = 1;
  const auto next = [&] { return i + 1 < argc ? argv[++i] : argv[0]; };
  for (; i < argc; ++i) {
    const std::string_view word = argv[i];
    auto& settings = options.settings;
    if (word == "--port") settings.listeners.push_back(listener(next()));
    if (word == "--data") options.folder = next();
    if (word == "--ws") {
      settings.listeners.push_back(listener(next()));
      settings.listeners.back().transport = Transport::websocket;
    }
    if (word == "--tls") {
      settings.listeners.push_back(listener(next()));
      auto& tls = settings.listeners.back().tls;
      tls.certificate = next();
      tls.key = next();
      if (i + 1 < argc && argv[i + 1][0] != '-') tls.client_ca = next();
    }
    if (word == "--user") {
      const std::string name = next();
      settings.access.users.push_back({name, mqtt::hash_password(as_bytes(next())).value_or("")});
    }
    if (word == "--deny") settings.access.rules.push_back({.allow = false, .filter = next()});
    if (word == "--max") options.max_message_bytes = parse_size(next()).value_or(options.max_message_bytes);
    if (word == "--keep-alive")
      settings.limits.server_keep_alive = parse_number<uint16_t>(next()).value_or(0);
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  files::RealDisk disk;
  const SystemClock clock;
  StderrLog log;
  auto broker = Broker::start(parse(argc, argv), disk, clock, log);
  if (!broker) {
    log.error(broker.error().what);
    return facts(broker.error().kind).exit_code;
  }
  std::printf("port %d\n", (*broker)->port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  (*broker)->stop();
  return 0;
}
