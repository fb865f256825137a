#include "core/outbox/outbox.h"

#include "base/text.h"

namespace oree::outbox {

Status create(sql::Database& database) {
  return database.execute(R"sql(
CREATE TABLE IF NOT EXISTS outbox(seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL, source TEXT NOT NULL, subject TEXT NOT NULL, time INTEGER NOT NULL, data TEXT NOT NULL);
)sql");
}

Status add(sql::Database& database, const Event& event) {
  auto statement = database.prepare(
      "INSERT INTO outbox(id,type,source,subject,time,data) VALUES(?,?,?,?,?,?) ON CONFLICT(id) DO NOTHING");
  if (!statement) return forward(statement);
  const std::string data = json::print(event.data);
  const auto time = std::chrono::floor<milliseconds>(event.time).time_since_epoch().count();
  statement->bind(1, event.id).bind(2, event.type).bind(3, event.source).bind(4, event.subject);
  statement->bind(5, static_cast<int64_t>(time)).bind(6, data);
  return statement->run();
}

Result<std::vector<Numbered>> after(sql::Database& database, int64_t number, size_t limit) {
  auto statement = database.prepare(
      "SELECT seq,id,type,source,subject,time,data FROM outbox WHERE seq>? ORDER BY seq LIMIT ?");
  if (!statement) return forward(statement);
  statement->bind(1, number).bind(2, static_cast<int64_t>(limit));
  std::vector<Numbered> found;
  for (;;) {
    const auto row = statement->step();
    if (!row) return forward(row);
    if (!*row) return found;
    auto data = json::parse(statement->text(6));
    if (!data)
      return fail(ErrorKind::corrupt,
                  cat("event ", statement->integer(0), " of the outbox: ", data.error().what));
    const auto text = [&](int column) { return std::string(statement->text(column)); };
    found.push_back({statement->integer(0),
                     {text(1), text(2), text(3), text(4), WallTime(milliseconds(statement->integer(5))),
                      *std::move(data)}});
  }
}

Status forget(sql::Database& database, int64_t number) {
  auto statement = database.prepare("DELETE FROM outbox WHERE seq<=?");
  if (!statement) return forward(statement);
  statement->bind(1, number);
  return statement->run();
}

}  // namespace oree::outbox
