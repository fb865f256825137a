// An index that loses power together with a FakeDisk: afterwards it is as it was after some batch, no older
// than the last durable one, which is what SQLite promises in WAL mode with synchronous=NORMAL.
#pragma once

#include <random>

#include "core/storage/index/sqlite_index.h"
#include "platform/files/testing/fake_disk.h"

namespace oree::storage::testing {

// What is on the platters; outlives the indexes opened on it. Thread-safe.
class FakeIndexHome {
 public:
  explicit FakeIndexHome(uint64_t seed) : random_(seed) {}

  void add(const Batch& batch, bool durable) {
    const std::lock_guard lock(mutex_);
    batches_.push_back(batch);
    if (durable) durable_ = batches_.size();
  }
  void sync() {
    const std::lock_guard lock(mutex_);
    durable_ = batches_.size();
  }
  void lose_power() {
    const std::lock_guard lock(mutex_);
    const size_t loose = batches_.size() - durable_;
    batches_.resize(durable_ + random_() % (loose + 1));
    durable_ = batches_.size();
  }
  std::vector<Batch> batches() const {
    const std::lock_guard lock(mutex_);
    return batches_;
  }

 private:
  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  std::vector<Batch> batches_;
  size_t durable_ = 0;
};

class FakeIndex final : public Index {
 public:
  FakeIndex(FakeIndexHome& home, const files::testing::FakeDisk& disk)
      : home_(home), disk_(disk), memory_(std::move(*SqliteIndex::open(":memory:", 0))) {
    for (const Batch& batch : home.batches()) {
      if (!memory_->apply(batch, true)) std::abort();  // it could be applied before
    }
  }

  Status apply(const Batch& batch, bool durable) override {
    if (auto on = power(); !on) return on;
    auto done = memory_->apply(batch, durable);
    if (done) home_.add(batch, durable);
    return done;
  }
  Status sync() override {
    if (auto on = power(); !on) return on;
    home_.sync();
    return {};
  }
  Status empty_log() override { return sync(); }
  Status shrink(uint64_t max_bytes) override { return memory_->shrink(max_bytes); }
  IndexState state() const override { return memory_->state(); }
  IndexTotals totals() const override { return memory_->totals(); }
  IndexSize size() const override { return memory_->size(); }
  uint64_t written_bytes() const override { return memory_->written_bytes(); }
  Result<std::string> find(std::string_view id) override { return memory_->find(id); }
  Result<bool> has_blob(const Digest& digest) override { return memory_->has_blob(digest); }
  Result<Page> list(const Query& query) override { return memory_->list(query); }
  Result<uint64_t> count(const Query& query) override { return memory_->count(query); }
  Result<std::vector<std::pair<std::string, uint64_t>>> values(std::string_view attribute) override {
    return memory_->values(attribute);
  }
  Result<std::vector<OldRecord>> oldest(size_t limit) override { return memory_->oldest(limit); }
  Result<std::vector<Digest>> unreferenced(size_t limit) override { return memory_->unreferenced(limit); }

 private:
  Status power() const {
    if (disk_.has_power()) return {};
    return fail(ErrorKind::unavailable, "the fake index has lost its power");
  }
  FakeIndexHome& home_;
  const files::testing::FakeDisk& disk_;
  std::unique_ptr<SqliteIndex> memory_;
};

}  // namespace oree::storage::testing
