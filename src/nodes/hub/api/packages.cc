// /api/v1/packages: what may be rolled out.
#include <algorithm>

#include "base/text.h"
#include "nodes/hub/parts.h"

namespace oree::hub {
namespace {

using http::Request;
using http::Response;
using json::Object;

json::Value package_json(const Package& package, const std::vector<std::string>& bad) {
  json::Array hardware;
  for (const auto& one : package.index.hardware) hardware.emplace_back(one);
  return Object{{"name", package.index.name},
                {"kind", deployment::kind_name(package.index.kind)},
                {"version", package.index.version},
                {"release", package.index.release},
                {"package", package.digest},
                {"bytes", package.index.bytes()},
                {"files", package.index.files.size()},
                {"hardware", std::move(hardware)},
                {"signer", package.signer.empty() ? json::Value() : json::Value(package.signer)},
                {"bad", std::ranges::find(bad, package.digest) != bad.end()},
                {"created", package.created},
                {"created_by", package.created_by}};
}

Response list(const Request& request, Parts& parts) {
  if (auto person = person_for(request, parts, Role::operator_); !person) return to_response(person.error());
  const auto found = parts.packages.list();
  if (!found) return to_response(found.error());
  const auto bad = parts.fleet.bad();
  json::Array packages;
  for (const auto& package : *found) packages.push_back(package_json(package, bad));
  return http::json(200, json::print(Object{{"packages", std::move(packages)},
                                            {"takes_unsigned", parts.packages.takes_unsigned()}}));
}

Response publish(const Request& request, Parts& parts) {
  const auto person = person_for(request, parts, Role::engineer);
  if (!person) return to_response(person.error());
  const auto package = parts.packages.publish(request.body, person->name);
  if (!package) return to_response(package.error());
  parts.audit.add("published",
                  {{std::string(deployment::kind_name(package->index.kind)), package->index.name},
                   {"version", package->index.version},
                   {"package", package->digest},
                   {"signer", package->signer},
                   {"by", person->name}});
  return http::json(201, json::print(package_json(*package, parts.fleet.bad())));
}

}  // namespace

void mount_packages(http::Router& router, Parts& parts) {
  router.add({"GET", "/api/v1/packages", "packages", "What may be rolled out.",
              [&](const Request& request) { return list(request, parts); }});
  router.add({"POST", "/api/v1/packages", "packages",
              "Publishes a package: its index (package.json), once its files are here.",
              [&](const Request& request) { return publish(request, parts); }});
}

}  // namespace oree::hub
