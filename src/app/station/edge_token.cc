// oree edge token: who may ask a station. It may run meanwhile: what changes counts from the next request on.
#include "app/station/edge_token.h"

#include <cstdio>

#include "app/terminal.h"
#include "base/text.h"
#include "nodes/edge/access/guard.h"

namespace oree::app {

int run_edge_token_add(const EdgeTokenOptions& options) {
  const auto role = access::parse_role(options.role);
  if (!role)
    return print_error(
        {ErrorKind::invalid, cat("'", options.role, "' is no role: operator, engineer or admin")});
  files::RealDisk disk;
  access::PeopleFile people(edge::people_path(options.data), disk);
  const auto token = people.add({options.name, *role});
  if (!token) return print_error(token.error());
  std::printf("%s\n", token->c_str());
  return 0;
}

int run_edge_token_remove(const EdgeTokenOptions& options) {
  files::RealDisk disk;
  access::PeopleFile people(edge::people_path(options.data), disk);
  if (auto removed = people.remove(options.name); !removed) return print_error(removed.error());
  return 0;
}

int run_edge_token_list(const EdgeTokenOptions& options) {
  files::RealDisk disk;
  access::PeopleFile people(edge::people_path(options.data), disk);
  const auto all = people.people();
  if (!all) return print_error(all.error());
  for (const auto& person : *all)
    std::printf("%-24s %s\n", person.name.c_str(), std::string(access::role_name(person.role)).c_str());
  return 0;
}

}  // namespace oree::app
