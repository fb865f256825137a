// Functions of this program that SQL can call: per row, over a group, over a sliding window.
//
//   add_scalar(database, "twice", 1, [](const Arguments& in, Answer& out) -> Status {
//     out.integer(2 * in.integer(0));
//     return {};
//   });
//
// A failure ends the statement with this very Error. `arguments` is the exact number, or -1 for any. A name
// given again replaces the function. All calls come on the thread that steps the statement.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "platform/sql/database.h"
#include "platform/sql/value.h"

namespace oree::sql {

using Scalar = std::function<Status(const Arguments& in, Answer& out)>;

enum class Purity { pure, changing };  // pure: same arguments, same answer, within one statement

Status add_scalar(Database& database, const std::string& name, int arguments, Scalar scalar,
                  Purity purity = Purity::pure);

// The state of one group, or of one partition when called with OVER.
class Aggregate {
 public:
  virtual ~Aggregate() = default;
  virtual Status step(const Arguments& in) = 0;
  // The row that entered first leaves; called for functions added by add_window only.
  virtual Status leave(const Arguments& in);
  virtual Status answer(Answer& out) = 0;
};
using MakeAggregate = std::function<std::unique_ptr<Aggregate>()>;

Status add_aggregate(Database& database, const std::string& name, int arguments, MakeAggregate make);
// Can be called with OVER too: answer() comes once for each row, in order.
Status add_window(Database& database, const std::string& name, int arguments, MakeAggregate make);

}  // namespace oree::sql
