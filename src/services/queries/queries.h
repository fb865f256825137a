// The SQL door: a text in, the last answer out. SQLite's SQL and the T-SQL that README.md lists, over tables
// of its own file and the series store; models answer inside it.
//
//   auto answer = queries->run("SELECT machine, max(value) FROM readings WHERE time > '2026-11-22' GROUP BY
//   1",
//                              Role::reader, {.time = seconds(5)});
//   fputs(print_table(*answer).c_str(), stdout);
//
// Thread-safe. Readers run beside each other and beside one admin; admins wait for each other. Statements of
// a text run one after the other, each committed by itself unless the text says BEGIN; the first failure ends
// it, and names line and column where SQLite or we can tell. An admin's BEGIN without COMMIT is rolled back
// at the end.
#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "core/readings/store.h"
#include "services/queries/models/model_source.h"
#include "services/queries/session.h"
#include "services/queries/streams/message.h"

namespace oree::queries {

class Queries {
 public:
  struct Options {
    std::filesystem::path file;              // tables, jobs, schedules; made when absent
    readings::SeriesStore* store = nullptr;  // none: the series tables say so
    ModelSource* models = nullptr;
    streams::Publisher* publisher = nullptr;  // where jobs send what is not a table
  };
  // All borrowed, and must outlive it.
  static Result<std::unique_ptr<Queries>> open(const Options& options, Clock& clock, Log& log);
  virtual ~Queries() = default;

  virtual Result<ResultSet> run(std::string_view text, Role role, const Limits& limits) = 0;

  // Messages for the streaming jobs, in the order of their positions in the stream they come from. Everything
  // that the jobs make of them is durable when this returns; what a job has seen already it skips.
  virtual Status deliver(std::span<const streams::Message> messages) = 0;
  // From where messages are needed after a restart: one behind the last that no job needs any more; the
  // largest number when no job is at work.
  virtual Result<uint64_t> needed_position() = 0;

  // Schedules that are due, windows that time has closed, rows that are too old. Called every second or so.
  virtual Status beat() = 0;
  // When beat() has something to do next.
  virtual Result<WallTime> next_beat() = 0;
};

}  // namespace oree::queries
