// How the index answers questions.
//
// A list is driven by what makes it shortest: the rarest attribute that is asked for when it is rare, and the
// order of time otherwise. Either way a page costs about what is on it, however many records there are.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "core/storage/index/sqlite_index.h"

namespace oree::storage {
namespace {

constexpr size_t kMaxLimit = 1000;
constexpr int64_t kRare = 2000;  // so few that sorting them all is cheaper than walking through time

using Filters = std::map<std::string_view, std::vector<std::string_view>>;  // name → any of these values

struct Cursor {
  int64_t time;
  int64_t row;
};

Result<std::optional<Cursor>> parse_cursor(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto parts = split(text, '.');
  const auto time = parts.size() == 2 ? parse_number<int64_t>(parts[0]) : std::nullopt;
  const auto row = parts.size() == 2 ? parse_number<int64_t>(parts[1]) : std::nullopt;
  if (!time || !row)
    return fail(ErrorKind::invalid, cat("'", text.substr(0, 64), "' is no cursor of a list"));
  return Cursor{*time, *row};
}

Filters filters_of(const Query& query) {
  Filters filters;
  for (const auto& [name, value] : query.attributes) filters[name].push_back(value);
  return filters;
}

// A statement under construction: text and the values for its question marks, in order.
struct Sql {
  std::string text;
  std::vector<std::variant<int64_t, std::string_view>> values;

  void add(std::string_view part) { text += part; }
  void value(std::variant<int64_t, std::string_view> bound) { values.push_back(bound); }

  Result<sql::Statement> prepare(sql::Database& database) const {
    auto statement = database.prepare(text);
    if (!statement) return statement;
    for (size_t i = 0; i < values.size(); ++i) {
      std::visit([&](auto bound) { statement->bind(static_cast<int>(i) + 1, bound); }, values[i]);
    }
    return statement;
  }
};

// name = ? AND value IN (?, ?)
void add_match(Sql& sql, std::string_view name, const std::vector<std::string_view>& values) {
  sql.add("name = ? AND value IN (");
  sql.value(name);
  for (size_t i = 0; i < values.size(); ++i) {
    sql.add(i == 0 ? "?" : ", ?");
    sql.value(values[i]);
  }
  sql.add(")");
}

void add_times(Sql& sql, const Query& query) {
  if (query.from) {
    sql.add(" AND time >= ?");
    sql.value(query.from->time_since_epoch().count());
  }
  if (query.to) {
    sql.add(" AND time < ?");
    sql.value(query.to->time_since_epoch().count());
  }
}

// How many records match one filter within the query's times, counting no further than kRare.
Result<int64_t> count_matches(sql::Database& database, const Query& query, std::string_view name,
                              const std::vector<std::string_view>& values) {
  Sql sql{"SELECT count(*) FROM (SELECT 1 FROM attributes WHERE ", {}};
  add_match(sql, name, values);
  add_times(sql, query);
  sql.add(" LIMIT ?)");
  sql.value(kRare);
  auto select = sql.prepare(database);
  if (!select) return forward(select);
  if (auto row = select->step(); !row) return forward(row);
  return select->integer(0);
}

// The name of the filter that should drive, or nothing when time should.
Result<std::optional<std::string_view>> driver(sql::Database& database, const Query& query,
                                               const Filters& filters) {
  std::optional<std::string_view> rarest;
  int64_t fewest = kRare;
  for (const auto& [name, values] : filters) {
    const auto matches = count_matches(database, query, name, values);
    if (!matches) return forward(matches);
    if (*matches < fewest) {
      fewest = *matches;
      rarest = name;
    }
  }
  return rarest;
}

// FROM … WHERE …, without order or limit; `r` is the record.
Result<Sql> matching(sql::Database& database, const Query& query, std::string_view columns) {
  const Filters filters = filters_of(query);
  const auto drive = driver(database, query, filters);
  if (!drive) return forward(drive);
  Sql sql{cat("SELECT ", columns, " FROM records r WHERE 1"), {}};
  for (const auto& [name, values] : filters) {
    // The unary plus and the correlated form keep SQLite from turning the one into the other.
    const bool drives = *drive == name;
    sql.add(drives ? " AND r.row IN (SELECT row FROM attributes WHERE "
                   : " AND EXISTS (SELECT 1 FROM attributes a WHERE a.time = r.time AND a.row = r.row AND ");
    add_match(sql, name, values);
    if (drives) add_times(sql, query);
    sql.add(")");
  }
  add_times(sql, query);
  return sql;
}

}  // namespace

Result<Page> SqliteIndex::list(const Query& query) {
  if (query.limit == 0 || query.limit > kMaxLimit) {
    return fail(ErrorKind::invalid, cat("limit is ", query.limit, "; it must be 1 to ", kMaxLimit));
  }
  const auto cursor = parse_cursor(query.cursor);
  if (!cursor) return forward(cursor);
  const std::lock_guard lock(scans_->mutex);
  auto sql = matching(scans_->database, query, "r.entry, r.time, r.row");
  if (!sql) return forward(sql);
  if (*cursor) {
    sql->add(" AND (r.time, r.row) < (?, ?)");
    sql->value((*cursor)->time);
    sql->value((*cursor)->row);
  }
  sql->add(" ORDER BY r.time DESC, r.row DESC LIMIT ?");
  sql->value(static_cast<int64_t>(query.limit) + 1);  // one more tells whether there is a next page
  auto select = sql->prepare(scans_->database);
  if (!select) return forward(select);
  Page page;
  Cursor last{};
  while (true) {
    const auto row = select->step();
    if (!row) return forward(row);
    if (!*row) return page;
    if (page.bodies.size() == query.limit) {
      page.next = cat(last.time, ".", last.row);
      return page;
    }
    const auto record = parse_record(select->blob(0));
    if (!record) return fail(ErrorKind::corrupt, cat(path_, ": row ", select->integer(2), " cannot be read"));
    page.bodies.emplace_back(record->body);
    last = {select->integer(1), select->integer(2)};
  }
}

Result<uint64_t> SqliteIndex::count(const Query& query) {
  const std::lock_guard lock(scans_->mutex);
  auto sql = matching(scans_->database, query, "count(*)");
  if (!sql) return forward(sql);
  auto select = sql->prepare(scans_->database);
  if (!select) return forward(select);
  if (auto row = select->step(); !row) return forward(row);
  return static_cast<uint64_t>(select->integer(0));
}

Result<std::vector<std::pair<std::string, uint64_t>>> SqliteIndex::values(std::string_view attribute) {
  const std::lock_guard lock(scans_->mutex);
  auto select =
      scans_->database.prepare("SELECT value, count(*) FROM attributes WHERE name = ? GROUP BY value");
  if (!select) return forward(select);
  select->bind(1, attribute);
  std::vector<std::pair<std::string, uint64_t>> values;
  while (true) {
    const auto row = select->step();
    if (!row) return forward(row);
    if (!*row) return values;
    values.emplace_back(select->text(0), static_cast<uint64_t>(select->integer(1)));
  }
}

Result<std::string> SqliteIndex::find(std::string_view id) {
  const std::lock_guard lock(points_->mutex);
  auto select = points_->database.prepare("SELECT entry FROM records WHERE id = ?");
  if (!select) return forward(select);
  const auto row = select->bind(1, id).step();
  if (!row) return forward(row);
  if (!*row) return fail(ErrorKind::not_found, cat("there is no record '", id.substr(0, 256), "'"));
  const auto record = parse_record(select->blob(0));
  if (!record) return fail(ErrorKind::corrupt, cat(path_, ": record '", id, "' cannot be read"));
  return std::string(record->body);
}

Result<bool> SqliteIndex::has_blob(const Digest& digest) {
  const std::lock_guard lock(points_->mutex);
  if (!points_->has_blob) {
    auto select = points_->database.prepare("SELECT 1 FROM blobs WHERE digest = ? AND bytes >= 0");
    if (!select) return forward(select);
    points_->has_blob = std::move(*select);
  }
  const auto found = points_->has_blob->bind(1, digest.bytes).step();
  points_->has_blob->reset();  // ends the read, so that checkpoints may pass
  return found;
}

Result<std::vector<OldRecord>> SqliteIndex::oldest(size_t limit) {
  const std::lock_guard lock(points_->mutex);
  auto select = points_->database.prepare("SELECT row, time FROM records ORDER BY time, row LIMIT ?");
  if (!select) return forward(select);
  select->bind(1, static_cast<int64_t>(limit));
  std::vector<OldRecord> records;
  while (true) {
    const auto row = select->step();
    if (!row) return forward(row);
    if (!*row) return records;
    records.push_back({select->integer(0), WallTime(microseconds(select->integer(1)))});
  }
}

Result<std::vector<Digest>> SqliteIndex::unreferenced(size_t limit) {
  const std::lock_guard lock(points_->mutex);
  auto select = points_->database.prepare("SELECT digest FROM blobs WHERE refs = 0 LIMIT ?");
  if (!select) return forward(select);
  select->bind(1, static_cast<int64_t>(limit));
  std::vector<Digest> digests;
  while (true) {
    const auto row = select->step();
    if (!row) return forward(row);
    if (!*row) return digests;
    Digest digest;
    const ByteView bytes = select->blob(0);
    if (bytes.size() != digest.bytes.size()) return fail(ErrorKind::corrupt, cat(path_, ": no digest"));
    std::ranges::copy(bytes, digest.bytes.begin());
    digests.push_back(digest);
  }
}

}  // namespace oree::storage
