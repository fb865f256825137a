// The hops of one bad reading on its way to a technician, as they happen. Thread-safe.
#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace oree::app {

class Timeline {
 public:
  enum Hop {
    bad_reading,
    acknowledged,
    stored,
    scored,
    anomaly,
    alert,
    sealed,
    proposed,
    factory,
    maker,
    safety,
    chain,
    quorum,
    event,
    erp,
    technician,
    kHops
  };
  static constexpr std::array<std::string_view, kHops> kNames{"first bad reading",
                                                              "acknowledged: on the broker's disk",
                                                              "stored in the series",
                                                              "its window scored",
                                                              "anomaly",
                                                              "alert delivered",
                                                              "evidence sealed",
                                                              "order proposed",
                                                              "approved by the factory",
                                                              "approved by the maker",
                                                              "approved by safety",
                                                              "executed on the chain, final",
                                                              "quorum: in the ledger, cosigned",
                                                              "event delivered",
                                                              "ordered in the ERP",
                                                              "technician sees it, proof verified"};

  // Without a chain that hop is none.
  explicit Timeline(bool with_chain = false) : with_chain_(with_chain) {}
  bool has(Hop hop) const { return hop != chain || with_chain_; }

  void note(Hop hop, MonoTime now) {
    const std::lock_guard lock(mutex_);
    if (!at_[hop]) at_[hop] = now;
  }
  std::optional<MonoTime> at(Hop hop) const {
    const std::lock_guard lock(mutex_);
    return at_[hop];
  }
  // The first that has not happened; kHops when all have.
  Hop missing() const {
    const std::lock_guard lock(mutex_);
    for (size_t hop = 0; hop < kHops; ++hop) {
      if (!at_[hop] && has(static_cast<Hop>(hop))) return static_cast<Hop>(hop);
    }
    return kHops;
  }

 private:
  const bool with_chain_;
  mutable std::mutex mutex_;
  std::array<std::optional<MonoTime>, kHops> at_;
};

}  // namespace oree::app
