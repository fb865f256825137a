#include "nodes/authority/access.h"

#include <algorithm>

#include "base/text.h"
#include "platform/http/ends/asker.h"
#include "services/approvals/statement.h"

namespace oree::authority {
namespace {

// A JSON type is nothing that a form of another page can send, and a script of one names its origin.
bool is_from_own_page(const http::Request& request) {
  const auto type = lower(request.header("Content-Type"));
  if (type != "application/json" && !type.starts_with("application/json;")) return false;
  return http::is_own_origin(request);
}

}  // namespace

Result<std::string> person_of(const http::Request& request, const Settings& settings, const std::string& by) {
  if (!is_from_own_page(request))
    return fail(ErrorKind::denied, "a decision must come as application/json from this authority's own page");
  if (settings.people.empty()) {
    if (!http::is_this_machine(request)) {
      return fail(ErrorKind::denied,
                  "people may decide from this machine only, until 'people' in the settings names them");
    }
    if (!approvals::is_person(by))
      return fail(ErrorKind::invalid, "'by' must name who decides, in one line of at most 120 bytes");
    return by;
  }
  const auto shown = http::bearer_of(request);
  if (shown.empty()) return fail(ErrorKind::denied, "a person's token is asked for: Authorization: Bearer …");
  const auto token = approvals::digest_of(shown);
  const auto person = std::ranges::find(settings.people, token, &Person::token);
  if (person == settings.people.end()) return fail(ErrorKind::denied, "the token is nobody's");
  return person->name;
}

}  // namespace oree::authority
