// A Field Service to try against: an HTTP stand-in on loopback that holds orders as Dataverse does, and
// refuses what Dataverse refuses. For tests, for the demo and for whoever sets up the real one.
//
// It speaks: a token by client credentials; GET, POST and PATCH of msdyn_workorders,
// msdyn_workorderservicetasks and msdyn_iotalerts, by id and by alternate key; If-Match and If-None-Match;
// Prefer: return=representation; $select and $filter=column eq value; the service protection limits. Errors
// have Dataverse's shape and codes. Not spoken: $batch, $expand, deep inserts, plug-ins.
//
// Faults can be ordered, one request each: by order_fault(), or from outside with POST /stand-in/faults and
// {"fault": "too_many"}. Thread-safe. The clock and the log must outlive it. With a file
// everything is written there before it is answered, and read again at the start.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "platform/json/value.h"

namespace oree::erp {

enum class Fault {
  none,
  error_before,   // 500, nothing was done
  error_after,    // 500, but it was done
  cut_after,      // done, and the answer ends in the middle
  silence_after,  // done, and no answer comes before release() or the end
  away,           // 503
  too_many,       // 429 with Retry-After: 7
  no_token,       // 401: the token is withdrawn
};

std::optional<Fault> parse_fault(std::string_view name);  // "error_after"

struct DoubleOptions {
  uint16_t port = 0;  // 0: any free one
  std::string tenant = "00000000-0000-0000-0000-000000000001";
  std::string client_id = "station";
  std::string secret = "a secret of the stand-in";
  std::string order_key = "oree_orderid", task_key = "oree_taskid";
  std::vector<std::string> known;  // records that lookups may point to: "/accounts(guid)"
  size_t most_requests = 6'000;    // in five minutes, of one client
  size_t most_at_once = 52;
  std::chrono::seconds token_life{3'599};
  std::filesystem::path file;  // "" = in memory only
  // Told of each request under /api after it was done and before it is answered. Called without a lock.
  std::function<void(const std::string& method, const std::string& path)> watch;
};

class FieldServiceDouble {
 public:
  static Result<std::unique_ptr<FieldServiceDouble>> start(DoubleOptions options, const Clock& clock,
                                                           Log& log);
  ~FieldServiceDouble();

  std::string url() const;        // "http://127.0.0.1:41234"
  std::string token_url() const;  // …/<tenant>/oauth2/v2.0/token

  // The next request under /api meets it; several stand in line.
  void order_fault(Fault fault);
  void release();  // those that wait in silence get their answer

  // The records of a set, oldest first: for pages and tests.
  std::vector<json::Value> records(std::string_view set) const;
  // As a dispatcher would; `invalid` when the status may not follow, `not_found`.
  Status set_status(std::string_view number, int64_t status);
  size_t requests() const;  // under /api, since the start
  size_t tokens() const;    // handed out

 private:
  struct State;
  explicit FieldServiceDouble(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Ids that the demo and the tests use, all of them known.
struct DoubleRecords {
  std::string account = "10000000-0000-4000-8000-000000000001";
  std::string work_order_type = "10000000-0000-4000-8000-000000000002";
  std::string price_list = "10000000-0000-4000-8000-000000000003";
  std::string urgent = "10000000-0000-4000-8000-000000000004";
  std::string asset = "10000000-0000-4000-8000-000000000005";
  std::string task_type = "10000000-0000-4000-8000-000000000006";
  std::vector<std::string> all() const;
};

}  // namespace oree::erp
