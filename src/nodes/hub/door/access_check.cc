#include "nodes/hub/door/access_check.h"

namespace oree::hub {

Outcome<Person> check_access(const http::Request& request, const std::optional<Person>& known,
                             bool any_people, Role least) {
  auto person = access::check(request, known, any_people, least, "oree hub user add");
  if (person) return *std::move(person);
  return std::unexpected(Refusal{person.error().status, "denied", std::move(person.error().what)});
}

}  // namespace oree::hub
