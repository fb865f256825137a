// Orders on their way to the ERP, in one SQLite file (erp.db): what survives a kill at any moment.
//
// An attempt is written down before it is made, with the time of the next one, so that a process that dies in
// the middle comes back to the same order after a pause, and never believes it was not sent. An outcome stays
// untold until told() says that whoever must know has it. Not thread-safe. Errors are SQLite's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/sql/database.h"
#include "services/erp/erp.h"

namespace oree::erp {

enum class Wish { place, close, cancel };  // the last one asked for
enum class Sending { waiting, placed, closed, cancelled, refused };
std::string_view name(Sending state);

struct Entry {
  WorkOrder order;
  Wish wish = Wish::place;
  Sending state = Sending::waiting;
  int attempts = 0;                  // of the present wish
  std::optional<WallTime> next_try;  // while there is something to do
  Placed placed;                     // number is "" until the ERP gave one
  std::string error;                 // of the last attempt that failed; of `refused`: why
  bool told = true;
};

class Queue {
 public:
  static Result<Queue> open(const std::string& path);

  // The same order again changes nothing; `conflict` when the id is known with other content.
  Status add(const WorkOrder& order, WallTime now);
  // close or cancel. An order that was never tried is cancelled without asking the ERP. `not_found`;
  // `conflict` when it was closed or cancelled in another way already.
  Status wish(std::string_view id, Wish wish, WallTime now);
  // What was refused is tried anew. `not_found`; nothing happens when there is nothing to do.
  Status again(std::string_view id, WallTime now);

  Result<std::optional<Entry>> find(std::string_view id);
  Result<std::vector<Entry>> newest(size_t limit);
  // The one that has waited longest. A time of more than a day ahead is due too: no pause is so long, the
  // wall clock was set back.
  Result<std::optional<Entry>> due(WallTime now);
  Result<std::optional<WallTime>> next_try();  // of all that wait
  Result<std::vector<Entry>> untold(size_t limit);
  Result<size_t> waiting();

  Status begin_attempt(const std::string& id, WallTime again_at);
  Status put_off(const std::string& id, WallTime until, std::string_view error);
  Status placed(const Entry& entry, const Placed& placed, WallTime now);
  Status ended(const std::string& id, Sending state);  // closed or cancelled
  Status refused(const Entry& entry, std::string_view error);
  Status told(const std::string& id);

 private:
  explicit Queue(sql::Database database) : database_(std::move(database)) {}
  Result<std::vector<Entry>> select(std::string_view rest, std::optional<int64_t> number,
                                    std::string_view text);
  Result<Entry> demand(std::string_view id);

  sql::Database database_;
};

}  // namespace oree::erp
