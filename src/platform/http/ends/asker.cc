#include "platform/http/ends/asker.h"

#include "base/text.h"

namespace oree::http {

bool is_loopback(std::string_view address) {
  for (const std::string_view start : {"127.", "[::1]", "::1", "[::ffff:127.", "::ffff:127."}) {
    if (address.starts_with(start)) return true;
  }
  return false;
}

bool is_this_machine(const Request& request) {
  const auto host = request.header("Host");
  const auto name =
      host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  const bool local_name = name == "localhost" || name == "127.0.0.1" || name == "[::1]";
  const bool forwarded = !request.header("X-Forwarded-For").empty() || !request.header("Forwarded").empty();
  return is_loopback(request.peer) && local_name && !forwarded;
}

bool is_own_origin(const Request& request) {
  const auto origin = request.header("Origin");
  const auto host = request.header("Host");
  return origin.empty() || origin == cat("http://", host) || origin == cat("https://", host);
}

std::string_view bearer_of(const Request& request) {
  constexpr std::string_view kBearer = "Bearer ";
  const auto header = request.header("Authorization");
  return header.starts_with(kBearer) ? header.substr(kBearer.size()) : std::string_view();
}

}  // namespace oree::http
