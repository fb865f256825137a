#include "nodes/hub/door/access_check.h"

#include "base/text.h"
#include "platform/http/ends/asker.h"

namespace oree::hub {
namespace {

// A form of another page can send no JSON, and a script of one names its origin.
bool is_from_own_page(const http::Request& request) {
  if (!http::is_own_origin(request)) return false;
  if (request.method == "GET" || request.method == "HEAD") return true;
  const auto type = lower(request.header("Content-Type"));
  return type != "application/x-www-form-urlencoded" && !type.starts_with("multipart/") &&
         !type.starts_with("text/plain");
}

}  // namespace

bool is_local(const http::Request& request) {
  return http::is_this_machine(request) && is_from_own_page(request);
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
