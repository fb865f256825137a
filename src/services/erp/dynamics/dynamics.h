// Orders of Dynamics 365 Field Service: msdyn_workorders of a Dataverse, found again by an alternate key that
// holds our order id.
//
// Sources: Microsoft's reference of the tables msdyn_workorder, msdyn_workorderservicetask and
// msdyn_iotalert; Dataverse Web API: upsert by alternate key, conditional operations, service protection
// limits.
//
// place() creates with PATCH …(key='id') and If-None-Match: *, so that a second try never overwrites what a
// dispatcher has done in between: 412 means it is there, and it is read instead. Tasks and the alert are made
// the same way, each with a key of its own, the alert first, because the order points to it.
#pragma once

#include <map>

#include "services/erp/dynamics/dataverse.h"
#include "services/erp/erp.h"

namespace oree::erp {

struct DynamicsSettings {
  DataverseSettings dataverse;
  std::string key = "oree_orderid";      // text column of msdyn_workorder, an alternate key
  std::string task_key = "oree_taskid";  // of msdyn_workorderservicetask
  bool alert = false;                    // an msdyn_iotalert for each anomaly
  std::string alert_key = "msdyn_alerttoken";
  // Ids (GUID) of records. "" = not told.
  std::string service_account, work_order_type, price_list, task_type;
  std::map<std::string, std::string> priorities;  // low, normal, high, urgent → msdyn_priorities
  std::map<std::string, std::string> assets;      // our name → msdyn_customerassets
  json::Object fields;                            // of the company's own, sent as they are
};

// Order ids and task ids as values of an alternate key, where Dataverse refuses / < > * % & : \ ? + and a
// quote would need doubling: everything but letters, digits, '-' and '_' becomes ~XX, so two ids never meet.
std::string key_value(std::string_view id);

class Dynamics final : public Adapter {
 public:
  // The clock must outlive this.
  Dynamics(DynamicsSettings settings, const Clock& clock);

  std::string_view system() const override { return "dynamics"; }
  Result<Placed> place(const WorkOrder& order) override;
  Result<State> state(std::string_view number) override;
  Status close(std::string_view number) override;
  Status cancel(std::string_view number) override;
  milliseconds pause() const override { return dataverse_.pause(); }

 private:
  struct Record {
    json::Value row;
    bool created = false;
  };
  Result<Record> create_once(std::string_view set, std::string_view key, std::string_view value,
                             const json::Value& body, std::string_view columns);
  Result<Record> read(std::string_view set, std::string_view key, std::string_view value,
                      std::string_view columns);
  Result<std::string> place_alert(const WorkOrder& order);
  Status place_tasks(const WorkOrder& order, std::string_view guid);
  json::Value order_body(const WorkOrder& order, std::string_view alert) const;
  Result<json::Value> find(std::string_view number);
  Status set_status(std::string_view number, int64_t status);

  const DynamicsSettings settings_;
  Dataverse dataverse_;
};

}  // namespace oree::erp
