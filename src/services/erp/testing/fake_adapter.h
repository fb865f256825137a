// An ERP in memory that does what a test says, and remembers what it was asked.
#pragma once

#include <deque>
#include <functional>
#include <map>

#include "base/text.h"
#include "services/erp/erp.h"

namespace oree::erp::testing {

struct FakeAdapter final : Adapter {
  std::map<std::string, std::string> orders;  // id → number
  std::map<std::string, std::string> ended;   // number → "closed" or "cancelled"
  std::deque<Error> failures;                 // of the next requests
  milliseconds asked{0};                      // with each failure
  int calls = 0;
  std::function<void()> during = [] {};

  std::string_view system() const override { return "fake"; }
  Result<Placed> place(const WorkOrder& order) override {
    if (auto failed = next(); !failed) return forward(failed);
    const bool created = !orders.contains(order.id);
    if (created) orders[order.id] = cat("N", orders.size() + 1);
    return Placed{orders[order.id], "", created};
  }
  Result<State> state(std::string_view) override { return State{}; }
  Status close(std::string_view number) override { return end(number, "closed"); }
  Status cancel(std::string_view number) override { return end(number, "cancelled"); }
  milliseconds pause() const override { return pause_; }

 private:
  Status next() {
    ++calls;
    during();
    pause_ = milliseconds(0);
    if (failures.empty()) return {};
    Error error = failures.front();
    failures.pop_front();
    pause_ = asked;
    return std::unexpected(error);
  }
  Status end(std::string_view number, const char* how) {
    if (auto failed = next(); !failed) return failed;
    ended[std::string(number)] = how;
    return {};
  }
  milliseconds pause_{0};
};

}  // namespace oree::erp::testing
