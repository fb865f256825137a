#include "services/erp/queue.h"

#include <array>

#include "base/text.h"

namespace oree::erp {
namespace {

constexpr std::array<std::string_view, 5> kStates{"waiting", "placed", "closed", "cancelled", "refused"};
constexpr std::array<std::string_view, 3> kWishes{"place", "close", "cancel"};

int64_t to_us(WallTime time) {
  return time.time_since_epoch().count();
}

template <class E, size_t n>
std::optional<E> parse(const std::array<std::string_view, n>& names, std::string_view name) {
  for (size_t i = 0; i < n; ++i) {
    if (names[i] == name) return static_cast<E>(i);
  }
  return std::nullopt;
}

Result<Entry> read(const sql::Statement& row) {
  const auto corrupt = [&](std::string_view why) {
    return fail(ErrorKind::corrupt, cat("erp.db, order ", row.text(0), ": ", why));
  };
  const auto body = json::parse(row.text(1));
  if (!body) return corrupt(body.error().what);
  auto order = parse_work_order(*body);
  if (!order) return corrupt(order.error().what);
  const auto wish = parse<Wish>(kWishes, row.text(2));
  const auto state = parse<Sending>(kStates, row.text(3));
  if (!wish || !state) return corrupt("its state is unknown");
  Entry entry{.order = *std::move(order), .wish = *wish, .state = *state};
  entry.attempts = static_cast<int>(row.integer(4));
  if (!row.is_null(5)) entry.next_try = WallTime(microseconds(row.integer(5)));
  entry.placed = {std::string(row.text(6)), std::string(row.text(7)), row.integer(8) != 0};
  entry.error = row.text(9);
  entry.told = row.integer(10) != 0;
  return entry;
}

}  // namespace

std::string_view name(Sending state) {
  return kStates[static_cast<size_t>(state)];
}

Result<Queue> Queue::open(const std::string& path) {
  auto database = sql::Database::open(path, {});
  if (!database) return forward(database);
  const auto made = database->execute(R"sql(
CREATE TABLE IF NOT EXISTS sending(seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL, wish TEXT NOT NULL DEFAULT 'place', state TEXT NOT NULL DEFAULT 'waiting',
  attempts INTEGER NOT NULL DEFAULT 0, next_try INTEGER, number TEXT NOT NULL DEFAULT '',
  url TEXT NOT NULL DEFAULT '', created INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',
  told INTEGER NOT NULL DEFAULT 1);
CREATE INDEX IF NOT EXISTS sending_due ON sending(next_try) WHERE next_try IS NOT NULL;
CREATE INDEX IF NOT EXISTS sending_untold ON sending(seq) WHERE told=0;
)sql");
  if (!made) return forward(made);
  return Queue(*std::move(database));
}

Result<std::vector<Entry>> Queue::select(std::string_view rest, std::optional<int64_t> number,
                                         std::string_view text) {
  auto statement = database_.prepare(
      cat("SELECT id,body,wish,state,attempts,next_try,number,url,created,error,told FROM sending ", rest));
  if (!statement) return forward(statement);
  if (number) {
    statement->bind(1, *number);
  } else if (!text.empty()) {
    statement->bind(1, text);
  }
  std::vector<Entry> found;
  for (;;) {
    const auto row = statement->step();
    if (!row) return forward(row);
    if (!*row) return found;
    auto entry = read(*statement);
    if (!entry) return forward(entry);
    found.push_back(*std::move(entry));
  }
}

Result<std::optional<Entry>> Queue::find(std::string_view id) {
  if (id.empty()) return std::nullopt;
  auto found = select("WHERE id=?", std::nullopt, id);
  if (!found) return forward(found);
  if (found->empty()) return std::nullopt;
  return std::move(found->front());
}

Result<Entry> Queue::demand(std::string_view id) {
  auto found = find(id);
  if (!found) return forward(found);
  if (!*found) return fail(ErrorKind::not_found, cat("order '", id, "' was never given to the ERP"));
  return **std::move(found);
}

Result<std::vector<Entry>> Queue::newest(size_t limit) {
  return select("ORDER BY seq DESC LIMIT ?", static_cast<int64_t>(limit), "");
}

Result<std::optional<Entry>> Queue::due(WallTime now) {
  auto found =
      select("WHERE next_try<=?1 OR next_try>?1+90000000000 ORDER BY next_try,seq LIMIT 1", to_us(now), "");
  if (!found) return forward(found);
  if (found->empty()) return std::nullopt;
  return std::move(found->front());
}

Result<std::optional<WallTime>> Queue::next_try() {
  auto found = select("WHERE next_try IS NOT NULL ORDER BY next_try LIMIT 1", std::nullopt, "");
  if (!found) return forward(found);
  if (found->empty()) return std::nullopt;
  return found->front().next_try;
}

Result<std::vector<Entry>> Queue::untold(size_t limit) {
  return select("WHERE told=0 ORDER BY seq LIMIT ?", static_cast<int64_t>(limit), "");
}

Result<size_t> Queue::waiting() {
  auto statement = database_.prepare("SELECT count(*) FROM sending WHERE next_try IS NOT NULL");
  if (!statement) return forward(statement);
  if (const auto row = statement->step(); !row) return forward(row);
  return static_cast<size_t>(statement->integer(0));
}

Status Queue::add(const WorkOrder& order, WallTime now) {
  const json::Value body = work_order_json(order);
  // What could not be read back must not be taken.
  if (const auto again = parse_work_order(body); !again) return forward(again);
  const auto known = find(order.id);
  if (!known) return forward(known);
  const std::string text = json::print(body);
  if (*known) {
    if (json::print(work_order_json((*known)->order)) == text) return {};
    return fail(ErrorKind::conflict, cat("order '", order.id, "' was given to the ERP with other content"));
  }
  auto statement = database_.prepare("INSERT INTO sending(id,body,next_try) VALUES(?,?,?)");
  if (!statement) return forward(statement);
  statement->bind(1, order.id).bind(2, text).bind(3, to_us(now));
  return statement->run();
}

Status Queue::wish(std::string_view id, Wish wish, WallTime now) {
  const auto entry = demand(id);
  if (!entry) return forward(entry);
  const Sending goal = wish == Wish::close ? Sending::closed : Sending::cancelled;
  if (wish == Wish::place || entry->state == goal || entry->wish == wish) return {};
  if (entry->wish != Wish::place)
    return fail(ErrorKind::conflict, cat("order '", id, "' was ", kWishes[static_cast<size_t>(entry->wish)],
                                         "d in another way already"));
  const bool never_sent = entry->placed.number.empty() && entry->attempts == 0;
  auto statement =
      never_sent && wish == Wish::cancel
          ? database_.prepare("UPDATE sending SET wish=?1, state='cancelled', next_try=NULL WHERE id=?2")
          : database_.prepare(
                "UPDATE sending SET wish=?1, state='waiting', attempts=0, next_try=?3, "
                "error='' WHERE id=?2");
  if (!statement) return forward(statement);
  statement->bind(1, kWishes[static_cast<size_t>(wish)]).bind(2, id);
  if (statement->parameter_count() == 3) statement->bind(3, to_us(now));
  return statement->run();
}

Status Queue::again(std::string_view id, WallTime now) {
  const auto entry = demand(id);
  if (!entry) return forward(entry);
  auto statement = database_.prepare(
      "UPDATE sending SET state='waiting', attempts=0, error='', told=(number='' OR told), next_try=? WHERE "
      "id=? AND state='refused'");
  if (!statement) return forward(statement);
  statement->bind(1, to_us(now)).bind(2, id);
  return statement->run();
}

Status Queue::begin_attempt(const std::string& id, WallTime again_at) {
  auto statement = database_.prepare("UPDATE sending SET attempts=attempts+1, next_try=? WHERE id=?");
  if (!statement) return forward(statement);
  statement->bind(1, to_us(again_at)).bind(2, id);
  return statement->run();
}

Status Queue::put_off(const std::string& id, WallTime until, std::string_view error) {
  auto statement = database_.prepare("UPDATE sending SET next_try=?, error=? WHERE id=?");
  if (!statement) return forward(statement);
  statement->bind(1, to_us(until)).bind(2, error).bind(3, id);
  return statement->run();
}

Status Queue::placed(const Entry& entry, const Placed& placed, WallTime now) {
  // More is wished of it: that comes next, once this has been told.
  const bool more = entry.wish != Wish::place;
  auto statement = database_.prepare(
      "UPDATE sending SET state=?, number=?, url=?, created=?, error='', told=0, attempts=0, next_try=? "
      "WHERE id=?");
  if (!statement) return forward(statement);
  statement->bind(1, more ? "waiting" : "placed").bind(2, placed.number).bind(3, placed.url);
  statement->bind(4, static_cast<int64_t>(placed.created)).bind(6, entry.order.id);
  if (more) {
    statement->bind(5, to_us(now));
  } else {
    statement->bind_null(5);
  }
  return statement->run();
}

Status Queue::ended(const std::string& id, Sending state) {
  auto statement = database_.prepare("UPDATE sending SET state=?, error='', next_try=NULL WHERE id=?");
  if (!statement) return forward(statement);
  statement->bind(1, name(state)).bind(2, id);
  return statement->run();
}

Status Queue::refused(const Entry& entry, std::string_view error) {
  // An order that is in the ERP and only cannot be closed there stays told of as it was.
  auto statement = database_.prepare(
      "UPDATE sending SET state='refused', error=?, told=(CASE WHEN number='' THEN 0 ELSE told END), "
      "next_try=NULL "
      "WHERE id=?");
  if (!statement) return forward(statement);
  statement->bind(1, error).bind(2, entry.order.id);
  return statement->run();
}

Status Queue::told(const std::string& id) {
  auto statement = database_.prepare("UPDATE sending SET told=1 WHERE id=?");
  if (!statement) return forward(statement);
  statement->bind(1, id);
  return statement->run();
}

}  // namespace oree::erp
