// A stream::Stream in memory whose disk the test holds: what was appended becomes durable when sync() is
// called, and crash() forgets the rest.
#pragma once

#include <deque>
#include <memory>

#include "core/stream/stream.h"

namespace oree::broker::testing {

struct MemoryDisk {
  std::deque<ByteBuffer> entries;  // entries[i] has position first + i
  stream::Position first = 1;
  stream::Position durable = 0;
  stream::Position next() const { return first + entries.size(); }
};

class MemoryStream final : public stream::Stream {
 public:
  explicit MemoryStream(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)) {}

  void sync() { disk_->durable = disk_->next() - 1; }
  void crash();
  bool full = false;
  stream::Position trimmed_to = 1;

  Result<stream::Position> append(std::span<const ByteView> parts) override;
  Result<stream::Position> commit(std::span<const ByteView> parts) override;
  Status sync_trim() override { return {}; }
  Status wait_durable(stream::Position) override;
  std::unique_ptr<stream::Reader> reader(stream::Position from) override;
  void trim(stream::Position keep_from) override;
  stream::Stats stats() const override;
  void stop() override { sync(); }

 private:
  std::shared_ptr<MemoryDisk> disk_;
};

}  // namespace oree::broker::testing
