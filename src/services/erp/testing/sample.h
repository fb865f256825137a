// An order as the station sends it, and a Field Service to send it to.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <functional>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "platform/files/testing/temp_folder.h"
#include "services/erp/double/field_service_double.h"
#include "services/erp/dynamics/dynamics.h"

namespace oree::erp::testing {

inline WorkOrder sample(std::string id = "mo-1") {
  WorkOrder order;
  order.id = std::move(id);
  order.asset = "robot-7";
  order.fault = "wear";
  order.priority = "urgent";
  order.summary = "Axis 3 of robot-7 wears out";
  order.description = "Reconstruction error above its threshold";
  order.created = *parse_iso("2026-03-01T08:00:00Z");
  order.due = *parse_iso("2026-03-02T08:00:00Z");
  order.tasks = {{"t1", "Replace the gearbox"}, {"t/2", "Calibrate axis 3"}};
  order.parts = {{"p1", "Gearbox", 1}, {"p2", "Seal", 4}};
  order.cause = json::Object{{"kind", "anomaly"}, {"score", 7.25}, {"threshold", 3}};
  order.evidence = std::string(64, 'a');
  order.proof = json::Object{{"kind", "embedded"}, {"index", 12}};
  return order;
}

struct Service {
  explicit Service(std::function<void(DoubleOptions&)> change = {}) {
    DoubleOptions options;
    options.known = records.all();
    if (change) change(options);
    std::ofstream(folder.path() / "secret") << options.secret << "\n";
    auto started = FieldServiceDouble::start(options, clock, log);
    REQUIRE_MESSAGE(started, (started ? "" : started.error().what));
    erp = *std::move(started);
  }

  DynamicsSettings settings() const {
    DynamicsSettings out;
    out.dataverse = {.url = erp->url(),
                     .token_url = erp->token_url(),
                     .client_id = "station",
                     .secret_file = folder.path() / "secret",
                     .ca_file = "",
                     .deadline = milliseconds(10'000)};
    out.service_account = records.account;
    out.work_order_type = records.work_order_type;
    out.price_list = records.price_list;
    out.task_type = records.task_type;
    out.priorities = {{"urgent", records.urgent}};
    out.assets = {{"robot-7", records.asset}};
    return out;
  }
  Dynamics adapter() { return Dynamics(settings(), clock); }

  size_t orders() const { return erp->records("msdyn_workorders").size(); }
  size_t tasks() const { return erp->records("msdyn_workorderservicetasks").size(); }
  json::Value order(size_t at = 0) const { return erp->records("msdyn_workorders").at(at); }
  std::string text(std::string_view column, size_t at = 0) const {
    const json::Value row = order(at);
    const json::Value* value = row.find(column);
    return value != nullptr && value->text() != nullptr ? *value->text() : "";
  }

  oree::testing::FakeClock clock;
  NullLog log;
  files::testing::TempFolder folder;
  DoubleRecords records;
  std::unique_ptr<FieldServiceDouble> erp;
};

}  // namespace oree::erp::testing
