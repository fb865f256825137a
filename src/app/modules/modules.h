// What people of IoT Edge type, with the same words: list, logs, restart, check.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/http/client.h"

namespace oree::app {

void add_module_words(CLI::App& app, std::function<int()>& run);

struct StationAddress {
  std::string url = "http://127.0.0.1:8000";  // or $OREE_STATION
};

struct LogsOptions {
  StationAddress station;
  std::string module, tail = "all", since, until;
  bool follow = false;
};

struct CheckOptions {
  StationAddress station;
  std::string config;  // also looks at this station file
  std::string output = "text";
  std::vector<std::string> without;
  bool verbose = false;
  bool warnings_as_errors = false;
};

int run_list(const StationAddress& station);
int run_logs(const LogsOptions& options);
int run_restart(const StationAddress& station, const std::string& module);
int run_check(const CheckOptions& options);

// One call; an answer that is no success becomes an error with the station's own words.
Result<http::Response> ask_station(http::Client& client, const StationAddress& station,
                                   std::string_view method, const std::string& path);
// In the manner of the original: the message, then "\tcaused by: …"; exit code 1.
int print_caused(std::string_view message, const Error& cause);

}  // namespace oree::app
