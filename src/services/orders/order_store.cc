#include "services/orders/order_store.h"

#include <algorithm>

#include "base/text.h"
#include "services/orders/placing.h"

namespace oree::orders {
namespace {

constexpr size_t kLargestPage = 1000;

constexpr std::string_view kSchema = R"sql(
CREATE TABLE IF NOT EXISTS orders(id TEXT PRIMARY KEY, asset TEXT NOT NULL, fault TEXT NOT NULL,
  state TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS orders_of_asset ON orders(asset, fault, created);
CREATE INDEX IF NOT EXISTS orders_updated ON orders(updated);
CREATE INDEX IF NOT EXISTS orders_state ON orders(state, created);
CREATE TABLE IF NOT EXISTS causes(key TEXT PRIMARY KEY, order_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS operations(id TEXT PRIMARY KEY, order_id TEXT NOT NULL, field TEXT NOT NULL,
  outcome TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;
)sql";

// How many orders of an asset and fault the cool-down looks at.
constexpr int64_t kRecent = 20;

// "in_progress" → "InProgress"
std::string event_word(State state) {
  std::string out;
  bool upper = true;
  for (const char c : name(state)) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return out;
}

outbox::Event event_of(const Order& order, const std::string& station) {
  json::Object data{{"id", order.id},
                    {"asset", order.asset},
                    {"fault", order.fault},
                    {"state", name(order.state)},
                    {"priority", name(order.priority)},
                    {"cause", order.cause},
                    {"evidence", order.evidence.digest},
                    {"quorum", order.quorum},
                    {"proof", order.proof},
                    {"erp", order.erp}};
  return {.id = cat(order.id, ".", order.history.size()),
          .type = cat("Oree.Maintenance.Order", event_word(order.state)),
          .source = cat("/stations/", station),
          .subject = cat("orders/", order.id),
          .time = order.history.empty() ? order.updated : order.history.back().at,
          .data = std::move(data)};
}

Result<Order> order_of(std::string_view body) {
  const auto value = json::parse(body);
  if (!value) return fail(ErrorKind::corrupt, cat("a stored order is no JSON: ", value.error().what));
  return parse_order(*value);
}

}  // namespace

Result<std::unique_ptr<OrderStore>> OrderStore::open(const std::filesystem::path& file, std::string station,
                                                     const Clock& clock) {
  auto database = sql::Database::open(file.string(), {.sync = sql::Sync::full});
  if (!database) return forward(database);
  if (auto made = database->execute(kSchema); !made) return forward(made, file.string());
  if (auto made = outbox::create(*database); !made) return forward(made, file.string());
  return std::unique_ptr<OrderStore>(new OrderStore(std::move(*database), std::move(station), clock));
}

void OrderStore::tell(const std::vector<Order>& orders) {
  if (!told_) return;
  for (const Order& order : orders) told_(order);
}

Status OrderStore::write(const Order& order, bool state_is_new) {
  auto statement = database_.prepare(
      "INSERT INTO orders(id,asset,fault,state,created,updated,body) VALUES(?,?,?,?,?,?,?) ON CONFLICT(id) "
      "DO "
      "UPDATE SET state=excluded.state, updated=excluded.updated, body=excluded.body");
  if (!statement) return forward(statement);
  const std::string body = json::print(order_json(order));
  statement->bind(1, order.id).bind(2, order.asset).bind(3, order.fault).bind(4, name(order.state));
  statement->bind(5, to_ms(order.created)).bind(6, to_ms(order.updated)).bind(7, body);
  if (auto done = statement->run(); !done) return done;
  return state_is_new ? outbox::add(database_, event_of(order, station_)) : Status();
}

Result<Order> OrderStore::load(const std::string& id) {
  auto statement = database_.prepare("SELECT body FROM orders WHERE id=?");
  if (!statement) return forward(statement);
  statement->bind(1, id);
  const auto row = statement->step();
  if (!row) return forward(row);
  if (!*row) return fail(ErrorKind::not_found, cat("there is no order '", id.substr(0, 80), "'"));
  return order_of(statement->text(0));
}

Result<std::vector<Order>> OrderStore::of_asset(const std::string& asset, const std::string& fault) {
  auto statement = database_.prepare(
      "SELECT body FROM orders WHERE asset=? AND fault=? ORDER BY created DESC, id DESC LIMIT ?");
  if (!statement) return forward(statement);
  statement->bind(1, asset).bind(2, fault).bind(3, kRecent);
  std::vector<Order> orders;
  for (;;) {
    const auto row = statement->step();
    if (!row) return forward(row);
    if (!*row) return orders;
    auto order = order_of(statement->text(0));
    if (!order) return forward(order);
    orders.push_back(*std::move(order));
  }
}

Result<std::optional<std::string>> OrderStore::order_of_cause(const std::string& key) {
  auto statement = database_.prepare("SELECT order_id FROM causes WHERE key=?");
  if (!statement) return forward(statement);
  statement->bind(1, key);
  const auto row = statement->step();
  if (!row) return forward(row);
  if (!*row) return std::nullopt;
  return std::string(statement->text(0));
}

Status OrderStore::remember_cause(const std::string& key, const std::string& order) {
  auto statement = database_.prepare("INSERT OR IGNORE INTO causes(key,order_id) VALUES(?,?)");
  if (!statement) return forward(statement);
  statement->bind(1, key).bind(2, order);
  return statement->run();
}

Result<Order> OrderStore::merge(const std::string& id, const Cause& cause) {
  auto order = load(id);
  if (!order) return order;
  ++order->causes;
  order->updated = std::max(order->updated, now());
  order->history.push_back({now(), order->state, "station", "merged", ""});
  if (auto done = write(*order, false); !done) return forward(done);
  if (auto done = remember_cause(cause.key, id); !done) return forward(done);
  return order;
}

Result<OrderStore::Placing> OrderStore::place(const Cause& cause,
                                              const std::function<Result<Order>()>& make) {
  Placing placing{Placing::Way::resting, std::nullopt};
  {
    const std::lock_guard lock(mutex_);
    auto transaction = sql::Transaction::begin(database_);
    if (!transaction) return forward(transaction);
    const auto seen = order_of_cause(cause.key);
    if (!seen) return forward(seen);
    if (*seen) return Placing{Placing::Way::known, std::nullopt};
    const auto known = of_asset(cause.asset, cause.fault);
    if (!known) return forward(known);
    const Placed placed = orders::place(*known, cause.cool_down, now());
    if (placed.way == Placed::Way::rest) return placing;
    if (placed.way == Placed::Way::merge) {
      auto merged = merge(placed.order, cause);
      if (!merged) return forward(merged);
      placing = {Placing::Way::merged, *std::move(merged)};
    } else {
      auto made = make();
      if (!made) return forward(made);
      if (auto done = write(*made, true); !done) return forward(done);
      if (auto done = remember_cause(cause.key, made->id); !done) return forward(done);
      placing = {Placing::Way::proposed, *std::move(made)};
    }
    if (auto done = transaction->commit(); !done) return forward(done);
  }
  tell({*placing.order});
  return placing;
}

Result<Order> OrderStore::find(const std::string& id) {
  const std::lock_guard lock(mutex_);
  return load(id);
}

Result<std::vector<Order>> OrderStore::list(const Query& query) {
  std::string where = "1";
  if (!query.states.empty()) {
    where += " AND state IN (";
    for (size_t i = 0; i < query.states.size(); ++i)
      where += cat(i == 0 ? "'" : ",'", name(query.states[i]), "'");
    where += ")";
  }
  if (!query.asset.empty()) where += " AND asset=?2";
  if (query.since) where += " AND updated>=?3";
  if (!query.before.empty()) where += " AND (created,id)<(SELECT created,id FROM orders WHERE id=?4)";
  const std::lock_guard lock(mutex_);
  auto statement = database_.prepare(
      cat("SELECT body FROM orders WHERE ", where, " ORDER BY created DESC, id DESC LIMIT ?1"));
  if (!statement) return forward(statement);
  const int parameters = statement->parameter_count();
  statement->bind(1, static_cast<int64_t>(std::min(query.limit, kLargestPage)));
  if (!query.asset.empty()) statement->bind(2, query.asset);
  if (query.since && parameters >= 3) statement->bind(3, to_ms(*query.since));
  if (!query.before.empty() && parameters >= 4) statement->bind(4, query.before);
  std::vector<Order> orders;
  for (;;) {
    const auto row = statement->step();
    if (!row) return forward(row);
    if (!*row) return orders;
    auto order = order_of(statement->text(0));
    if (!order) return forward(order);
    orders.push_back(*std::move(order));
  }
}

Result<std::vector<Order>> OrderStore::all_in(State state) {
  std::vector<Order> all;
  Query query{.states = {state}, .asset = "", .since = {}, .before = "", .limit = kLargestPage};
  for (;;) {
    auto page = list(query);
    if (!page) return forward(page);
    const bool last = page->size() < kLargestPage;
    if (!last) query.before = page->back().id;
    std::ranges::move(*page, std::back_inserter(all));
    if (last) return all;
  }
}

Result<Order> OrderStore::change(const std::string& id, const std::function<Status(Order&)>& change) {
  Result<Order> order = fail(ErrorKind::bug, "not loaded");
  {
    const std::lock_guard lock(mutex_);
    auto transaction = sql::Transaction::begin(database_);
    if (!transaction) return forward(transaction);
    order = load(id);
    if (!order) return order;
    const State before = order->state;
    if (auto done = change(*order); !done) return forward(done);
    order->updated = std::max(order->updated, now());
    if (auto done = write(*order, order->state != before); !done) return forward(done);
    if (auto done = transaction->commit(); !done) return forward(done);
  }
  tell({*order});
  return order;
}

Result<Order> OrderStore::advance(const std::string& id, Step step) {
  return change(id, [&](Order& order) -> Status {
    auto moved = orders::advance(order, step);
    if (!moved) return forward(moved);
    order = *std::move(moved);
    // Phones must be able to tell that somebody has spoken since they last heard (operations.h).
    if (step.code == "person")
      order.fields["state"] = {cat(id, ".", order.history.size()), name(step.to), step.by, "", step.at};
    return {};
  });
}

Result<std::vector<outbox::Numbered>> OrderStore::events_after(int64_t number, size_t limit) {
  const std::lock_guard lock(mutex_);
  return outbox::after(database_, number, limit);
}

Status OrderStore::forget_events(int64_t number) {
  const std::lock_guard lock(mutex_);
  return outbox::forget(database_, number);
}

}  // namespace oree::orders
