// Where the rows of a job go: a table of the door, a topic of the broker, or the series store.
#pragma once

#include <string>
#include <vector>

#include "core/readings/store.h"
#include "services/jobs/language.h"
#include "services/jobs/message.h"

namespace oree::jobs {

struct Output {
  enum class Kind { table, topic, readings };
  Kind kind = Kind::table;
  std::string name;
  std::vector<readings::Reading> readings;  // put and not yet stored
};

class Outputs {
 public:
  Outputs(sql::Database& database, readings::SeriesStore* store, Publisher* publisher)
      : database_(database), store_(store), publisher_(publisher) {}

  // What INTO `name` means: an external stream, or a table. `unavailable` when there is no such way here.
  Result<Output> find(const std::string& name);
  // `invalid` when the row does not fit, and everything else can go on; otherwise the way is blocked.
  Status put(Output& output, const std::vector<std::string>& columns, const std::vector<sql::Value>& row);
  // Stores the readings that were put, once for each position.
  Status store(Output& output, std::string_view source, uint64_t position);

 private:
  Status put_in_table(const Output& output, const std::vector<std::string>& columns,
                      const std::vector<sql::Value>& row);
  Status put_reading(Output& output, const std::vector<std::string>& columns,
                     const std::vector<sql::Value>& row);

  sql::Database& database_;
  readings::SeriesStore* store_;
  Publisher* publisher_;
};

}  // namespace oree::jobs
