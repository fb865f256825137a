#include "services/series/schema.h"

#include <limits>

#include "base/text.h"

namespace oree::series {
namespace {

constexpr int64_t kFormat = 1;

// What is deleted here is moved, not secret, so its
// pages need not be overwritten.
constexpr std::string_view kSettings = R"(
PRAGMA secure_delete = OFF;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA journal_size_limit = 33554432;
PRAGMA cache_size = -16000)";

constexpr std::string_view kTables = R"(
CREATE TABLE IF NOT EXISTS series(id INTEGER PRIMARY KEY, machine TEXT NOT NULL, sensor TEXT NOT NULL,
  UNIQUE(machine, sensor)) STRICT;
CREATE TABLE IF NOT EXISTS positions(source TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS landed(id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS minutes(time INTEGER, series INTEGER, min REAL, max REAL, sum REAL, count INTEGER,
  last REAL, last_time INTEGER, PRIMARY KEY(time, series)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hours(time INTEGER, series INTEGER, min REAL, max REAL, sum REAL, count INTEGER,
  last REAL, last_time INTEGER, PRIMARY KEY(time, series)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS closed_hours(time INTEGER, series INTEGER, min REAL, max REAL, sum REAL, count INTEGER,
  last REAL, last_time INTEGER, PRIMARY KEY(series, time)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS raw_chunks(id INTEGER PRIMARY KEY, hour INTEGER NOT NULL, points INTEGER NOT NULL,
  data BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS second_chunks(id INTEGER PRIMARY KEY, hour INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS minute_chunks(id INTEGER PRIMARY KEY, hour INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS raw_chunks_by_hour ON raw_chunks(hour);
CREATE INDEX IF NOT EXISTS second_chunks_by_hour ON second_chunks(hour);
CREATE INDEX IF NOT EXISTS minute_chunks_by_hour ON minute_chunks(hour);
PRAGMA user_version = 1)";

Result<int64_t> format_of(sql::Database& database) {
  auto statement = database.prepare("PRAGMA user_version");
  if (!statement) return forward(statement);
  if (auto row = statement->step(); !row) return forward(row);
  return statement->integer(0);
}

Status check_format(sql::Database& database, const std::string& file, bool may_be_new) {
  const auto format = format_of(database);
  if (!format) return forward(format);
  if (*format == kFormat || (*format == 0 && may_be_new)) return {};
  return fail(ErrorKind::unsupported,
              cat(file, " is of format ", *format, "; this program reads format ", kFormat));
}

}  // namespace

Result<sql::Database> open_for_writing(const std::string& file) {
  auto database = sql::Database::open(file, {.sync = sql::Sync::full, .can_shrink = true});
  if (!database) return database;
  if (auto fits = check_format(*database, file, true); !fits) return forward(fits);
  if (auto set = database->execute(kSettings); !set) return forward(set);
  auto transaction = sql::Transaction::begin(*database);
  if (!transaction) return forward(transaction);
  if (auto made = database->execute(kTables); !made) return forward(made);
  if (auto committed = transaction->commit(); !committed) return forward(committed);
  return database;
}

Result<sql::Database> open_for_reading(const std::string& file) {
  auto database = sql::Database::open(file, {.read_only = true});
  if (!database) return database;
  if (auto fits = check_format(*database, file, false); !fits) return forward(fits);
  return database;
}

void bind_bucket(sql::Statement& statement, int first, const readings::Bucket& bucket) {
  statement.bind(first, bucket.time)
      .bind(first + 1, bucket.min)
      .bind(first + 2, bucket.max)
      .bind(first + 3, bucket.sum)
      .bind(first + 4, static_cast<int64_t>(bucket.count))
      .bind(first + 5, bucket.last)
      .bind(first + 6, bucket.last_time);
}

readings::Bucket read_bucket(const sql::Statement& statement, int first) {
  // A sum that met both infinities on its way is no number, which SQLite keeps as NULL.
  constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
  return {.time = statement.integer(first),
          .min = statement.real(first + 1),
          .max = statement.real(first + 2),
          .sum = statement.is_null(first + 3) ? kNoNumber : statement.real(first + 3),
          .count = static_cast<uint64_t>(statement.integer(first + 4)),
          .last = statement.real(first + 5),
          .last_time = statement.integer(first + 6)};
}

}  // namespace oree::series
