// What one run of a text may use, and what functions and tables of ours share while it lasts. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stop_token>

#include "base/clock.h"
#include "core/readings/store.h"
#include "platform/sql/database.h"
#include "services/queries/models/model_cache.h"

namespace oree::queries {

struct Limits {
  milliseconds time{10'000};
  uint64_t memory = 256'000'000;  // of SQLite's and of the answer, together
  size_t rows = 100'000;          // of one answer; more are cut off
  std::stop_token cancel;
  std::function<bool()> nobody_waits;  // asked now and then; true ends the query. May be empty
};

class RunContext {
 public:
  RunContext(readings::SeriesStore* store, ModelCache& models, Clock& clock)
      : store_(store), models_(models), clock_(clock) {}

  void begin(const Limits& limits) {
    limits_ = limits;
    deadline_ = clock_.mono() + limits.time;
    looked_ = clock_.mono() - kBetweenLooks;
    memory_before_ = sql::Database::memory_used();
  }
  void end() {
    view_.reset();
    named_.clear();
  }

  // `timeout` when the time is up or somebody cancelled, `invalid` when it needs too much memory.
  Status go_on() const {
    if (limits_.cancel.stop_requested()) return fail(ErrorKind::timeout, "the query was cancelled");
    if (nobody_waits()) return fail(ErrorKind::timeout, "nobody waits for the query's answer any more");
    if (clock_.mono() > deadline_) {
      return fail(ErrorKind::timeout, "the query ran longer than " + duration_text(limits_.time) +
                                          "; narrow its time range or ask a rollup");
    }
    return check_memory(0);
  }
  // Looked at every few milliseconds: it may be a system call.
  bool nobody_waits() const {
    const MonoTime now = clock_.mono();
    if (!limits_.nobody_waits || now - looked_ < kBetweenLooks) return false;
    looked_ = now;
    return limits_.nobody_waits();
  }
  Status check_memory(uint64_t more) const {
    const int64_t grown = sql::Database::memory_used() - memory_before_;
    if ((grown > 0 ? static_cast<uint64_t>(grown) : 0) + more <= limits_.memory) return {};
    return fail(ErrorKind::invalid, "the query needs more than " + size_text(limits_.memory) + " of memory");
  }

  // One moment of the store for the whole run.
  Result<readings::View*> view() {
    if (store_ == nullptr) return fail(ErrorKind::unavailable, "there is no series store here");
    if (view_ == nullptr) {
      auto opened = store_->view();
      if (!opened) return forward(opened);
      view_ = std::move(*opened);
    }
    return view_.get();
  }

  ModelCache::Found model(const sql::Value& which) {
    const auto* name = std::get_if<std::string>(&which);
    if (name == nullptr) return models_.find(which);
    const auto known = named_.find(*name);
    if (known != named_.end()) return known->second;
    auto found = models_.find(which);
    if (found) named_[*name] = *found;
    return found;
  }

  readings::SeriesStore* store() { return store_; }
  ModelCache& models() { return models_; }
  Clock& clock() { return clock_; }
  const Limits& limits() const { return limits_; }

 private:
  static constexpr milliseconds kBetweenLooks{20};
  readings::SeriesStore* store_;
  ModelCache& models_;
  Clock& clock_;
  Limits limits_;
  MonoTime deadline_{};
  mutable MonoTime looked_{};
  int64_t memory_before_ = 0;
  std::unique_ptr<readings::View> view_;
  std::map<std::string, std::shared_ptr<const BatchModel>, std::less<>> named_;
};

}  // namespace oree::queries
