#include "services/routes/lane.h"

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace oree::routes {
namespace {

constexpr size_t kHeadSize = 1 + 8 + 8 + 2;
constexpr auto kNever = microseconds(std::numeric_limits<int64_t>::max());

template <class T>
void put(ByteBuffer& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

template <class T>
T get(const std::byte* at) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<T>(at[i]) << (8 * i));
  return value;
}

microseconds expiry(microseconds now, std::chrono::seconds ttl) {
  if (ttl.count() < 0 || ttl > std::chrono::duration_cast<std::chrono::seconds>(kNever - now)) return kNever;
  return now + ttl;
}

}  // namespace

ByteBuffer print_lane_head(microseconds accepted, microseconds expires, std::string_view id) {
  ByteBuffer out;
  out.reserve(kHeadSize + id.size());
  put<uint8_t>(out, 1);
  put(out, static_cast<uint64_t>(accepted.count()));
  put(out, static_cast<uint64_t>(expires.count()));
  put(out, static_cast<uint16_t>(id.size()));
  std::ranges::copy(as_bytes(id), std::back_inserter(out));
  return out;
}

std::optional<LaneEntry> parse_lane_entry(ByteView bytes) {
  if (bytes.size() < kHeadSize || bytes[0] != std::byte{1}) return std::nullopt;
  LaneEntry entry;
  entry.accepted = microseconds(static_cast<int64_t>(get<uint64_t>(&bytes[1])));
  entry.expires = microseconds(static_cast<int64_t>(get<uint64_t>(&bytes[9])));
  const size_t length = get<uint16_t>(&bytes[17]);
  if (bytes.size() - kHeadSize < length) return std::nullopt;
  entry.id = as_text(bytes.subspan(kHeadSize, length));
  entry.message = bytes.subspan(kHeadSize + length);
  return entry;
}

Lane::Lane(std::unique_ptr<stream::Stream> stream, QueueStats stats)
    : stream_(std::move(stream)), next_(stream_->stats().first), stats_(std::move(stats)) {
  reader_ = stream_->reader(next_);
}

Status Lane::accept(std::string_view id, ByteView message, microseconds now, std::chrono::seconds ttl) {
  if (id.size() > std::numeric_limits<uint16_t>::max()) return fail(ErrorKind::invalid, "the id is too long");
  const ByteBuffer head = print_lane_head(now, expiry(now, ttl), id);
  const ByteView parts[] = {head, message};
  auto position = stream_->append(parts);
  if (!position && position.error().kind == ErrorKind::full) {
    const auto before = front();
    expire(now);
    if (front() != before) position = stream_->append(parts);
  }
  if (!position) return forward(position);
  newest_ = *position;
  ++stats_.accepted;
  return {};
}

Status Lane::flush() {
  return newest_ == 0 ? Status() : stream_->wait_durable(newest_);
}

// One more into the window; false when there is none.
bool Lane::load() {
  while (true) {
    const auto entry = reader_->next();
    if (!entry && entry.error().kind == ErrorKind::corrupt) continue;  // the stream counted and logged it
    trouble_.reset();
    if (!entry) trouble_ = entry.error();
    if (!entry || entry->position == 0) return false;
    next_ = entry->position + 1;
    const auto parsed = parse_lane_entry(entry->bytes);
    if (!parsed) {
      ++stats_.lost;
      continue;
    }
    window_.push_back(
        {entry->position, parsed->expires,
         Outgoing{std::string(parsed->id), ByteBuffer(parsed->message.begin(), parsed->message.end()),
                  parsed->accepted}});
    return true;
  }
}

stream::Position Lane::front() const {
  return window_.empty() ? next_ : window_.front().position;
}

void Lane::pop() {
  window_.pop_front();
  if (taken_ > 0) --taken_;
}

void Lane::trim() {
  stream_->trim(front());
}

void Lane::drop_expired(microseconds now) {
  const auto old = [&](const Item& item) { return item.expires <= now; };
  // Also behind a message that may wait longer: they are read already.
  const auto begin = std::ranges::remove_if(window_, old).begin();
  stats_.expired += static_cast<uint64_t>(window_.end() - begin);
  window_.erase(begin, window_.end());
}

void Lane::expire(microseconds now) {
  if (taken_ > 0) return;
  do {
    drop_expired(now);
  } while (window_.empty() && load());
  trim();
}

Result<std::vector<Outgoing>> Lane::take(const ForwarderOptions& options, microseconds now) {
  expire(now);
  std::vector<Outgoing> batch;
  uint64_t bytes = 0;
  for (size_t i = 0; batch.size() < options.batch; ++i) {
    while (i == window_.size() && load()) drop_expired(now);
    if (i >= window_.size()) break;
    bytes += window_[i].message.message.size();
    if (i > 0 && bytes > options.batch_bytes) break;
    batch.push_back(window_[i].message);
  }
  if (batch.empty() && trouble_) return std::unexpected(*trouble_);
  taken_ = batch.size();
  return batch;
}

void Lane::delivered(size_t count) {
  for (count = std::min(count, taken_); count > 0; --count) {
    pop();
    ++stats_.delivered;
  }
  trim();
}

void Lane::give_back() {
  if (taken_ > 0) ++stats_.failures;
  taken_ = 0;
}

void Lane::refuse_first() {
  if (taken_ == 0) return;
  ++stats_.refused;
  pop();
  trim();
}

QueueStats Lane::stats() const {
  QueueStats stats = stats_;
  const stream::Stats inside = stream_->stats();
  stats.waiting = inside.next - std::min(front(), inside.next);
  stats.bytes = inside.bytes;
  stats.lost += inside.lost;
  return stats;
}

}  // namespace oree::routes
