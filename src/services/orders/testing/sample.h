// An order like those of the robots, and a store in a folder of its own. For tests.
#pragma once

#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "base/testing/fake_clock.h"
#include "services/orders/order_store.h"
#include "services/orders/plan.h"

namespace oree::orders::testing {

inline OrderRule wear_rule() {
  OrderRule rule;
  rule.fault = "wear";
  rule.priority = Priority::high;
  rule.cost = {1200, "EUR"};
  rule.tasks = {{"t1", {"Replace the bit", "Changer le foret"}}, {"t2", {"Flush", "Purger"}}};
  rule.parts = {{"p1", {"Drill bit", "Foret"}, 2}};
  return rule;
}

inline Order wear_order(std::string id, WallTime now) {
  return draft(wear_rule(), std::move(id), "robot-1", json::Object{{"kind", "anomaly"}, {"score", 1.5}}, now);
}

class TempOrders {
 public:
  TempOrders() {
    std::string pattern = (std::filesystem::temp_directory_path() / "oree-orders-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    reopen();
  }
  TempOrders(const TempOrders&) = delete;
  TempOrders& operator=(const TempOrders&) = delete;
  ~TempOrders() {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  void reopen() {
    store_.reset();
    auto opened = OrderStore::open(folder_ / "maintenance.db", "cell-1", clock);
    if (!opened) std::abort();
    store_ = std::move(*opened);
  }
  OrderStore& store() { return *store_; }
  std::filesystem::path folder() const { return folder_; }
  oree::testing::FakeClock clock;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<OrderStore> store_;
};

}  // namespace oree::orders::testing
