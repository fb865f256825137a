// oree list and oree restart.
#include <cstdio>

#include "app/modules/modules.h"
#include "base/text.h"

namespace oree::app {

int run_list(const StationAddress& station) {
  http::Client client;
  const auto answer = ask_station(client, station, "GET", "/api/v1/modules?as=iotedge");
  if (!answer) return print_caused("A module runtime error occurred", answer.error());
  std::fwrite(answer->body.data(), 1, answer->body.size(), stdout);
  return 0;
}

int run_restart(const StationAddress& station, const std::string& module) {
  http::Client client;
  const auto answer = ask_station(client, station, "POST", cat("/api/v1/modules/", module, "/restart"));
  if (!answer) return print_caused("A module runtime error occurred", answer.error());
  std::printf("Restarted %s\n\n", module.c_str());
  return 0;
}

}  // namespace oree::app
