#include "core/storage/journal/journal_writer.h"

#include <algorithm>

#include "base/background.h"

namespace oree::storage {

struct Ticket {
  bool done = false;
  Status status;
};

namespace {

constexpr uint64_t kMaxQueued = 64 << 20;
constexpr uint64_t kMaxRun = 8 << 20;  // bytes per write, so that a commit never waits for more than that
constexpr std::array<std::byte, kEntryAlignment> kPadding{};

Error stopped_error() {
  return {ErrorKind::unavailable, "the store is stopped"};
}

}  // namespace

JournalWriter::JournalWriter(OpenSegment first, JournalObserver& observer, Health& health)
    : observer_(observer),
      health_(health),
      largest_payload_(first.file->size() - kSegmentHeaderSize - kEntryHeaderSize - kEntryAlignment),
      segment_(std::move(first)),
      thread_([this] { run(); }) {}

JournalWriter::~JournalWriter() {
  stop();
}

void JournalWriter::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    work_.notify_all();
    room_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Status JournalWriter::check_length(EntryType type, uint64_t length) const {
  if (length <= largest_payload_) return {};
  return fail(ErrorKind::invalid,
              cat(type == EntryType::blob ? "a blob of " : "a record of ", size_text(length),
                  " is larger than a journal segment takes (", size_text(largest_payload_),
                  "); raise storage.segment_bytes, or max_bytes, of which a segment is at most an eighth"));
}

Status JournalWriter::enqueue(Pending pending) {
  if (auto fits = check_length(pending.type, pending.length()); !fits) return fits;
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return stopping_ || queued_bytes_ < kMaxQueued; });
  if (stopping_) return std::unexpected(stopped_error());
  queued_bytes_ += pending.length();
  queue_.push_back(std::move(pending));
  return {};
}

Status JournalWriter::append_blob(const Digest& digest, std::shared_ptr<const ByteBuffer> bytes,
                                  uint64_t reserved) {
  Pending pending;
  pending.type = EntryType::blob;
  pending.digest = digest;
  pending.crc = crypto::crc32c(*bytes, crypto::crc32c(digest.bytes));
  pending.bytes = std::move(bytes);
  pending.reserved = reserved;
  if (auto queued = enqueue(std::move(pending)); !queued) return queued;
  // Whoever has the pen otherwise goes on with the queue, or wakes the thread that does.
  std::unique_lock lock(mutex_);
  if (!writing_ && !queue_.empty()) write_next(lock);
  return {};
}

Status JournalWriter::append_record(ByteBuffer payload, uint64_t reserved) {
  Ticket ticket;
  Pending pending;
  pending.type = EntryType::record;
  pending.crc = crypto::crc32c(payload);
  pending.payload = std::move(payload);
  pending.reserved = reserved;
  pending.ticket = &ticket;
  if (auto queued = enqueue(std::move(pending)); !queued) {
    observer_.not_journaled(reserved);
    return queued;
  }
  std::unique_lock lock(mutex_);
  while (!ticket.done) {
    if (writing_ || queue_.empty()) {
      acknowledged_.wait(lock);
    } else {
      write_next(lock);
    }
  }
  return ticket.status;
}

void JournalWriter::offer(OpenSegment spare) {
  const std::lock_guard lock(mutex_);
  spare_ = std::move(spare);
  stalled_.reset();
  work_.notify_all();
}

void JournalWriter::stall(const Error& why) {
  const std::lock_guard lock(mutex_);
  stalled_ = why;
  work_.notify_all();
}

Result<OpenSegment> JournalWriter::take_spare() {
  std::unique_lock lock(mutex_);
  // The checkpointer outlives the writer and always ends with one or the other.
  work_.wait(lock, [&] { return spare_ || stalled_; });
  if (!spare_) return std::unexpected(*stalled_);
  OpenSegment taken = std::move(*spare_);
  spare_.reset();
  return taken;
}

void JournalWriter::run() {
  stay_in_background();
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [&] { return !writing_ && (stopping_ || !queue_.empty()); });
    if (queue_.empty()) return;
    write_next(lock);
  }
}

// With the lock held, the pen free and something in the queue: one batch, from taking the pen to laying it
// down.
void JournalWriter::write_next(std::unique_lock<std::mutex>& lock) {
  writing_ = true;
  Run batch = take_batch();
  lock.unlock();
  write(std::move(batch));
  lock.lock();
  writing_ = false;
  acknowledged_.notify_all();
  if (stopping_ || !queue_.empty()) work_.notify_all();
}

JournalWriter::Run JournalWriter::take_batch() {
  Run batch;
  for (uint64_t bytes = 0; !queue_.empty() && bytes < kMaxRun; queue_.pop_front()) {
    bytes += queue_.front().length();
    queued_bytes_ -= queue_.front().length();
    batch.push_back(std::move(queue_.front()));
  }
  room_.notify_all();
  return batch;
}

// Cuts the batch where a segment ends; everything before a failure is still brought to its end.
void JournalWriter::write(Run batch) {
  Status status = health_.check();
  if (status && better_segment_waits()) status = rotate();
  Run run;
  Run failed;
  bool waited_for = false;
  uint64_t end = offset_;
  for (Pending& pending : batch) {
    if (status && end + entry_size(pending.length()) > segment_.file->size()) {
      status = write_run(run);
      if (status) status = rotate();
      end = offset_;
      waited_for = false;
    }
    if (!status) {
      failed.push_back(std::move(pending));
      continue;
    }
    waited_for = waited_for || pending.ticket != nullptr;
    end += entry_size(pending.length());
    run.push_back(std::move(pending));
  }
  const uint64_t begin = offset_;
  if (const Status written = write_run(run); !written) status = written;
  if (const bool records_written = waited_for && offset_ > begin; records_written) {
    if (const Status synced = sync(); !synced) status = synced;
  } else if (offset_ > begin) {
    segment_.file->begin_flush(begin, offset_ - begin);
  }
  std::move(run.begin(), run.end(), std::back_inserter(failed));  // left there only by a failure
  if (!written_run_.empty()) deliver(std::exchange(written_run_, {}), health_.check());
  if (!failed.empty()) deliver(std::move(failed), status);
}

// One write; on success the run moves to written_run_.
Status JournalWriter::write_run(Run& run) {
  if (run.empty()) return {};
  std::vector<std::array<std::byte, kEntryHeaderSize>> headers(run.size());
  std::vector<ByteView> parts;
  uint64_t at = offset_;
  std::vector<uint64_t> ends;
  for (size_t i = 0; i < run.size(); ++i) {
    const Pending& one = run[i];
    const EntryHeader header{one.type, static_cast<uint32_t>(one.length()), one.crc,
                             static_cast<uint32_t>(synced_)};
    headers[i] = print_entry_header(header, segment_.number);
    parts.push_back(headers[i]);
    if (one.type == EntryType::blob) {
      parts.push_back(one.digest.bytes);
      parts.push_back(*one.bytes);
    } else {
      parts.push_back(one.payload);
    }
    const uint64_t size = entry_size(one.length());
    parts.push_back(ByteView(kPadding).first(size - kEntryHeaderSize - one.length()));
    at += size;
    ends.push_back(at);
  }
  if (auto done = segment_.file->write_at(offset_, parts); !done) {
    // Nothing of it counts: the next write starts at the same place. Only a full disk is worth another try.
    if (done.error().kind != ErrorKind::full) health_.poison(done.error());
    return done;
  }
  written_ += at - offset_;
  offset_ = at;
  std::move(run.begin(), run.end(), std::back_inserter(written_run_));
  ends_.insert(ends_.end(), ends.begin(), ends.end());
  run.clear();
  return {};
}

Status JournalWriter::sync() {
  if (synced_ == offset_) return {};
  ++syncs_;
  if (auto synced = segment_.file->sync(); !synced) {
    health_.poison(synced.error());
    return health_.check();
  }
  synced_ = offset_;
  return {};
}

// The first segment is opened without being written through, so that the store opens at once.
bool JournalWriter::better_segment_waits() {
  if (segment_.written_through) return false;
  const std::lock_guard lock(mutex_);
  return spare_ && spare_->written_through;
}

Status JournalWriter::rotate() {
  if (auto synced = sync(); !synced) return synced;
  deliver(std::exchange(written_run_, {}), {});
  auto next = take_spare();
  if (!next) return forward(next);
  const uint64_t full = segment_.number;
  segment_ = std::move(*next);
  offset_ = synced_ = kSegmentHeaderSize;
  observer_.segment_full(full);
  return {};
}

// Tells the observer, then whoever waits.
void JournalWriter::deliver(Run done, const Status& status) {
  std::vector<Journaled> entries;
  for (size_t i = 0; i < done.size(); ++i) {
    Pending& one = done[i];
    if (one.type == EntryType::blob) observer_.blob_journaled(one.digest, status);
    if (!status) {
      observer_.not_journaled(one.reserved);
      continue;
    }
    Journaled entry;
    entry.end = {segment_.number, ends_[i]};
    entry.reserved = one.reserved;
    if (one.type == EntryType::blob) {
      entry.change = AddBlob{one.digest, one.bytes->size()};
    } else {
      entry.change = AddRecord{std::move(one.payload)};
    }
    entries.push_back(std::move(entry));
  }
  if (status) ends_.clear();
  if (!entries.empty()) observer_.journaled(std::move(entries));
  const std::lock_guard lock(mutex_);
  for (const Pending& one : done) {
    if (one.ticket == nullptr) continue;
    one.ticket->done = true;
    one.ticket->status = status;
  }
  acknowledged_.notify_all();
}

}  // namespace oree::storage
