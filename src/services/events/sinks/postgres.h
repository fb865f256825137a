// The document store's larger engine: PostgreSQL, the same table with its body as JSONB, through libpq. The
// connection is opened when it is first needed and again after it broke.
#pragma once

#include <memory>

#include "platform/libpq/connection.h"
#include "services/events/sinks/sink.h"

namespace oree::events {

class Postgres final : public Sink {
 public:
  // libpq's connection string or URI: "host=db user=oree dbname=orders passfile=…".
  explicit Postgres(std::string connection);
  Outcome deliver(std::span<const Event> events) override;
  size_t batch() const override { return 100; }

 private:
  Status connect();
  Status put(std::span<const Event> events);
  const std::string where_;
  std::unique_ptr<libpq::Connection> connection_;
};

}  // namespace oree::events
