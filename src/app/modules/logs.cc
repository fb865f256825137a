// oree logs: a module's output, as it was written.
#include <cstdio>

#include "app/modules/modules.h"
#include "app/world.h"
#include "base/text.h"

namespace oree::app {
namespace {

constexpr milliseconds kPause{300};  // between two looks for what is new

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += plain ? std::string(1, c) : cat("%", kHex[byte >> 4], kHex[byte & 15]);
  }
  return out;
}

std::string header(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (iequals(key, name)) return value;
  }
  return "";
}

}  // namespace

int run_logs(const LogsOptions& options) {
  block_signals();
  http::Client client;
  const std::string path = cat("/api/v1/modules/", escaped(options.module), "/logs?");
  std::string query = cat("tail=", escaped(options.tail));
  if (!options.since.empty()) query += cat("&since=", escaped(options.since));
  if (!options.until.empty()) query += cat("&until=", escaped(options.until));
  for (;;) {
    const auto answer = ask_station(client, options.station, "GET", path + query);
    if (!answer) return print_caused("A module runtime error occurred", answer.error());
    std::fwrite(answer->body.data(), 1, answer->body.size(), stdout);
    std::fflush(stdout);
    if (!options.follow || std::ferror(stdout) != 0) return 0;
    const std::string cursor = header(*answer, "X-Log-Cursor");
    if (!cursor.empty()) query = cat("after=", escaped(cursor));
    if (signal_came(kPause)) return 0;
  }
}

}  // namespace oree::app
