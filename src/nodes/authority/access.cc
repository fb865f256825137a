#include "nodes/authority/access.h"

#include <algorithm>

#include "base/text.h"
#include "services/approvals/statement.h"

namespace oree::authority {
namespace {

constexpr std::string_view kBearer = "Bearer ";

// A JSON type is nothing that a form of another page can send, and a script of one names its origin.
bool is_from_own_page(const http::Request& request) {
  const auto type = lower(request.header("Content-Type"));
  if (type != "application/json" && !type.starts_with("application/json;")) return false;
  const auto origin = request.header("Origin");
  const auto host = request.header("Host");
  return origin.empty() || origin == cat("http://", host) || origin == cat("https://", host);
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address.starts_with("[::1]") || address.starts_with("::1") ||
         address.starts_with("[::ffff:127.") || address.starts_with("localhost");
}

// Not through a proxy, whose address says nothing about who is behind it; and under a name that no other
// page's script can have made point here.
bool is_this_machine(const http::Request& request) {
  const auto host = request.header("Host");
  const auto name =
      host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  const bool local_name = name == "localhost" || name == "127.0.0.1" || name == "[::1]";
  const bool forwarded = !request.header("X-Forwarded-For").empty() || !request.header("Forwarded").empty();
  return is_loopback(request.peer) && local_name && !forwarded;
}

}  // namespace

Result<std::string> person_of(const http::Request& request, const Settings& settings, const std::string& by) {
  if (!is_from_own_page(request))
    return fail(ErrorKind::denied, "a decision must come as application/json from this authority's own page");
  if (settings.people.empty()) {
    if (!is_this_machine(request)) {
      return fail(ErrorKind::denied,
                  "people may decide from this machine only, until 'people' in the settings names them");
    }
    if (!approvals::is_person(by))
      return fail(ErrorKind::invalid, "'by' must name who decides, in one line of at most 120 bytes");
    return by;
  }
  const auto header = request.header("Authorization");
  if (!header.starts_with(kBearer))
    return fail(ErrorKind::denied, "a person's token is asked for: Authorization: Bearer …");
  const auto token = approvals::digest_of(header.substr(kBearer.size()));
  const auto person = std::ranges::find(settings.people, token, &Person::token);
  if (person == settings.people.end()) return fail(ErrorKind::denied, "the token is nobody's");
  return person->name;
}

}  // namespace oree::authority
