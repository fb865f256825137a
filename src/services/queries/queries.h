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
#include "core/tsql/door.h"
#include "services/queries/models/model_source.h"
#include "services/queries/session.h"

namespace oree::queries {

class Queries : public tsql::Door {
 public:
  struct Options {
    std::filesystem::path file;              // tables, and what the automation keeps; made when absent
    readings::SeriesStore* store = nullptr;  // none: the series tables say so
    ModelSource* models = nullptr;
    tsql::Automation* automation = nullptr;  // jobs and schedules; none: EXEC and CREATE EXTERNAL are refused
  };
  // All borrowed, and must outlive it.
  static Result<std::unique_ptr<Queries>> open(const Options& options, Clock& clock, Log& log);
  virtual Result<ResultSet> run(std::string_view text, Role role, const Limits& limits) = 0;

  // Deletes rows that are too old, once a day. Called every second or so.
  virtual Status beat() = 0;
};

}  // namespace oree::queries
