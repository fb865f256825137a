#include "core/stream/log_stream.h"

#include <algorithm>

#include "base/text.h"
#include "core/stream/log_reader.h"
#include "platform/crypto/crypto.h"

namespace oree::stream {
namespace {

constexpr uint64_t kMaxWaiting = 8 << 20;
constexpr uint64_t kLeastSegment = 4 * kPage;

Error stopped_error() {
  return {ErrorKind::unavailable, "the stream is closed"};
}

uint64_t segment_bytes_for(const Options& options) {
  const uint64_t wanted = std::clamp(options.segment_bytes, kLeastSegment, kMaxSegmentBytes);
  return std::max(std::min(wanted, options.max_bytes / 4) / kPage * kPage, kLeastSegment);
}

}  // namespace

Result<std::unique_ptr<Stream>> Stream::open(const std::filesystem::path& folder, Options options,
                                             files::Disk& disk, Log& log) {
  if (options.max_bytes < 4 * kLeastSegment) {
    return fail(ErrorKind::invalid, cat("a stream needs at least ", size_text(4 * kLeastSegment), ", not ",
                                        size_text(options.max_bytes)));
  }
  if (auto made = disk.make_folder(folder); !made) return forward(made);
  auto folder_lock = disk.lock(folder);
  if (!folder_lock) return forward(folder_lock);
  auto recovered = recover(folder, disk);
  if (!recovered) return forward(recovered);
  auto stream = std::make_unique<LogStream>(folder, std::move(options), disk, log, std::move(*folder_lock));
  if (auto started = stream->start(std::move(*recovered)); !started) return forward(started);
  return stream;
}

LogStream::LogStream(files::Path folder, Options options, files::Disk& disk, Log& log,
                     std::unique_ptr<files::FolderLock> folder_lock)
    : folder_(std::move(folder)),
      options_(std::move(options)),
      disk_(disk),
      log_(log),
      folder_lock_(std::move(folder_lock)) {}

Status LogStream::start(Recovered recovered) {
  const uint64_t segment_bytes = segment_bytes_ = segment_bytes_for(options_);
  const uint64_t room = segment_bytes - kSegmentHeaderSize - kEntryHeaderSize;
  max_entry_ = std::min({options_.max_entry, room, uint64_t{1} << 30});
  const uint64_t bytes = recovered.bytes + recovered.segments.size() * segment_bytes;
  spares_ =
      std::make_unique<Spares>(SpareOptions{folder_, segment_bytes, options_.max_bytes, options_.min_free},
                               disk_, recovered.next_counter, bytes, std::move(recovered.reusable));
  trimmed_ = trim_durable_ = recovered.trimmed;
  if (recovered.segments.empty()) {
    auto first = spares_->make_first();
    if (!first) return forward(first);
    begin_segment(std::move(*first));
  } else {
    for (auto& segment : recovered.segments) segments_[segment->first] = segment;
    unwritten_.push_back(recovered.segments.back());
    next_ = std::max(unwritten_.back()->last + 1, unwritten_.back()->first);
    durable_ = next_ - 1;
  }
  for (Damage& damage : recovered.damage) (void)report(std::move(damage));
  free_segments();
  spares_->start([this] {
    const std::lock_guard lock(mutex_);
    room_.notify_all();
  });
  thread_ = std::jthread([this] { run(); });
  return {};
}

Status LogStream::check() const {
  if (failure_) return std::unexpected(*failure_);
  if (stopping_) return std::unexpected(stopped_error());
  return {};
}

Result<Position> LogStream::append(std::span<const ByteView> parts) {
  return put(parts, true);
}

Result<Position> LogStream::commit(std::span<const ByteView> parts) {
  auto position = put(parts, false);
  if (!position) return position;
  if (auto durable = wait_durable(*position); !durable) return forward(durable);
  return position;
}

Result<Position> LogStream::put(std::span<const ByteView> parts, bool wake_writer) {
  uint64_t length = 0;
  uint32_t crc = 0;
  for (const ByteView part : parts) {
    length += part.size();
    crc = crypto::crc32c(part, crc);
  }
  if (length > max_entry_) {
    return fail(ErrorKind::invalid, cat("an entry of ", size_text(length), " is larger than the ",
                                        size_text(max_entry_), " that ", folder_.string(), " takes"));
  }
  Lock lock(mutex_);
  if (auto room = make_room(entry_size(length), lock); !room) return forward(room);
  place(parts, {static_cast<uint32_t>(length), next_, durable(), crc});
  unwritten_.back()->last = next_;
  if (wake_writer && waiting_bytes_ >= options_.gather_bytes) start_writing();
  return next_++;
}

void LogStream::nudge() {
  const std::lock_guard lock(mutex_);
  if (has_work()) start_writing();
}

// With the lock held: as soon as the pen is free.
void LogStream::start_writing() {
  nudged_ = true;
  if (!writing_) work_.notify_one();
}

// Until it fits into the segment that is being filled.
Status LogStream::make_room(uint64_t size, Lock& lock) {
  while (true) {
    if (auto usable = check(); !usable) return usable;
    if (waiting_bytes_ > 0 && waiting_bytes_ + size > kMaxWaiting) {
      start_writing();
      room_.wait(lock);
      continue;
    }
    const Segment& filling = *unwritten_.back();
    if (filling.filled + size <= filling.image->size()) return {};
    if (auto spare = spares_->take()) {
      begin_segment(std::move(*spare));
      continue;
    }
    const auto why = spares_->stalled();
    if (why && !trim_wanted_) return std::unexpected(*why);
    room_.wait(lock);
  }
}

void LogStream::begin_segment(Spare spare) {
  auto segment = std::make_shared<Segment>();
  segment->number = spare.number;
  segment->first = next_;
  segment->last = next_ - 1;
  segment->name = segment_name(next_, spare.number);
  segment->spare_name = std::move(spare.name);
  segment->file = std::move(spare.file);
  segment->image = std::make_shared<Image>(spare.number, segment->file->size());
  segment->in_memory = segment->image;
  print_segment_header(segment->image->data(), {spare.number, next_, trimmed_});
  segment->trimmed = trimmed_;
  segment->filled = kSegmentHeaderSize;
  if (!unwritten_.empty()) unwritten_.back()->image->end.store(next_, std::memory_order_release);
  segments_[next_] = segment;
  unwritten_.push_back(std::move(segment));
  if (!writing_) close_written_segments();
}

// At the end of the segment that is being filled.
void LogStream::place(std::span<const ByteView> parts, const EntryHeader& header) {
  Segment& segment = *unwritten_.back();
  const uint64_t size = entry_size(header.length);
  std::byte* const begin = segment.image->data() + segment.filled;
  print_entry_header(begin, header, segment.number);
  std::byte* at = begin + kEntryHeaderSize;
  for (const ByteView part : parts) at = std::ranges::copy(part, at).out;
  std::fill(at, begin + size, std::byte{0});
  segment.image->note(header.position, segment.filled);
  segment.filled += size;
  waiting_bytes_ += size;
}

Status LogStream::wait_durable(Position position) {
  Lock lock(mutex_);
  if (position >= next_) {
    return fail(ErrorKind::bug, cat("position ", position, " was never appended to ", folder_.string()));
  }
  while (durable() < position) {
    if (failure_) return std::unexpected(*failure_);
    if (writing_) {
      done_.wait(lock);
    } else {
      write_next(lock);
    }
  }
  return {};
}

std::unique_ptr<Reader> LogStream::reader(Position from) {
  return std::make_unique<LogReader>(*this, from);
}

void LogStream::trim(Position keep_from) {
  const std::lock_guard lock(mutex_);
  const Position mark = std::min(keep_from, durable() + 1);
  if (mark <= trimmed_) return;
  trimmed_ = mark;
  first_.store(std::max(trimmed_, segments_.begin()->first), std::memory_order_release);
  if (!could_free(trimmed_)) return;
  trim_wanted_ = true;
  if (!writing_) work_.notify_one();
}

// The oldest segment, unless it is the last.
bool LogStream::could_free(Position trimmed) const {
  return segments_.size() > 1 && std::next(segments_.begin())->first <= trimmed &&
         !segments_.begin()->second->file;
}

// Only what will not come back: a crash must not bring back one segment and not the next.
void LogStream::free_segments() {
  while (could_free(trim_durable_)) {
    spares_->recycle(segments_.begin()->second->name, segment_bytes_);
    segments_.erase(segments_.begin());
  }
  first_.store(std::max(trimmed_, segments_.begin()->first), std::memory_order_release);
}

Status LogStream::sync_trim() {
  Lock lock(mutex_);
  const Position mark = trimmed_;
  while (trim_durable_ < mark) {
    if (auto usable = check(); !usable) return usable;
    if (writing_) {
      done_.wait(lock);
      continue;
    }
    trim_wanted_ = true;
    write_next(lock);
  }
  return {};
}

Stats LogStream::stats() const {
  const std::lock_guard lock(mutex_);
  Stats stats{.first = first(), .next = next_, .durable = durable()};
  stats.bytes = spares_->bytes();
  stats.syncs = syncs_;
  stats.written_bytes = written_bytes_;
  for (const auto& [from, count] : lost_) stats.lost += count;
  return stats;
}

void LogStream::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    stopping_ = true;
    trim_wanted_ = true;
    work_.notify_all();
    room_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  if (spares_) spares_->stop();
}

Result<Window> LogStream::find(Position position) {
  std::string name;
  Position first;
  Position end;
  {
    const std::lock_guard lock(mutex_);
    const auto after = segments_.upper_bound(position);
    if (after == segments_.begin()) return Window{};
    Segment& segment = *std::prev(after)->second;
    if (auto image = segment.in_memory.lock()) {
      return Window{image, image->start_for(position), segment.name};
    }
    name = segment.name;
    first = segment.first;
    end = after == segments_.end() ? 0 : after->first;
  }
  const auto bytes = disk_.read(folder_ / name, kMaxSegmentBytes);
  const std::lock_guard lock(mutex_);
  const auto still = segments_.find(first);
  if (still == segments_.end()) return Window{};  // trimmed, and perhaps used again, while we read
  if (!bytes && bytes.error().kind != ErrorKind::not_found) return forward(bytes);
  const uint64_t size = bytes ? bytes->size() : 0;
  auto image = std::make_shared<Image>(still->second->number, size);
  if (bytes) std::ranges::copy(*bytes, image->data());
  image->unchecked_from = size;
  image->end = end;
  image->note_all();
  still->second->in_memory = image;
  return Window{image, image->start_for(position), name};
}

Error LogStream::report(Damage damage) {
  Error error{ErrorKind::corrupt,
              cat(damage.where, ": entries ", damage.from, " to ", damage.from + damage.count - 1,
                  " are damaged and lost; what follows is read")};
  const std::lock_guard lock(mutex_);
  if (lost_.try_emplace(damage.from, damage.count).second) log_.error(error.what);
  return error;
}

}  // namespace oree::stream
