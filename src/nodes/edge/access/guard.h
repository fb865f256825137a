// Who may do what on a station that asks: `access:` of station.yaml. Without it anybody who reaches the
// station may do everything, as before.
//
// Each route has a least role: reading and asking models take an operator, changing an engineer
// (guard.cc has the table). A program shows its token as `Authorization: Bearer`; a browser signs in once and
// shows it as a cookie that no script and no other site's page can use.
#pragma once

#include <string>
#include <vector>

#include "core/access/check.h"
#include "core/access/people_file.h"
#include "platform/config/node.h"
#include "platform/http/router.h"

namespace oree::edge {

struct AccessSetting {
  std::vector<std::string> open{"health"};  // what answers without a token: health, metrics, evidence
};
Result<AccessSetting> parse_access(const config::Node& node);

// Where a station keeps who may ask.
inline std::filesystem::path people_path(const std::filesystem::path& data) {
  return data / "access" / "people";
}

// What to say at the start of a station that whoever reaches it may change; "" where it asks, or nobody does.
std::string open_door(std::string_view address, bool asks);

// What this takes at least; nobody: no token.
access::Role least_role(const http::Route& route, const AccessSetting& setting);

// The same routes, each behind the check, and signing in besides. `people` outlives the router.
http::Router guarded(const http::Router& router, const AccessSetting& setting, access::PeopleFile& people,
                     bool over_tls);

}  // namespace oree::edge
