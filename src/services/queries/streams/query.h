// The statement of a streaming job, as far as it is more than SQL: SELECT … INTO out FROM in [TIMESTAMP BY
// time] [WHERE …] [GROUP BY …, TumblingWindow(minute, 5) | HoppingWindow(minute, 10, 5)] [HAVING …]. Several
// may follow one another. Pure.
//
// What is left is SQL over a table "in$<stream>" that holds the events at hand. System.Timestamp() is the end
// of the window, or the event's own time. A window holds begin < time <= end, as in Azure Stream Analytics,
// counted from 1970-01-01.
#pragma once

#include <string>
#include <vector>

#include "core/readings/bucket.h"
#include "services/queries/token.h"

namespace oree::queries::streams {

struct Window {
  readings::Micros size = 0, hop = 0;  // zero: none
};

struct JobQuery {
  std::string in, out;
  std::string sql;          // SELECT over "in$<in>"
  std::string time_column;  // TIMESTAMP BY; "": when it arrived
  Window window;
  std::vector<std::string> names;  // every name in the statement, which may be a field of an event
};

std::string table_for(std::string_view stream);
Result<std::vector<JobQuery>> parse_job(std::string_view statement);

}  // namespace oree::queries::streams
