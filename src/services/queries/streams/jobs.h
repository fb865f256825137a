// Streaming jobs: statements that run over messages as they come, with the states of SQL Edge.
//
//   Created → Starting → Idle → Processing ⇄ Degraded → Stopped      Failed: cannot go on until it is started
//   again
// Degraded: something was dropped, which `dropped` and `error` tell, and the job goes on.
//
// Rows for tables are written in the transaction that remembers how far the job has read: exactly once. Rows
// for the series store ("readings": machine, sensor, time, value) are exactly once by its own positions.
// Messages for a topic are published before the commit: at least once. Open windows are kept in memory, and
// read again after a restart: the position that is remembered stays behind them. A window closes when a later
// event comes; events that come for a closed window are counted as `late` and dropped. Not thread-safe.
#pragma once

#include <deque>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/readings/store.h"
#include "services/queries/session.h"
#include "services/queries/streams/events.h"
#include "services/queries/streams/query.h"

namespace oree::queries::streams {

class Jobs {
 public:
  Jobs(Session& session, readings::SeriesStore* store, Publisher* publisher)
      : session_(session), store_(store), publisher_(publisher) {}
  Status load();  // jobs that ran when the program ended run again

  Status create(const std::string& name, const std::string& statement);
  Status start(const std::string& name);
  Status stop(const std::string& name);
  Status drop(const std::string& name);

  Status deliver(std::span<const Message> messages);
  Result<uint64_t> needed_position() const;

 private:
  struct Query {
    JobQuery parsed;
    std::string topic;     // of the stream it reads
    std::string out_kind;  // "table", "topic", "readings"
    std::string out_name;
    uint64_t position = 0;  // everything up to here is done with
    uint64_t seen = 0;
    readings::Micros emitted = 0;  // end of the last window that was given
    readings::Micros newest = 0;
    std::deque<Event> open;  // in time order
    std::vector<readings::Reading> readings;
  };
  struct Job {
    std::string state, error;
    std::vector<Query> queries;
    int64_t rows_in = 0, rows_out = 0, dropped = 0, late = 0;
  };

  Status apply(std::span<const Message> messages);
  Status prepare(const std::string& name, Job& job, const std::string& statement);
  Status resolve(Query& query);
  Status take_message(Job& job, Query& query, const Message& message, std::vector<Event>& events);
  Status evaluate(Job& job, Query& query, std::span<const Event> events, readings::Micros window_end);
  Status close_windows(Job& job, Query& query);
  Status put_row(Job& job, Query& query, const std::vector<std::string>& columns,
                 const std::vector<sql::Value>& row);
  Status put_in_table(Query& query, const std::vector<std::string>& columns,
                      const std::vector<sql::Value>& row);
  Status remember(const std::string& name, Job& job);
  Status set_state(const std::string& name, std::string_view state, std::string_view error);
  static void degrade(Job& job, const Error& error);

  Session& session_;
  readings::SeriesStore* store_;
  Publisher* publisher_;
  std::map<std::string, Job> running_;  // by lower-case name
};

// One row: name, state, error, rows_in, rows_out, dropped, late; all jobs when the name is empty.
Result<ResultSet> describe_job(sql::Database& database, std::string_view name);

}  // namespace oree::queries::streams
