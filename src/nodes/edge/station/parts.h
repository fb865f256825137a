// What the API's handlers may touch: the station's parts, borrowed for as long as the server runs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/monitoring/metrics.h"
#include "core/storage/record_store.h"
#include "nodes/edge/live/feed.h"
#include "nodes/edge/live/log_tail.h"
#include "nodes/edge/live/statistics.h"
#include "nodes/edge/settings/station_file.h"
#include "nodes/edge/station/configurations.h"
#include "platform/http/router.h"
#include "services/inspection/triggers/trigger_source.h"
#include "services/serving/repository/model_repository.h"

namespace oree::edge {

class FleetLink;
class Maintenance;
class Modules;
class Telemetry;

struct Parts {
  const StationFile& file;
  const Clock& clock;
  LogTail& log;
  WallTime started;
  monitoring::Registry& metrics;
  Statistics& statistics;
  Feed& feed;
  storage::RecordStore& store;
  serving::ModelRepository& models;
  Configurations& configurations;
  inspection::Inspector& collector;  // keeps uploaded pictures; its one camera is "upload"
  std::function<std::vector<inspection::TriggerStatus>()> triggers;
  Telemetry* telemetry = nullptr;      // of a station that listens to machines
  Maintenance* maintenance = nullptr;  // of one that makes orders
  FleetLink* fleet = nullptr;          // of one that a hub looks after
  Modules* modules = nullptr;          // of one beside which others run
};

// The answer for an error of ours: {"error": …, "detail": …} with the kind's status.
http::Response error_response(const Error& error);

// One function per group of routes; each lives in the file of its name.
void mount_items(http::Router& router, Parts& parts);
void mount_inspect(http::Router& router, Parts& parts);
void mount_configs(http::Router& router, Parts& parts);
void mount_status(http::Router& router, Parts& parts);
void mount_pages(http::Router& router, Parts& parts);
void mount_machines(http::Router& router, Telemetry& telemetry);
void mount_alerts(http::Router& router, Telemetry& telemetry);
void mount_sql(http::Router& router, Telemetry& telemetry);
void mount_orders(http::Router& router, Maintenance& maintenance, const Clock& clock);
void mount_consensus(http::Router& router, Maintenance& maintenance);
void mount_events(http::Router& router, Maintenance& maintenance);
void mount_modules(http::Router& router, Modules& modules, const Clock& clock);

// The station as JSON, for /api/v1/station, and the part of it that is sent every two seconds.
json::Value station_json(const Parts& parts);
json::Value pulse_json(const Parts& parts);
json::Value models_json(const Parts& parts);

}  // namespace oree::edge
