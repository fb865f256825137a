// What the routes share: the parts of a running hub. Private to this room.
#pragma once

#include "core/monitoring/metrics.h"
#include "nodes/hub/door/access_check.h"
#include "nodes/hub/door/flood.h"
#include "nodes/hub/fleet/audit.h"
#include "nodes/hub/fleet/conductor.h"
#include "nodes/hub/fleet/feed.h"
#include "nodes/hub/hub.h"
#include "nodes/hub/oci/artefacts.h"
#include "nodes/hub/oci/uploads.h"
#include "nodes/hub/store/people.h"
#include "platform/http/router.h"

namespace oree::hub {

struct Parts {
  const Settings& settings;
  const Clock& clock;
  Log& log;
  PeopleStore& people;
  Packages& packages;
  PackageCache& cache;
  Vouching& vouching;
  Artefacts& artefacts;
  Uploads& uploads;
  Access& access;
  Fleet& fleet;
  EvidenceBook& evidence;
  Conductor& conductor;
  Audit& audit;
  Feed& feed;
  Flood& flood;
  const crypto::PublicKey hub_key;
  const std::vector<crypto::Certificate> authorities;
  std::function<void()> nudge;  // roll-outs are looked at soon
};

void mount_stations(http::Router& router, Parts& parts);  // what stations call
void mount_files(http::Router& router, Parts& parts);     // blobs, TUF, /model/…/latest
void mount_devices(http::Router& router, Parts& parts);
void mount_packages(http::Router& router, Parts& parts);
void mount_registry(http::Router& router, Parts& parts);  // OCI distribution
void mount_rollouts(http::Router& router, Parts& parts);
void mount_status(http::Router& router, Parts& parts);  // identity, people, audit, events, /metrics

// The person behind a request, if they may do what this role may; the answer to give otherwise.
Outcome<Person> person_for(const http::Request& request, Parts& parts, Role least);
// With Range, If-Range and the tag.
http::Response serve_blob(const http::Request& request, const Mapped& blob, const std::string& etag);
json::Value rollout_json(const Rollout& rollout, Parts& parts);
int64_t now_ms(const Clock& clock);

}  // namespace oree::hub
