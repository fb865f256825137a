#include "services/events/event_store.h"

#include <algorithm>

#include "base/text.h"

namespace oree::events {
namespace {

constexpr size_t kNewest = 20'000;  // events that are lent from memory

constexpr std::string_view kSchema = R"sql(
CREATE TABLE IF NOT EXISTS events(number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, type TEXT NOT NULL,
  source TEXT NOT NULL, subject TEXT NOT NULL, time INTEGER NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS cursor(only INTEGER PRIMARY KEY CHECK(only = 1), number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS subscriptions(name TEXT PRIMARY KEY, position INTEGER NOT NULL, delivered INTEGER NOT NULL,
  dead INTEGER NOT NULL, last_delivery INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS retries(subscription TEXT NOT NULL, number INTEGER NOT NULL, attempts INTEGER NOT NULL,
  next INTEGER NOT NULL, outcome TEXT NOT NULL, PRIMARY KEY(subscription, number)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS retries_due ON retries(subscription, next);
CREATE TABLE IF NOT EXISTS dead_letters(subscription TEXT NOT NULL, number INTEGER NOT NULL, reason TEXT NOT NULL,
  outcome TEXT NOT NULL, attempts INTEGER NOT NULL, last_attempt INTEGER NOT NULL,
  PRIMARY KEY(subscription, number)) WITHOUT ROWID;
)sql";

int64_t ms(WallTime time) {
  return std::chrono::floor<milliseconds>(time).time_since_epoch().count();
}

WallTime from_ms(int64_t value) {
  return WallTime(milliseconds(value));
}

// Columns from `first`: number, id, type, source, subject, time, data.
Result<StoredEvent> event_at(const sql::Statement& row, int first) {
  auto data = json::parse(row.text(first + 6));
  if (!data)
    return fail(ErrorKind::corrupt, cat("event ", row.integer(first), " is damaged: ", data.error().what));
  const auto text = [&](int column) { return std::string(row.text(first + column)); };
  return std::make_shared<const Stored>(
      Stored{row.integer(first),
             {text(1), text(2), text(3), text(4), from_ms(row.integer(first + 5)), *std::move(data)}});
}

Retry retry_at(const sql::Statement& row) {
  return {row.integer(0), static_cast<int>(row.integer(1)), from_ms(row.integer(2)),
          std::string(row.text(3))};
}

template <class T, class Read>
Result<std::vector<T>> rows_of(sql::Statement& statement, Read read) {
  std::vector<T> found;
  for (;;) {
    const auto row = statement.step();
    if (!row) return forward(row);
    if (!*row) return found;
    Result<T> one = read(statement);
    if (!one) return forward(one);
    found.push_back(*std::move(one));
  }
}

}  // namespace

Result<std::unique_ptr<EventStore>> EventStore::open(const std::filesystem::path& file) {
  auto taking = sql::Database::open(file.string(), {.sync = sql::Sync::full});
  if (!taking) return forward(taking);
  if (auto made = taking->execute(kSchema); !made) return forward(made, file.string());
  auto database = sql::Database::open(file.string(), {.sync = sql::Sync::normal});
  if (!database) return forward(database);
  std::unique_ptr<EventStore> store(new EventStore(*std::move(taking), *std::move(database)));
  if (auto loaded = store->load_newest(); !loaded) return forward(loaded, file.string());
  return store;
}

Status EventStore::load_newest() {
  auto statement = database_.prepare(
      "SELECT number,id,type,source,subject,time,data FROM events ORDER BY number DESC LIMIT ?");
  if (!statement) return forward(statement);
  statement->bind(1, static_cast<int64_t>(kNewest));
  auto found = rows_of<StoredEvent>(*statement, [](const auto& row) { return event_at(row, 0); });
  if (!found) return forward(found);
  newest_.assign(found->rbegin(), found->rend());
  auto sequence = database_.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'events'");
  if (!sequence) return forward(sequence);
  const auto row = sequence->step();
  if (!row) return forward(row);
  last_ = *row ? sequence->integer(0) : 0;
  return {};
}

void EventStore::remember(StoredEvent event) {
  last_ = event->number;
  newest_.push_back(std::move(event));
  if (newest_.size() > kNewest) newest_.pop_front();
}

Result<int64_t> EventStore::cursor() {
  const std::lock_guard lock(mutex_);
  auto statement = database_.prepare("SELECT number FROM cursor");
  if (!statement) return forward(statement);
  const auto row = statement->step();
  if (!row) return forward(row);
  return *row ? statement->integer(0) : 0;
}

Status EventStore::take(std::span<const Event> events, int64_t cursor) {
  const std::lock_guard lock(mutex_);
  auto transaction = sql::Transaction::begin(taking_);
  if (!transaction) return forward(transaction);
  auto insert =
      taking_.prepare("INSERT INTO events(number,id,type,source,subject,time,data) VALUES(?,?,?,?,?,?,?)");
  if (!insert) return forward(insert);
  int64_t number = last_;
  std::vector<StoredEvent> taken;
  for (const Event& event : events) {
    insert->bind(1, ++number).bind(2, event.id).bind(3, event.type).bind(4, event.source);
    insert->bind(5, event.subject).bind(6, ms(event.time)).bind(7, json::print(event.data));
    if (auto done = insert->run(); !done) return done;
    taken.push_back(std::make_shared<const Stored>(Stored{number, event}));
  }
  auto moved = taking_.prepare("INSERT OR REPLACE INTO cursor(only, number) VALUES(1, ?)");
  if (!moved) return forward(moved);
  moved->bind(1, cursor);
  if (auto done = moved->run(); !done) return done;
  if (auto done = transaction->commit(); !done) return done;
  for (auto& one : taken) remember(std::move(one));
  return {};
}

Result<std::vector<StoredEvent>> EventStore::after(int64_t number, size_t limit) {
  const std::lock_guard lock(mutex_);
  if (newest_.empty() || number >= newest_.front()->number - 1) {
    const auto from =
        std::ranges::upper_bound(newest_, number, {}, [](const auto& one) { return one->number; });
    const auto count = std::min<ptrdiff_t>(newest_.end() - from, static_cast<ptrdiff_t>(limit));
    return std::vector<StoredEvent>(from, from + count);
  }
  auto statement = database_.prepare(
      "SELECT number,id,type,source,subject,time,data FROM events WHERE number > ? ORDER BY number LIMIT ?");
  if (!statement) return forward(statement);
  statement->bind(1, number).bind(2, static_cast<int64_t>(limit));
  return rows_of<StoredEvent>(*statement, [](const auto& row) { return event_at(row, 0); });
}

Result<StoredEvent> EventStore::find(int64_t number) {
  auto found = after(number - 1, 1);
  if (!found) return forward(found);
  if (found->empty() || found->front()->number != number) return nullptr;
  return found->front();
}

Result<Standing> EventStore::enter(const std::string& subscription) {
  const std::lock_guard lock(mutex_);
  auto insert = database_.prepare(
      "INSERT INTO subscriptions(name, position, delivered, dead) VALUES(?, ?, 0, 0) ON CONFLICT(name) DO "
      "NOTHING");
  if (!insert) return forward(insert);
  insert->bind(1, subscription).bind(2, last_);
  if (auto done = insert->run(); !done) return forward(done);
  auto statement =
      database_.prepare("SELECT position, delivered, dead, last_delivery FROM subscriptions WHERE name = ?");
  if (!statement) return forward(statement);
  statement->bind(1, subscription);
  const auto row = statement->step();
  if (!row) return forward(row);
  Standing standing{statement->integer(0),
                    static_cast<uint64_t>(statement->integer(1)),
                    static_cast<uint64_t>(statement->integer(2)),
                    {}};
  if (!statement->is_null(3)) standing.last_delivery = from_ms(statement->integer(3));
  return standing;
}

Result<std::vector<Retry>> EventStore::due(const std::string& subscription, WallTime now, size_t limit) {
  const std::lock_guard lock(mutex_);
  auto statement = database_.prepare(
      "SELECT number, attempts, next, outcome FROM retries WHERE subscription = ? AND next <= ? ORDER BY "
      "next LIMIT ?");
  if (!statement) return forward(statement);
  statement->bind(1, subscription).bind(2, ms(now)).bind(3, static_cast<int64_t>(limit));
  return rows_of<Retry>(*statement, [](const auto& row) -> Result<Retry> { return retry_at(row); });
}

Result<std::vector<Retry>> EventStore::waiting(const std::string& subscription, size_t limit) {
  return due(subscription, from_ms(253'402'300'799'999), limit);
}

Result<uint64_t> EventStore::waiting_count(const std::string& subscription) {
  const std::lock_guard lock(mutex_);
  auto statement = database_.prepare(
      "SELECT (SELECT count(*) FROM retries WHERE subscription = ?1) + (SELECT count(*) FROM events WHERE "
      "number > "
      "(SELECT position FROM subscriptions WHERE name = ?1))");
  if (!statement) return forward(statement);
  statement->bind(1, subscription);
  const auto row = statement->step();
  if (!row) return forward(row);
  return static_cast<uint64_t>(statement->integer(0));
}

Status EventStore::save_retries(const Progress& progress) {
  auto put = database_.prepare(
      "INSERT OR REPLACE INTO retries(subscription, number, attempts, next, outcome) VALUES(?, ?, ?, ?, ?)");
  if (!put) return forward(put);
  for (const Retry& retry : progress.again) {
    put->bind(1, progress.subscription).bind(2, retry.number).bind(3, static_cast<int64_t>(retry.attempts));
    put->bind(4, ms(retry.next)).bind(5, retry.outcome);
    if (auto done = put->run(); !done) return done;
  }
  auto drop = database_.prepare("DELETE FROM retries WHERE subscription = ? AND number = ?");
  if (!drop) return forward(drop);
  for (const int64_t number : progress.settled) {
    drop->bind(1, progress.subscription).bind(2, number);
    if (auto done = drop->run(); !done) return done;
  }
  return {};
}

Status EventStore::save_dead(const Progress& progress) {
  auto put = database_.prepare(
      "INSERT OR REPLACE INTO dead_letters(subscription, number, reason, outcome, attempts, last_attempt) "
      "VALUES(?, ?, ?, ?, ?, ?)");
  if (!put) return forward(put);
  for (const DeadLetter& letter : progress.dead) {
    put->bind(1, progress.subscription).bind(2, letter.number).bind(3, letter.reason).bind(4, letter.outcome);
    put->bind(5, static_cast<int64_t>(letter.attempts)).bind(6, ms(letter.last_attempt));
    if (auto done = put->run(); !done) return done;
  }
  return {};
}

Status EventStore::save(const Progress& progress) {
  const std::lock_guard lock(mutex_);
  auto transaction = sql::Transaction::begin(database_);
  if (!transaction) return forward(transaction);
  if (auto done = save_retries(progress); !done) return done;
  if (auto done = save_dead(progress); !done) return done;
  auto update = database_.prepare(
      "UPDATE subscriptions SET position = max(position, ?), delivered = delivered + ?, dead = dead + ?, "
      "last_delivery = coalesce(?, last_delivery) WHERE name = ?");
  if (!update) return forward(update);
  update->bind(1, progress.position).bind(2, static_cast<int64_t>(progress.delivered));
  update->bind(3, static_cast<int64_t>(progress.dead.size())).bind(5, progress.subscription);
  if (progress.last_delivery) {
    update->bind(4, ms(*progress.last_delivery));
  } else {
    update->bind_null(4);
  }
  if (auto done = update->run(); !done) return done;
  return transaction->commit();
}

Result<std::vector<DeadLetter>> EventStore::dead(size_t limit) {
  const std::lock_guard lock(mutex_);
  auto statement = database_.prepare(
      "SELECT d.subscription, d.reason, d.outcome, d.attempts, d.last_attempt, e.number, e.id, e.type, "
      "e.source, "
      "e.subject, e.time, e.data FROM dead_letters d JOIN events e ON e.number = d.number "
      "ORDER BY d.last_attempt DESC, d.number DESC LIMIT ?");
  if (!statement) return forward(statement);
  statement->bind(1, static_cast<int64_t>(limit));
  return rows_of<DeadLetter>(*statement, [](const sql::Statement& row) -> Result<DeadLetter> {
    const auto event = event_at(row, 5);
    if (!event) return forward(event);
    const std::string name(row.text(0));
    return DeadLetter{cat(name, "/", (*event)->number),
                      name,
                      (*event)->number,
                      (*event)->event,
                      std::string(row.text(1)),
                      std::string(row.text(2)),
                      static_cast<int>(row.integer(3)),
                      (*event)->event.time,
                      from_ms(row.integer(4))};
  });
}

Status EventStore::revive(const std::string& id, WallTime now) {
  const size_t slash = id.rfind('/');
  const auto number = slash == std::string::npos ? std::nullopt : parse_number<int64_t>(id.substr(slash + 1));
  const auto missing = [&] {
    return fail(ErrorKind::not_found, cat("there is no dead letter '", id.substr(0, 100), "'"));
  };
  if (!number) return missing();
  const std::string name = id.substr(0, slash);
  const std::lock_guard lock(mutex_);
  auto transaction = sql::Transaction::begin(database_);
  if (!transaction) return forward(transaction);
  auto drop = database_.prepare("DELETE FROM dead_letters WHERE subscription = ? AND number = ?");
  if (!drop) return forward(drop);
  drop->bind(1, name).bind(2, *number);
  if (auto done = drop->run(); !done) return done;
  if (database_.changes() == 0) return missing();
  auto count = database_.prepare("UPDATE subscriptions SET dead = max(0, dead - 1) WHERE name = ?");
  if (!count) return forward(count);
  count->bind(1, name);
  if (auto done = count->run(); !done) return done;
  Progress back{.subscription = name,
                .position = 0,
                .delivered = 0,
                .last_delivery = {},
                .again = {{*number, 0, now, "Revived"}},
                .settled = {},
                .dead = {}};
  if (auto done = save_retries(back); !done) return done;
  return transaction->commit();
}

Status EventStore::keep_only(const std::vector<std::string>& subscriptions) {
  json::Array names;
  for (const auto& one : subscriptions) names.emplace_back(one);
  const std::string list = json::print(names);
  const std::lock_guard lock(mutex_);
  auto transaction = sql::Transaction::begin(database_);
  if (!transaction) return forward(transaction);
  for (const auto* statement :
       {"DELETE FROM subscriptions WHERE name NOT IN (SELECT value FROM json_each(?))",
        "DELETE FROM retries WHERE subscription NOT IN (SELECT value FROM json_each(?))"}) {
    auto drop = database_.prepare(statement);
    if (!drop) return forward(drop);
    drop->bind(1, list);
    if (auto done = drop->run(); !done) return done;
  }
  return transaction->commit();
}

Status EventStore::forget() {
  const std::lock_guard lock(mutex_);
  return database_.execute(
      "DELETE FROM events WHERE number <= coalesce((SELECT min(position) FROM subscriptions), "
      "(SELECT max(number) FROM events)) "
      "AND number NOT IN (SELECT number FROM retries) AND number NOT IN (SELECT number FROM dead_letters)");
}

}  // namespace oree::events
