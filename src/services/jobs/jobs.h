// Streaming jobs: statements that run over messages as they come, with the states of SQL Edge.
//
//   Created → Starting → Idle → Processing ⇄ Degraded → Stopped      Failed: cannot go on until it is started
//   again
// Degraded: something was dropped, which `dropped` and `error` tell, and the job goes on.
//
// Rows for tables are written in the transaction that remembers how far the job has read: exactly once. Rows
// for the series store ("readings": machine, sensor, time, value) are exactly once by its own positions.
// Messages for a topic are published before the commit: at least once. Open windows, and the history that
// anomalies are judged by, are kept in memory and read again after a restart: the position that is needed
// stays behind them. Events for a window that was given already are counted as `late` and dropped. Not
// thread-safe.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/readings/store.h"
#include "services/jobs/output.h"
#include "services/jobs/statement/query.h"

namespace oree::jobs {

class Jobs {
 public:
  Jobs(tsql::Connection& admin, readings::SeriesStore* store, Publisher* publisher)
      : admin_(admin), outputs_(admin.database(), store, publisher) {}
  Status load();  // jobs that ran when the program ended run again

  // The statement is tried without events: what SQLite does not understand is refused here.
  Status create(const std::string& name, const std::string& statement);
  Status start(const std::string& name);
  Status stop(const std::string& name);
  Status drop(const std::string& name);

  Status deliver(std::span<const Message> messages);
  uint64_t needed_position() const;

 private:
  using Models = std::map<std::string, std::shared_ptr<const AnomalyModel>>;  // by key
  struct Query {
    JobQuery parsed;
    std::string topic;  // of the stream it reads
    Output output;
    uint64_t needed = 0;  // everything up to here is done with
    uint64_t seen = 0;
    uint64_t given = 0;  // what came up to here before the last restart has been given
    OpenWindows windows;
    std::vector<Models> models;  // for each anomaly of `parsed`
    Micros judged = 0;           // the newest event that they have seen
  };
  struct Job {
    std::string state, error;
    std::vector<Query> queries;
    int64_t rows_in = 0, rows_out = 0, dropped = 0, late = 0;
  };

  Status apply(std::span<const Message> messages);
  Status apply_to(Job& job, Query& query, std::span<const Message> messages, bool& any);
  Status prepare(const std::string& name, Job& job, const std::string& statement);
  Status resolve(Query& query);
  Status try_out(const JobQuery& parsed);
  void take_message(Job& job, Query& query, const Message& message, std::vector<Event>& events);
  static void forget_silent(Query& query);
  Status judge_anomalies(Job& job, Query& query, std::span<Event> events);
  Status open_windows(Job& job, Query& query, std::vector<Event> events);
  Status evaluate(Job& job, Query& query, std::span<const Event> events, Micros window_end);
  Status remember(const std::string& name, Job& job);
  Status set_state(const std::string& name, std::string_view state, std::string_view error);
  static void degrade(Job& job, const Error& error);

  tsql::Connection& admin_;
  Outputs outputs_;
  std::map<std::string, Job> running_;  // by lower-case name
};

Status make_job_tables(sql::Database& database);

// One row: name, state, error, rows_in, rows_out, dropped, late; all jobs when the name is empty.
Result<ResultSet> describe_job(sql::Database& database, std::string_view name);

}  // namespace oree::jobs
