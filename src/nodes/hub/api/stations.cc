// What stations call: enrolment, sync, metrics. docs/formats/fleet.md.
#include <algorithm>

#include "base/text.h"
#include "nodes/hub/parts.h"

namespace oree::hub {
namespace {

using http::Request;
using http::Response;

constexpr size_t kMostBody = 256 << 10;  // of a station's call
constexpr int64_t kMostWait = 60;

Response too_large() {
  return to_response(Refusal{413, "invalid", cat("a station's call has at most ", kMostBody, " bytes")});
}

Response enrol(const Request& request, Parts& parts) {
  if (!parts.flood.let_in())
    return to_response(
        Refusal{429, "busy", "too many stations enrol at once; 'enrolment.per_minute' says how many may"});
  if (request.body.size() > kMostBody) return too_large();
  const auto enrolment = read_enrolment(request);
  if (!enrolment) return to_response(enrolment.error());
  std::string by;
  // Who is known is answered as before, whatever became of its invitation or certificate meanwhile.
  const auto known = parts.fleet.find(enrolment->name);
  const bool same = known && known->device.key == enrolment->key;
  if (!same && !enrolment->certificate.empty()) {
    auto vouched = check_certificate(*enrolment, parts.authorities, parts.clock.wall());
    if (!vouched) return to_response(vouched.error());
    by = *std::move(vouched);
  }
  const auto enrolled = parts.fleet.enrol(*enrolment, by);
  if (!enrolled) return to_response(enrolled.error());
  if (enrolled->device.standing == Standing::waiting)
    return http::json(202, json::print(json::Object{{"waiting", true}, {"retry_after_s", 30}}));
  parts.nudge();
  return http::json(enrolled->is_new ? 201 : 200,
                    json::print(json::Object{{"device", enrolled->device.id},
                                             {"hub", parts.settings.hub},
                                             {"hub_key", parts.hub_key.base64()},
                                             {"counter", enrolled->device.ceiling},
                                             {"root", crypto::base64(parts.vouching.first_root())}}));
}

Response sync(const Request& request, Parts& parts) {
  if (request.body.size() > kMostBody) return too_large();
  auto report = parse_report(request.body);
  if (!report) return to_response(report.error());
  const std::string id(request.capture("id"));
  if (auto admitted = parts.fleet.admit(id, request, report->instance); !admitted)
    return to_response(admitted.error());
  const auto wait = parse_number<int64_t>(request.parameter("wait").value_or("0")).value_or(0);
  Response later;
  later.on_later = [&parts, id, report = std::make_shared<Report>(*std::move(report)), body = request.body,
                    wait =
                        std::clamp<int64_t>(wait, 0, kMostWait)](std::shared_ptr<http::LaterAnswer> answer) {
    parts.fleet.sync(id, std::move(*report), body, std::chrono::seconds(wait), std::move(answer));
    parts.nudge();
  };
  return later;
}

Response metrics(const Request& request, Parts& parts) {
  if (request.body.size() > kMostBody) return too_large();
  const auto metrics = parse_metrics(request.body);
  if (!metrics) return to_response(metrics.error());
  const std::string id(request.capture("id"));
  if (auto admitted = parts.fleet.admit(id, request, metrics->instance); !admitted)
    return to_response(admitted.error());
  parts.evidence.take(id, *metrics);
  parts.nudge();
  const auto every = std::chrono::ceil<std::chrono::seconds>(parts.settings.report_every).count();
  return http::json(200, json::print(json::Object{{"report_every_s", every}}));
}

}  // namespace

void mount_stations(http::Router& router, Parts& parts) {
  router.add({"POST", "/api/v1/enrol", "stations", "A station introduces itself, once.",
              [&](const Request& request) { return enrol(request, parts); }});
  router.add({"POST",
              "/api/v1/devices/{id}/sync",
              "stations",
              "A station says what it has and hears what it shall have, as soon as that changes.",
              [&](const Request& request) { return sync(request, parts); },
              false,
              {{"wait", "seconds, at most 60"}}});
  router.add({"POST", "/api/v1/devices/{id}/metrics", "stations", "How a station's models do.",
              [&](const Request& request) { return metrics(request, parts); }});
}

}  // namespace oree::hub
