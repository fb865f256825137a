// One moment of the store: a transaction that only reads, by a snapshot taken when it is opened. Outlived by
// its store.
#pragma once

#include "services/postgres/postgres_store.h"

namespace oree::postgres {

class PostgresView final : public readings::View {
 public:
  static Result<std::unique_ptr<readings::View>> open(PostgresStore& store, std::unique_ptr<Connection> from);
  ~PostgresView() override { store_.give_back(std::move(from_)); }

  Result<std::vector<readings::Series>> catalogue() override { return catalogue_; }
  Status points(std::span<const readings::SeriesId> series, readings::Range range,
                const readings::PointVisitor& visit) override;
  Status buckets(std::span<const readings::SeriesId> series, readings::Range range, readings::Level level,
                 const readings::BucketVisitor& visit) override;
  Result<std::vector<std::optional<readings::Point>>> latest(
      std::span<const readings::SeriesId> series) override;

 private:
  PostgresView(PostgresStore& store, std::unique_ptr<Connection> from)
      : store_(store), from_(std::move(from)) {}
  Status walk(readings::SeriesId series, readings::Range range,
              const std::function<Status(std::span<const readings::Point>)>& visit);

  PostgresStore& store_;
  std::unique_ptr<Connection> from_;
  std::vector<readings::Series> catalogue_;
};

}  // namespace oree::postgres
