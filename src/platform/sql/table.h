// Tables of this program that SQL can read: FROM name, or FROM name(argument, …) for hidden columns.
//
// SQLite asks plan() which of the conditions on its columns the table can use, then open() and start() with
// the values of the chosen ones. Read-only. Everything runs on the thread that steps the statement; a failure
// ends the statement with this very Error.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "platform/sql/database.h"
#include "platform/sql/value.h"

namespace oree::sql {

struct Column {
  std::string name;
  std::string type;     // "INTEGER", "REAL", "TEXT", "BLOB" or ""
  bool hidden = false;  // an argument: given in parentheses, in order
};

enum class Compare { equal, less, less_equal, greater, greater_equal, other };

struct Constraint {
  int column;  // -1: the row's number
  Compare compare;
  bool usable;
};

struct Order {
  int column;
  bool descending;
};

struct Question {
  std::span<const Constraint> constraints;
  std::span<const Order> orders;
  uint64_t used_columns;  // bit per column; bit 63 stands for all from there
};

// What was decided, handed on to start().
struct Plan {
  std::vector<size_t>
      taken;  // constraints whose values start() gets, in this order; SQLite need not check them
  int number = 0;
  std::string note;
  double cost = 1e6;
  int64_t rows = 1'000'000;
  bool ordered = false;  // rows come in the order asked for
};

class Cursor {
 public:
  virtual ~Cursor() = default;
  // May come again on the same cursor, as in a join: begin from the start.
  virtual Status start(int number, std::string_view note, const Arguments& in) = 0;
  virtual bool at_end() const = 0;
  virtual Status next() = 0;
  virtual Status column(int index, Answer& out) = 0;
};

class Table {
 public:
  virtual ~Table() = default;
  virtual std::vector<Column> columns() const = 0;
  // `invalid` when an argument that cannot be done without is missing.
  virtual Result<Plan> plan(const Question& question) const = 0;
  virtual Result<std::unique_ptr<Cursor>> open() = 0;
};

// A name given again replaces the table for statements prepared afterwards.
Status add_table(Database& database, const std::string& name, std::shared_ptr<Table> table);

}  // namespace oree::sql
