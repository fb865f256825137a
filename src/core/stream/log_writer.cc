// The writing half of LogStream: from the memory image to the disk.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "core/stream/log_stream.h"

namespace oree::stream {
namespace {

constexpr std::array<std::byte, kPage> kZeros{};

}  // namespace

void LogStream::run() {
  Lock lock(mutex_);
  while (true) {
    work_.wait(lock, [&] { return !writing_ && (stopping_ || failure_ || should_write()); });
    if (failure_ || !should_write()) return;
    write_next(lock);
  }
}

// Of what there is to do, all that may not wait for more of it.
bool LogStream::should_write() const {
  return (nudged_ || stopping_ || trim_wanted_ || unwritten_.size() > 1) && has_work();
}

bool LogStream::has_work() const {
  const Segment& front = *unwritten_.front();
  if (unwritten_.size() > 1 || front.filled > std::max(front.written, kSegmentHeaderSize)) return true;
  return trim_wanted_ && trimmed_ > trim_durable_;
}

// With the lock held, the pen free and work to do: one batch, from taking the pen to laying it down.
void LogStream::write_next(Lock& lock) {
  writing_ = true;
  const Batch batch = take_batch();
  lock.unlock();
  const Status status = write(batch);
  lock.lock();
  finish(batch, status, lock);
  writing_ = false;
  if (!has_work()) nudged_ = false;
  done_.notify_all();
  if (stopping_ || should_write()) work_.notify_one();
}

LogStream::Batch LogStream::take_batch() {
  const std::shared_ptr<Segment>& segment = unwritten_.front();
  Batch batch;
  if (unwritten_.size() == 1) {
    nudged_ = false;
    if (trim_wanted_ && trimmed_ > segment->trimmed) {
      segment->trimmed = trimmed_;
      print_segment_header(segment->image->data(), {segment->number, segment->first, trimmed_});
      batch.header_again = segment->written > 0;
    }
    if (batch.header_again || segment->written == 0) batch.trimmed = segment->trimmed;
    trim_wanted_ = false;
  }
  batch.segment = segment;
  batch.from = segment->written;
  batch.to = segment->filled;
  batch.last = segment->last;
  batch.durable = durable();
  batch.rename_from = std::exchange(segment->spare_name, {});
  return batch;
}

Status LogStream::write(const Batch& batch) {
  Segment& segment = *batch.segment;
  if (batch.from == batch.to && !batch.header_again) return {};
  if (!batch.rename_from.empty()) {
    // Not synced: until it is, the header tells what the file is.
    auto renamed = disk_.rename(folder_ / batch.rename_from, folder_ / segment.name);
    if (!renamed) return renamed;
  }
  if (batch.header_again) {
    const ByteView header = segment.image->view().first(kSegmentHeaderSize);
    if (auto written = segment.file->write_at(0, {&header, 1}); !written) return written;
    written_bytes_ += header.size();
  }
  if (batch.from < batch.to) {
    if (auto written = write_entries(batch); !written) return written;
  }
  ++syncs_;
  return segment.file->sync();
}

Status LogStream::write_entries(const Batch& batch) {
  Segment& segment = *batch.segment;
  // The newest proof of what was durable goes with the first entry of every batch.
  const uint64_t first = std::max(batch.from, kSegmentHeaderSize);
  std::byte* const at = segment.image->data() + first;
  if (auto header = first < batch.to ? parse_entry_header(at, segment.number) : std::nullopt) {
    header->durable = batch.durable;
    print_entry_header(at, *header, segment.number);
  }
  // Whole pages: the kernel need not read the file first, and what an earlier life left is wiped on the way.
  const uint64_t from = batch.from / kPage * kPage;
  const uint64_t padding = round_up(batch.to, kPage) - batch.to;
  const ByteView parts[] = {segment.image->view().subspan(from, batch.to - from),
                            ByteView(kZeros).first(padding)};
  written_bytes_ += batch.to + padding - from;
  return segment.file->write_at(from, parts);
}

// Tells everybody. on_durable runs with the pen held, so that it is called in order.
void LogStream::finish(const Batch& batch, const Status& status, Lock& lock) {
  if (!status) {
    if (!failure_) {
      failure_ = Error{ErrorKind::unavailable, cat("the stream accepts nothing until it is opened again, "
                                                   "because the disk failed: ",
                                                   status.error().what)};
      log_.error(failure_->what);
      lock.unlock();
      if (options_.on_failure) options_.on_failure(*failure_);
      lock.lock();
    }
    room_.notify_all();
    work_.notify_all();
    return;
  }
  batch.segment->written = batch.to;
  waiting_bytes_ -= std::min(waiting_bytes_, batch.to - std::max(batch.from, kSegmentHeaderSize));
  trim_durable_ = std::max(trim_durable_, batch.trimmed);
  const bool news = batch.last > durable();
  durable_.store(std::max(batch.last, durable()), std::memory_order_release);
  close_written_segments();
  free_segments();
  room_.notify_all();
  if (!news) return;
  done_.notify_all();
  if (!options_.on_durable) return;
  lock.unlock();
  options_.on_durable(batch.last);
  lock.lock();
}

// Segments that are full, written and synced need neither file nor memory.
void LogStream::close_written_segments() {
  while (unwritten_.size() > 1 && unwritten_.front()->written == unwritten_.front()->filled) {
    unwritten_.front()->file.reset();
    unwritten_.front()->image.reset();
    unwritten_.pop_front();
  }
}

}  // namespace oree::stream
