// /api/v1/devices: the stations, what each has and shall have.
#include <algorithm>

#include "base/text.h"
#include "nodes/hub/door/names.h"
#include "nodes/hub/parts.h"
#include "platform/json/members.h"

namespace oree::hub {
namespace {

using http::Request;
using http::Response;
using json::Object;

json::Value slot_json(const Slot& slot) {
  if (slot.package.empty()) return {};
  return Object{{"version", slot.version}, {"package", slot.package}};
}

// What a station has one of by its package's name; "" for the one that the station brought itself.
std::string name_of(const ModelReport& model, PackageCache& cache) {
  if (!model.name.starts_with('@')) return model.name;
  const auto package = cache.find(model.current.package.empty() ? model.package : model.current.package);
  return package ? package->index.name : "";
}

json::Value model_json(const ModelReport& model, const Assignments& assignments, PackageCache& cache) {
  Object out{{"name", name_of(model, cache)},
             {"state", rollouts::state_name(model.state)},
             {"package", model.package},
             {"rollout", model.rollout},
             {"current", slot_json(model.current)},
             {"last_good", slot_json(model.last_good)},
             {"new", slot_json(model.next)},
             {"progress", Object{{"bytes", model.bytes}, {"of", model.of}}},
             {"error", model.error_code.empty()
                           ? json::Value()
                           : json::Value(Object{{"code", model.error_code}, {"message", model.error}})}};
  const auto assigned = assignments.find(model.name);
  const auto package = assigned == assignments.end() ? nullptr : cache.find(assigned->second.package);
  out.emplace_back("desired", package ? json::Value(package->index.version) : json::Value());
  return out;
}

// What it said of each unit, and what it shall have and has not spoken of yet.
std::vector<ModelReport> units_of(const StationView& station) {
  std::vector<ModelReport> units = station.report.models;
  for (const auto& [name, assignment] : station.assignments) {
    if (station.report.find(name) != nullptr) continue;
    units.push_back({.name = name,
                     .state = rollouts::StationState::offered,
                     .rollout = assignment.rollout,
                     .package = assignment.package});
  }
  return units;
}

json::Value device_json(const StationView& station, Parts& parts) {
  const auto& device = station.device;
  json::Array tags, models, attacks;
  for (const auto& tag : device.tags) tags.emplace_back(tag);
  json::Value configuration, deployment;
  json::Array modules;
  for (const auto& unit : units_of(station)) {
    auto one = model_json(unit, station.assignments, parts.cache);
    if (unit.name == kConfigurationUnit) {
      configuration = std::move(one);
    } else if (unit.name == kDeploymentUnit) {
      deployment = std::move(one);
    } else {
      models.push_back(std::move(one));
    }
  }
  for (const auto& module : station.report.modules)
    modules.push_back(Object{{"name", module.name},
                             {"image", module.image},
                             {"status", module.status},
                             {"restarts", module.restarts}});
  for (const auto& attack : station.report.attacks) attacks.emplace_back(attack);
  return Object{{"id", device.id},
                {"standing", standing_name(device.standing)},
                {"online", station.online},
                {"last_seen", device.last_seen},
                {"hardware", device.hardware},
                {"software", device.software},
                {"tags", std::move(tags)},
                {"enrolled", device.enrolled},
                {"enrolled_by", device.enrolled_by},
                {"revision", device.revision},
                {"taken_up", station.report.revision},
                {"models", std::move(models)},
                {"configuration", std::move(configuration)},
                {"deployment", std::move(deployment)},
                {"modules", std::move(modules)},
                {"attacks", std::move(attacks)}};
}

Response list(const Request& request, Parts& parts) {
  if (auto person = person_for(request, parts, Role::operator_); !person) return to_response(person.error());
  const auto tag = request.parameter("tag").value_or("");
  json::Array devices;
  for (const auto& station : parts.fleet.all()) {
    if (!tag.empty() && std::ranges::find(station.device.tags, tag) == station.device.tags.end()) continue;
    devices.push_back(device_json(station, parts));
  }
  const auto counts = parts.fleet.counts();
  return http::json(200, json::print(Object{{"devices", std::move(devices)},
                                            {"counts", Object{{"stations", counts.stations},
                                                              {"online", counts.online},
                                                              {"waiting", counts.waiting},
                                                              {"cloned", counts.cloned},
                                                              {"updating", counts.updating}}},
                                            {"now", now_ms(parts.clock)}}));
}

Response one(const Request& request, Parts& parts) {
  if (auto person = person_for(request, parts, Role::operator_); !person) return to_response(person.error());
  const auto station = parts.fleet.find(std::string(request.capture("id")));
  if (!station) return to_response(Refusal{404, "not_found", "no such station is enrolled here"});
  return http::json(200, json::print(device_json(*station, parts)));
}

struct DeviceWishes {
  std::optional<std::vector<std::string>> tags;
  bool admitted = false;
};

// {"tags": [...]} and {"standing": "admitted"}.
Result<DeviceWishes> parse_device_wishes(std::string_view text) {
  const auto body = json::parse_object(text, {"tags", "standing"});
  if (!body) return forward(body);
  DeviceWishes out;
  if (const auto* tags = body->find("tags")) {
    if (tags->array() == nullptr || tags->array()->size() > 32)
      return fail(ErrorKind::invalid, "'tags' must be a list of at most 32");
    out.tags.emplace();
    for (const auto& tag : *tags->array()) {
      if (tag.text() == nullptr || !is_tag(*tag.text()))
        return fail(ErrorKind::invalid, "each of 'tags' must be a word or key=value, at most 64 bytes");
      out.tags->push_back(*tag.text());
    }
  }
  if (const auto* standing = body->find("standing")) {
    if (standing->text() == nullptr || *standing->text() != "admitted")
      return fail(ErrorKind::invalid, "'standing' can be set to 'admitted' only");
    out.admitted = true;
  }
  if (!out.tags && !out.admitted) return fail(ErrorKind::invalid, "say 'tags' or 'standing'");
  return out;
}

Status change_device(const DeviceWishes& wishes, const std::string& id, const std::string& by, Parts& parts) {
  if (wishes.tags) {
    if (auto done = parts.fleet.set_tags(id, *wishes.tags); !done) return done;
    const auto tags = json::parse(print_list(*wishes.tags)).value_or(json::Value());
    parts.audit.add("tags", {{"station", id}, {"by", by}, {"tags", tags}});
  }
  if (wishes.admitted) {
    if (auto done = parts.fleet.set_standing(id, Standing::admitted); !done) return done;
    parts.audit.add("admitted", {{"station", id}, {"by", by}});
  }
  return {};
}

Response change(const Request& request, Parts& parts) {
  const auto person = person_for(request, parts, Role::engineer);
  if (!person) return to_response(person.error());
  const auto wishes = parse_device_wishes(request.body);
  if (!wishes) return to_response(wishes.error());
  const auto done = change_device(*wishes, std::string(request.capture("id")), person->name, parts);
  if (!done) return to_response(done.error());
  parts.nudge();
  return one(request, parts);
}

Response remove(const Request& request, Parts& parts) {
  const auto person = person_for(request, parts, Role::engineer);
  if (!person) return to_response(person.error());
  const std::string id(request.capture("id"));
  if (auto done = parts.fleet.remove(id); !done) return to_response(done.error());
  parts.audit.add("removed", {{"station", id}, {"by", person->name}});
  return http::json(200, "{}");
}

}  // namespace

void mount_devices(http::Router& router, Parts& parts) {
  router.add({"GET",
              "/api/v1/devices",
              "fleet",
              "The stations.",
              [&](const Request& request) { return list(request, parts); },
              false,
              {{"tag", "only those with this tag"}}});
  router.add({"GET", "/api/v1/devices/{id}", "fleet", "One station.",
              [&](const Request& request) { return one(request, parts); }});
  router.add({"POST", "/api/v1/devices/{id}", "fleet", "Other tags; lets a station in.",
              [&](const Request& request) { return change(request, parts); }});
  router.add({"DELETE", "/api/v1/devices/{id}", "fleet", "Forgets a station.",
              [&](const Request& request) { return remove(request, parts); }});
}

}  // namespace oree::hub
