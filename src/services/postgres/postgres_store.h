// A series store in PostgreSQL: core/readings/store.h says what it promises. Its tables are oree_series,
// oree_readings and oree_positions, made when absent, in the connection's schema.
//
//   auto store = postgres::PostgresStore::open("host=db.plant dbname=readings user=oree");
//
// Durable as the server is: synchronous_commit must be on, as it is unless somebody turned it off. Writers
// wait for each other; each View has a connection of its own, of which some are kept. A connection that broke
// is opened again by the next call.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/readings/store.h"
#include "platform/libpq/connection.h"

namespace oree::postgres {

using libpq::Connection, libpq::Rows;

class PostgresStore final : public readings::SeriesStore {
 public:
  static Result<std::unique_ptr<PostgresStore>> open(const std::string& where);

  Result<readings::SeriesId> series(std::string_view machine, std::string_view sensor) override;
  Result<readings::Appended> append(std::span<const readings::Reading> batch, std::string_view source,
                                    uint64_t position) override;
  Result<uint64_t> position(std::string_view source) override;
  Result<std::unique_ptr<readings::View>> view() override;

 private:
  class Lease;
  friend class PostgresView;
  explicit PostgresStore(std::string where) : where_(std::move(where)) {}
  Result<Connection*> writer();
  Status learn_series();
  Result<readings::Appended> write(Connection& to, std::span<const readings::Reading> batch,
                                   std::string_view source, uint64_t position);
  Result<std::unique_ptr<Connection>> take_reader();
  void give_back(std::unique_ptr<Connection> connection);

  std::string where_;
  std::mutex mutex_;  // of the writer and what it knows
  std::unique_ptr<Connection> writer_;
  std::unordered_set<readings::SeriesId> known_;
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Connection>> readers_;
};

}  // namespace oree::postgres
