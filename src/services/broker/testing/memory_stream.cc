#include "services/broker/testing/memory_stream.h"

namespace oree::broker::testing {
namespace {

class MemoryReader final : public stream::Reader {
 public:
  MemoryReader(std::shared_ptr<MemoryDisk> disk, stream::Position from)
      : disk_(std::move(disk)), next_(from) {}

  Result<stream::Entry> next() override {
    next_ = std::max(next_, disk_->first);
    if (next_ > disk_->durable) return stream::Entry{};
    copy_ = disk_->entries[next_ - disk_->first];
    return stream::Entry{next_++, copy_};
  }
  void seek(stream::Position next) override { next_ = next; }

 private:
  std::shared_ptr<MemoryDisk> disk_;
  stream::Position next_;
  ByteBuffer copy_;
};

}  // namespace

Result<stream::Position> MemoryStream::append(std::span<const ByteView> parts) {
  if (full) return fail(ErrorKind::full, "the memory stream is full");
  ByteBuffer entry;
  for (const ByteView part : parts) entry.insert(entry.end(), part.begin(), part.end());
  disk_->entries.push_back(std::move(entry));
  return disk_->next() - 1;
}

Result<stream::Position> MemoryStream::commit(std::span<const ByteView> parts) {
  const Result<stream::Position> position = append(parts);
  sync();
  return position;
}

Status MemoryStream::wait_durable(stream::Position) {
  sync();
  return {};
}

std::unique_ptr<stream::Reader> MemoryStream::reader(stream::Position from) {
  return std::make_unique<MemoryReader>(disk_, from);
}

void MemoryStream::trim(stream::Position keep_from) {
  trimmed_to = std::max(trimmed_to, keep_from);
  while (disk_->first < keep_from && !disk_->entries.empty() && disk_->first <= disk_->durable) {
    disk_->entries.pop_front();
    ++disk_->first;
  }
}

stream::Stats MemoryStream::stats() const {
  stream::Stats stats;
  stats.first = disk_->first;
  stats.next = disk_->next();
  stats.durable = disk_->durable;
  return stats;
}

void MemoryStream::crash() {
  while (disk_->next() > disk_->durable + 1) disk_->entries.pop_back();
}

}  // namespace oree::broker::testing
