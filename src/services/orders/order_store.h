// Orders kept for good, in one SQLite file with the outbox of their events: an order and the event that tells
// of it are one transaction. Thread-safe; every change is durable when it returns.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/outbox/outbox.h"
#include "platform/sql/database.h"
#include "services/orders/operations.h"
#include "services/orders/order.h"
#include "services/orders/transitions.h"

namespace oree::orders {

class OrderStore {
 public:
  // Called after each commit, on the thread that made the change, with no lock held.
  using OnChange = std::function<void(const Order&)>;

  static Result<std::unique_ptr<OrderStore>> open(const std::filesystem::path& file, std::string station,
                                                  const Clock& clock);
  void on_change(OnChange told) { told_ = std::move(told); }

  // Something happened to an asset. `key` names the cause (an anomaly's id): the same one again changes
  // nothing. Merges it into the open order of asset and fault, or lets `make` give a new one, or rests.
  struct Cause {
    std::string key, asset, fault;
    microseconds cool_down;
  };
  struct Placing {
    enum class Way { proposed, merged, known, resting } way;
    std::optional<Order> order;
  };
  Result<Placing> place(const Cause& cause, const std::function<Result<Order>()>& make);

  Result<Order> find(const std::string& id);  // `not_found`
  struct Query {
    std::vector<State> states;      // empty: any
    std::string asset;              // "" = any
    std::optional<WallTime> since;  // changed at or after
    std::string before;             // an order's id: those that are older than it
    size_t limit = 100;             // ≤ 1000
  };
  Result<std::vector<Order>> list(const Query& query);  // newest first
  Result<std::vector<Order>> all_in(State state);       // however many, newest first

  // Reads, changes and writes in one transaction; an event tells of a new state. What `change` refuses is not
  // written and comes back as its error.
  Result<Order> change(const std::string& id, const std::function<Status(Order&)>& change);
  Result<Order> advance(const std::string& id, Step step);

  // Events of new states behind `number`, oldest first; forget() when everybody has them.
  Result<std::vector<outbox::Numbered>> events_after(int64_t number, size_t limit);
  Status forget_events(int64_t number);

  // What phones send: each operation once, whatever order and however often they come.
  struct Refused {
    std::string id, code, reason;
  };
  struct Contested {
    std::string id, order, field;
  };
  struct Synced {
    std::vector<std::string> applied;
    std::vector<Contested> conflicts;
    std::vector<Refused> refused;
    std::vector<Order> orders;  // that were changed, or that a repeated operation was about
  };
  Result<Synced> operate(const std::vector<Operation>& operations);

 private:
  OrderStore(sql::Database database, std::string station, const Clock& clock)
      : database_(std::move(database)), station_(std::move(station)), clock_(clock) {}
  Status write(const Order& order, bool state_is_new);
  Result<Order> load(const std::string& id);
  Result<std::vector<Order>> of_asset(const std::string& asset, const std::string& fault);
  Result<std::optional<std::string>> order_of_cause(const std::string& key);
  Status remember_cause(const std::string& key, const std::string& order);
  Result<Order> merge(const std::string& id, const Cause& cause);
  Status operate_one(const Operation& operation, Synced& synced, std::vector<Order>& changed);
  WallTime now() const { return std::chrono::floor<milliseconds>(clock_.wall()); }
  void tell(const std::vector<Order>& orders);

  std::mutex mutex_;
  sql::Database database_;
  const std::string station_;
  const Clock& clock_;
  OnChange told_;
};

}  // namespace oree::orders
