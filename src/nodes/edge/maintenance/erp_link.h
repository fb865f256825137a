// Orders to the company's ERP and its number back into the order: an approved one is placed, one that was
// done is closed there, one that was called off is cancelled. Without an ERP an approved order counts as
// ordered at once. Thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "services/erp/sender.h"
#include "services/erp/settings.h"
#include "services/orders/order_store.h"

namespace oree::edge {

// In the words of the order; the language of its texts is English.
erp::WorkOrder work_order_of(const orders::Order& order);

class ErpLink {
 public:
  // Without settings there is no ERP.
  static Result<std::unique_ptr<ErpLink>> open(const std::filesystem::path& file,
                                               const std::optional<erp::Settings>& settings,
                                               orders::OrderStore& orders, const Clock& clock, Log& log);
  // Takes up what was approved before, then goes on.
  Status start();
  void note(const orders::Order& order);  // it changed
  // What the ERP refused, after somebody mended it. `conflict` for an order that it did not refuse.
  Status again(const std::string& order);
  json::Value json();

 private:
  ErpLink(std::unique_ptr<erp::Adapter> adapter, orders::OrderStore& orders, const Clock& clock, Log& log)
      : adapter_(std::move(adapter)), orders_(orders), clock_(clock), log_(log) {}
  Status take(const orders::Order& order);
  Status order_without_erp(const orders::Order& order);
  Status placed(const std::string& order, const erp::Placed& placed);
  Status refused(const std::string& order, const Error& error);

  std::unique_ptr<erp::Adapter> adapter_;
  orders::OrderStore& orders_;
  const Clock& clock_;
  Log& log_;
  std::unique_ptr<erp::Sender> sender_;
};

}  // namespace oree::edge
