// Events that are to go out, written in the same transaction as what they tell of: a table beside the
// sender's own tables. Whoever delivers reads it in order from the number it remembers, so an event is
// neither lost nor invented by a crash between the two.
//
// The functions work on the caller's Database, inside its transaction, under its lock. Errors are SQLite's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/json/value.h"
#include "platform/sql/database.h"

namespace oree::outbox {

struct Event {
  std::string id;       // told once: a second add() of the same id changes nothing
  std::string type;     // "Oree.Maintenance.OrderProposed"
  std::string source;   // "/stations/press-hall"
  std::string subject;  // "orders/01J…"
  WallTime time;        // milliseconds are kept
  json::Value data;
  bool operator==(const Event&) const = default;
};

struct Numbered {
  int64_t number = 0;  // grows, never used again
  Event event;
};

Status create(sql::Database& database);
Status add(sql::Database& database, const Event& event);
// The oldest `limit` behind `number`.
Result<std::vector<Numbered>> after(sql::Database& database, int64_t number, size_t limit);
// Forgets up to and including `number`: everybody has them.
Status forget(sql::Database& database, int64_t number);

}  // namespace oree::outbox
