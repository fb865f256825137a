// Documents by their ids: each event's data replaces what the subject was before, unless a newer event has
// been there already. The embedded engine is an SQLite file; the larger one is PostgreSQL with JSONB, spoken
// to through libpq (postgres.h).
//
// Table `documents`: id (the event's subject), type, time (ms since 1970), body (JSON).
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "platform/sql/database.h"
#include "services/events/sinks/sink.h"

namespace oree::events {

class DocumentStore final : public Sink {
 public:
  static Result<std::unique_ptr<DocumentStore>> open(const std::filesystem::path& file);
  Outcome deliver(std::span<const Event> events) override;
  size_t batch() const override { return 100; }
  Result<json::Value> find(std::string_view id);  // the body; `not_found`

 private:
  explicit DocumentStore(sql::Database database) : database_(std::move(database)) {}
  Status put(std::span<const Event> events);
  std::mutex mutex_;
  sql::Database database_;
};

}  // namespace oree::events
