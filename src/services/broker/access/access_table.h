// Access as the settings describe it: users with password hashes, certificates, anonymous clients, and a list
// of rules of which the first that fits decides.
//
// A password takes 50 ms to check: another thread does it, once for each; what was right is remembered (as a
// digest) until the program ends. Thread: the engine's; `done` is called on the checking thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "services/broker/access/access.h"
#include "services/broker/settings.h"

namespace oree::broker {

class AccessTable final : public Access {
 public:
  using Done = std::function<void(uint64_t connection, bool allowed)>;
  // `invalid` names the user whose hash is none, or the rule whose filter is none.
  static Result<std::unique_ptr<AccessTable>> create(AccessSettings settings, Done done);
  ~AccessTable() override;

  LoginAnswer login(const Login& login) override;
  bool may_publish(const Who& who, std::string_view topic) const override;
  bool may_subscribe(const Who& who, std::string_view filter) const override;
  bool may_read(const Who& who, std::string_view topic) const override;
  bool filters_reads() const override { return filters_reads_; }

 private:
  struct Job {
    uint64_t connection = 0;
    std::string hash;
    ByteBuffer password;
    std::string memory;
  };

  AccessTable(AccessSettings settings, Done done);
  void check_passwords(const std::stop_token& stop);
  bool decide(AccessKind kind, const Who& who, std::string_view text, bool is_filter) const;

  const AccessSettings settings_;
  const Done done_;
  bool filters_reads_ = false;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Job> jobs_;
  std::unordered_set<std::string> known_good_;
  std::jthread worker_;
};

// Whether every topic that `filter` matches is matched by `rule` too; and whether some topic is matched by
// both.
bool filter_covers(std::string_view rule, std::string_view filter);
bool filters_overlap(std::string_view a, std::string_view b);

}  // namespace oree::broker
