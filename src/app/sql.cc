// oree sql: questions to a running station, or to the files of one that does not run.
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <iostream>

#include "app/commands.h"
#include "app/station/token.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "nodes/edge/telemetry/station_models.h"
#include "platform/http/client.h"
#include "platform/json/value.h"
#include "services/jobs/automation.h"
#include "services/queries/queries.h"
#include "services/series/sqlite_store.h"

namespace oree::app {
namespace fs = std::filesystem;
namespace {

using tsql::ResultSet;
using Ask = std::function<Result<ResultSet>(const std::string& text)>;

sql::Value value_of(const json::Value& value) {
  if (const auto* text = value.text()) return *text;
  if (const auto* boolean = value.boolean()) return int64_t{*boolean};
  if (const auto integer = value.integer()) return *integer;
  if (const auto number = value.number()) return *number;
  return std::monostate();
}

Result<ResultSet> result_of(const json::Value& answer) {
  ResultSet result;
  const auto* columns = answer.find("columns");
  const auto* rows = answer.find("rows");
  if (columns == nullptr || columns->array() == nullptr || rows == nullptr || rows->array() == nullptr)
    return fail(ErrorKind::corrupt, "the station's answer has no columns and rows");
  for (const auto& column : *columns->array()) result.columns.push_back(column.text() ? *column.text() : "");
  for (const auto& row : *rows->array()) {
    auto& values = result.rows.emplace_back();
    if (row.array() == nullptr) continue;
    for (const auto& value : *row.array()) values.push_back(value_of(value));
  }
  if (const auto* cut = answer.find("truncated"); cut != nullptr && cut->boolean() != nullptr)
    result.truncated = *cut->boolean();
  if (const auto* note = answer.find("note"); note != nullptr && note->text() != nullptr)
    result.note = *note->text();
  return result;
}

Result<ResultSet> ask_station(const SqlOptions& options, const std::string& text) {
  auto url = http::parse_url(cat(options.station, "/api/v1/sql"));
  if (!url) return forward(url);
  http::Client client;
  const std::string body = json::print(json::Object{{"sql", text}, {"limit", options.limit}});
  const auto answer = client.call("POST", *url, with_token({{"Content-Type", "application/json"}}), body, {});
  if (!answer) return forward(answer);
  const auto value = json::parse(answer->body);
  if (answer->status == 404)
    return fail(ErrorKind::not_found, cat("the station at ", options.station, " has no telemetry"));
  if (!value) return forward(value, "the station's answer");
  if (answer->status == 200) return result_of(*value);
  const auto* said = value->find("error");
  return fail(answer->status >= 500 ? ErrorKind::unavailable : ErrorKind::invalid,
              said != nullptr && said->text() != nullptr ? *said->text() : cat("status ", answer->status));
}

void print(const SqlOptions& options, const ResultSet& result) {
  const std::string text = options.format == "json"  ? json::print(tsql::to_json(result), 2) + "\n"
                           : options.format == "csv" ? tsql::print_csv(result)
                                                     : tsql::print_table(result);
  std::fputs(text.c_str(), stdout);
  if (result.truncated) std::fprintf(stderr, "more than %d rows: raise --limit\n", options.limit);
}

int ask_once(const SqlOptions& options, const Ask& ask, const std::string& text) {
  const auto result = ask(text);
  if (!result) return print_error(result.error());
  print(options, *result);
  return 0;
}

// A statement ends with a line that ends with ';'. Mistakes do not end the shell of a person, but that of a
// script.
int read_along(const SqlOptions& options, const Ask& ask) {
  const bool person = is_terminal(STDIN_FILENO);
  std::string text;
  std::string line;
  const auto prompt = [&] {
    if (person) std::fputs(text.empty() ? "oree> " : "  ... ", stdout);
    std::fflush(stdout);
  };
  for (prompt(); std::getline(std::cin, line); prompt()) {
    text += line + "\n";
    if (!trim(line).ends_with(';')) continue;
    const int code = ask_once(options, ask, text);
    text.clear();
    if (code != 0 && !person) return code;
  }
  if (person) std::fputs("\n", stdout);
  return trim(text).empty() ? 0 : ask_once(options, ask, text);
}

int run_with(const SqlOptions& options, const Ask& ask) {
  return options.text.empty() ? read_along(options, ask) : ask_once(options, ask, options.text);
}

int run_on_files(const SqlOptions& options) {
  const fs::path folder = options.data / "telemetry";
  if (!fs::exists(folder / "series.db"))
    return print_error(
        {ErrorKind::not_found, cat(folder.string(), " has no series.db: it is no station's data folder")});
  auto world = make_world(LogLevel::warning);
  if (!world) return print_error(world.error());
  const auto lock = (*world)->disk.lock(options.data / "items");
  if (!lock) return print_error(lock.error(), "a station runs on these files: ask it, with --station");
  auto series = series::SqliteStore::open(folder / "series.db");
  if (!series) return print_error(series.error());
  edge::StationModels models(*(*world)->backend, options.data / "models");
  const auto automation = jobs::Automation::create({.store = series->get(), .publisher = nullptr},
                                                   (*world)->clock, (*world)->log);
  auto door = queries::Queries::open({.file = folder / "tables.db",
                                      .store = series->get(),
                                      .models = &models,
                                      .automation = automation.get()},
                                     (*world)->clock, (*world)->log);
  if (!door) return print_error(door.error());
  return run_with(options, [&](const std::string& text) {
    queries::Limits limits;
    limits.rows = static_cast<size_t>(options.limit);
    return (*door)->run(text, queries::Role::admin, limits);
  });
}

}  // namespace

int run_sql(const SqlOptions& options) {
  if (!options.data.empty()) return run_on_files(options);
  return run_with(options, [&](const std::string& text) { return ask_station(options, text); });
}

}  // namespace oree::app
