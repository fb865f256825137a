// Asks the authorities, counts what they answer, writes what was decided into the ledger, and has the
// authorities cosign it: only then an order is approved.
//
// One thread for each authority, so that one that stalls holds up nobody; one that counts. All of it can be
// taken up again after a crash at any point: what was asked and answered stands in the order, what was
// written stands in the ledger.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "nodes/edge/maintenance/authority_client.h"
#include "nodes/edge/maintenance/notary.h"
#include "nodes/edge/settings/maintenance_fields.h"
#include "services/approvals/ballot.h"
#include "services/orders/evidence.h"
#include "services/orders/order_store.h"

namespace oree::edge {

class Consensus {
 public:
  struct World {
    Clock& clock;
    Log& log;
    orders::OrderStore& orders;
    orders::EvidenceStore& evidence;
    Notary& notary;
    crypto::SigningKey key;
    std::string station;
    // Asked before an approved order is sealed; an approval on a second ledger may have to be there first.
    std::function<bool(const orders::Order&)> may_seal = {};
  };
  Consensus(const MaintenanceFile& file, World world);
  ~Consensus() { stop(); }
  // `evidence_base`: "http://10.0.0.5:8000", where authorities reach this station.
  void start(std::string evidence_base);
  void stop();
  void wake();  // an order was proposed or closed; any thread

  json::Value authorities_json() const;
  // What the authorities sign to; the same text for the same order, always.
  Result<approvals::Signed> proposal_of(const orders::Order& order) const;

 private:
  struct Link {
    explicit Link(const AuthoritySetting& one) : setting(one), client(one) {}
    const AuthoritySetting& setting;
    AuthorityClient client;
    std::set<std::string> asked;  // orders that it knows of
    uint64_t known = 0;           // the size that it says it has seen
    uint64_t cosigned = 0;        // the size up to which its cosignature came
    // Guarded by mutex_:
    bool away = true;
    std::string error;
    std::optional<WallTime> seen;
    std::jthread thread;
  };
  void serve(Link& link, const std::stop_token& stop);
  bool ask_open(Link& link);  // true: something is still to come
  Result<bool> ask_one(Link& link, const orders::Order& order);
  bool cosign(Link& link);
  Status take_cosignature(Link& link, const Notary::Request& request,
                          const AuthorityClient::Cosigned& answer);
  void note_state(Link& link, const Status& status);
  Status note_answer(const Link& link, const std::string& order, const AuthorityClient::Answer& answer);

  void count(const std::stop_token& stop);
  void count_all();
  void settle(const orders::Order& order);
  struct Tally {
    approvals::Standing standing;
    int approvals, refusals;
    std::string decisions;  // the file whose digest stands in the ledger
  };
  Result<Tally> tally_of(const orders::Order& order);
  Status seal(const orders::Order& order, orders::State state, const Tally& tally);
  void approve_cosigned();
  Result<approvals::Ballot> ballot_of(const orders::Order& order);
  void wait(std::unique_lock<std::mutex>& lock, const std::stop_token& stop, uint64_t& seen,
            milliseconds most);

  const MaintenanceFile& file_;
  World world_;
  std::string evidence_base_;
  std::vector<std::unique_ptr<Link>> links_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  uint64_t wakes_ = 0;
  std::set<std::string> warned_;  // order/authority, of answers that do not count; the counter's own
  std::jthread counter_;
};

}  // namespace oree::edge
