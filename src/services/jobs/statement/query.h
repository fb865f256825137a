// The statement of a streaming job, as far as it is more than SQL:
//
//   [WITH step AS (SELECT …), …]
//   SELECT … INTO out FROM in [TIMESTAMP BY time] [WHERE …] [GROUP BY …, window] [HAVING …]
//
// Several SELECTs may follow one another and share the steps. Windows: TumblingWindow(minute, 5),
// HoppingWindow(minute, 10, 5), SlidingWindow(minute, 5), SessionWindow(minute, 5, 60) [OVER (PARTITION BY
// field)]. AnomalyDetection_SpikeAndDip(x, confidence, history, 'spikes' | 'dips' | 'spikesanddips') and
// AnomalyDetection_ChangePoint(x, confidence, history) stand with OVER ([PARTITION BY …] LIMIT
// DURATION(minute, 20) [WHEN …]); GetRecordPropertyValue(record, 'Score') takes their answer apart.
//
// What is left is SQL over a table "in$<stream>" that holds the events at hand; PREDICT(DATA = stream AS d)
// reads it too. A query reads one stream and has one window, whichever of its SELECTs they stand in.
// System.Timestamp() is the end of the window, or the event's own time. Pure.
#pragma once

#include <string>
#include <vector>

#include "services/jobs/anomaly_model.h"
#include "services/jobs/windows.h"

namespace oree::jobs {

struct JobQuery {
  std::string in, out;
  std::string sql;          // SELECT over "in$<in>"
  std::string time_column;  // TIMESTAMP BY; "": when it arrived
  Window window;
  std::vector<AnomalyCall> anomalies;  // their answers are the columns "$anomaly0", "$anomaly1", …
  std::vector<std::string> names;      // every name in the statement, which may be a field of an event
  std::vector<std::string> tables;     // what else it reads
  bool predicts = false;               // FROM PREDICT(…)
};

std::string table_for(std::string_view stream);
// "$anomaly3"
std::string anomaly_column(size_t index);
// `invalid` or `unsupported` with line and column.
Result<std::vector<JobQuery>> parse_job(std::string_view statement);

}  // namespace oree::jobs
