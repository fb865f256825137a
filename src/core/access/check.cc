#include "core/access/check.h"

#include "base/text.h"
#include "platform/http/ends/asker.h"

namespace oree::access {

// A form of another page can send no JSON, and a script of one names its origin.
bool is_from_own_page(const http::Request& request) {
  if (!http::is_own_origin(request)) return false;
  if (request.method == "GET" || request.method == "HEAD") return true;
  const auto type = lower(request.header("Content-Type"));
  return type != "application/x-www-form-urlencoded" && !type.starts_with("multipart/") &&
         !type.starts_with("text/plain");
}

bool is_local(const http::Request& request) {
  return http::is_this_machine(request) && is_from_own_page(request);
}

std::expected<Person, Denial> check(const http::Request& request, const std::optional<Person>& known,
                                    bool any_people, Role least, std::string_view how_to_name) {
  if (known) {
    if (known->role >= least) return *known;
    return std::unexpected(Denial{403, cat("this takes the role '", role_name(least), "'; '", known->name,
                                           "' is ", role_name(known->role))});
  }
  if (!any_people && is_local(request)) return Person{"this machine", Role::admin};
  return std::unexpected(Denial{
      401, any_people ? std::string("a person's token is asked for: Authorization: Bearer …")
                      : cat("until '", how_to_name, "' names people, only this very machine may ask")});
}

}  // namespace oree::access
