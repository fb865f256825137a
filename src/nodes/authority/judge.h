// Who decides: takes proposals in, has their evidence fetched and verified by threads of its own, asks the
// rules, signs, and keeps what was signed before anybody hears of it. Thread-safe.
//
// One station's evidence is fetched at a time, so that one that stalls holds up nobody else. A station that
// is away is asked again, later and later, until the proposal expires; the same proposal sent again has it
// asked at once. What was under way when the process ended is taken up by the next one.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/log.h"
#include "nodes/authority/settings.h"
#include "nodes/authority/store.h"
#include "nodes/authority/submission.h"
#include "services/approvals/decide.h"

namespace oree::authority {

class Judge {
 public:
  // `on_approved` is called after each approval is durable, on any thread, and returns at once.
  Judge(const Settings& settings, crypto::SigningKey key, Store& store, const Clock& clock, Log& log,
        std::function<void()> on_approved);
  ~Judge();
  Status start();
  void stop();  // waits for a fetch that is under way, at most its deadline

  // Of a sender that was checked. Waits for the answer as long as the settings say; then it is pending.
  Result<Record> submit(const Submission& submission);
  Result<Record> find(const std::string& order);
  // A person settles what the rules left open; of what expired meanwhile the refusal comes back. `conflict`
  // when it is decided already otherwise, or when somebody wants to approve what was not verified yet.
  Result<Record> decide(const std::string& order, approvals::Verdict verdict, const std::string& person,
                        const std::string& reason);
  // Why a proposal's evidence is not here yet; "" when nothing went wrong so far.
  std::string trouble(const std::string& order) const;

 private:
  struct Job {
    std::string station;
    MonoTime due;
    int attempts = 0;
    bool running = false;
    std::string trouble;
  };
  void work(const std::stop_token& stop);
  std::map<std::string, Job>::iterator next_job();
  void examine(const std::string& order);
  void put_off(const std::string& order, const std::string& reason);
  void finish(const std::string& order);
  void sweep();
  Status refuse(const std::string& order, const approvals::Ruling& ruling);
  Result<Record> settle(const std::string& order, const Store::Make& make);
  Result<Settled> sign(const Record& record, approvals::Verdict verdict, std::string code, std::string reason,
                       std::string by) const;
  void await(const std::string& order);

  const Settings& settings_;
  const crypto::SigningKey key_;
  Store& store_;
  const Clock& clock_;
  Log& log_;
  const std::function<void()> on_approved_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;    // workers
  std::condition_variable_any looked_;  // those who wait for an answer
  std::map<std::string, Job> jobs_;     // by order
  std::set<std::string> busy_;          // stations
  MonoTime next_sweep_{};
  std::vector<std::jthread> workers_;
};

}  // namespace oree::authority
