#include "nodes/hub/door/access_check.h"

#include "base/text.h"

namespace oree::hub {
namespace {

constexpr std::string_view kBearer = "Bearer ";

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address.starts_with("[::1]") || address.starts_with("::1") ||
         address.starts_with("[::ffff:127.");
}

// A form of another page can send no JSON, and a script of one names its origin.
bool is_from_own_page(const http::Request& request) {
  const auto origin = request.header("Origin");
  const auto host = request.header("Host");
  if (!origin.empty() && origin != cat("http://", host) && origin != cat("https://", host)) return false;
  if (request.method == "GET" || request.method == "HEAD") return true;
  const auto type = lower(request.header("Content-Type"));
  return type != "application/x-www-form-urlencoded" && !type.starts_with("multipart/") &&
         !type.starts_with("text/plain");
}

}  // namespace

std::string_view bearer_of(const http::Request& request) {
  const auto header = request.header("Authorization");
  return header.starts_with(kBearer) ? header.substr(kBearer.size()) : std::string_view();
}

// Not through a proxy, whose address says nothing about who is behind it; and under a name that no other
// page's script can have made point here.
bool is_local(const http::Request& request) {
  const auto host = request.header("Host");
  const auto name =
      host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  const bool local_name = name == "localhost" || name == "127.0.0.1" || name == "[::1]";
  const bool forwarded = !request.header("X-Forwarded-For").empty() || !request.header("Forwarded").empty();
  return is_loopback(request.peer) && local_name && !forwarded && is_from_own_page(request);
}

Outcome<Person> check_access(const http::Request& request, const std::optional<Person>& known,
                             bool any_people, Role least) {
  if (known) {
    if (known->role >= least) return *known;
    return std::unexpected(Refusal{403, "denied",
                                   cat("this takes the role '", role_name(least), "'; '", known->name,
                                       "' is ", role_name(known->role))});
  }
  if (!any_people && is_local(request)) return Person{"this machine", Role::admin};
  return std::unexpected(
      Refusal{401, "denied",
              any_people ? "a person's token is asked for: Authorization: Bearer …"
                         : "until 'oree hub user add' names people, only this very machine may ask"});
}

}  // namespace oree::hub
