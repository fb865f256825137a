// Crash images: the power goes after a change picked by chance, on a disk that loses, tears and reorders what
// was not synced. OREE_LONG_TESTS=1 makes 2,000 of them.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <random>

#include "base/text.h"
#include "core/stream/stream.h"
#include "platform/files/testing/fake_disk.h"

namespace oree::stream {
namespace {

using files::testing::FakeDisk;

// What was appended at each position, and how much of it somebody was told about, over several lives.
class Box {
 public:
  explicit Box(uint64_t seed) : disk(seed), random_(seed) {
    options_.max_bytes = 20 * 16'384;
    options_.segment_bytes = 16'384;
    options_.min_free = 0;
    options_.on_durable = [this](Position position) { told_ = std::max(told_.load(), position); };
  }

  bool start() {
    auto opened = Stream::open("/data/s", options_, disk, log_);
    if (!opened && disk.has_power()) FAIL(opened.error().what);
    if (!opened) return false;
    stream_ = std::move(*opened);
    return true;
  }

  void work(int rounds) {
    for (int i = 0; i < rounds && disk.has_power(); ++i) {
      const Position next = stream_->stats().next;
      std::string text = cat(++serial_, " at ", next, " ");
      text.resize(text.size() + random_() % 900, 'x');
      if (random_() % 40 == 0) text.resize(3000 + random_() % 6000, 'y');
      attempted_[next] = text;  // in case nobody lives to tell
      const ByteView part = as_bytes(text);
      const auto at = random_() % 4 == 0 ? stream_->commit({&part, 1}) : stream_->append({&part, 1});
      if (at) REQUIRE(*at == next);
      if (random_() % 30 == 0) trim();
    }
  }

  void lose_power() {
    disk.lose_power_after(0);
    stream_.reset();
    disk.restore_power();
  }

  void check() {
    if (const Position next = stream_->stats().next; next > 1) REQUIRE(stream_->wait_durable(next - 1));
    const Stats stats = stream_->stats();
    CHECK(stats.lost == 0);
    CHECK(stats.durable >= told_);
    CHECK(stats.first >= trim_told_);
    CHECK(stats.first <= std::max(trim_asked_, Position{1}));
    CHECK(stats.bytes <= options_.max_bytes);
    const auto reader = stream_->reader(1);
    for (Position expected = stats.first; expected < stats.next; ++expected) {
      const auto entry = reader->next();
      if (!entry) FAIL(entry.error().what);
      REQUIRE(entry->position == expected);
      if (as_text(entry->bytes) != attempted_[expected]) FAIL(cat("a phantom at ", expected));
    }
    CHECK(reader->next()->position == 0);
    // What is served now was not served by chance: it stays.
    told_ = std::max(told_.load(), stats.durable);
  }

  FakeDisk disk;

 private:
  void trim() {
    const Stats stats = stream_->stats();
    const Position keep = stats.first + random_() % (stats.next - stats.first + 1);
    trim_asked_ = std::max(trim_asked_, std::min(keep, stream_->stats().durable + 1));
    stream_->trim(trim_asked_);
    if (random_() % 2 == 0 && stream_->sync_trim()) trim_told_ = trim_asked_;
  }

  std::mt19937_64 random_;
  NullLog log_;
  Options options_;
  std::map<Position, std::string> attempted_;
  std::atomic<Position> told_{0};
  Position trim_asked_ = 0;
  Position trim_told_ = 0;
  uint64_t serial_ = 0;
  std::unique_ptr<Stream> stream_;  // last
};

TEST_CASE("NothingAcknowledgedIsLostAndNothingAppearsWhereverThePowerGoes") {
  const int images = std::getenv("OREE_LONG_TESTS") != nullptr ? 1000 : 150;  // each goes down twice
  for (int seed = 1; seed <= images; ++seed) {
    CAPTURE(seed);
    Box box(static_cast<uint64_t>(seed));
    std::mt19937_64 random(static_cast<uint64_t>(seed));
    box.disk.lose_power_after(1 + random() % 250);
    if (box.start()) box.work(300);
    box.lose_power();
    // And again, while the stream comes back.
    box.disk.lose_power_after(1 + random() % 40);
    if (box.start()) box.work(50);
    box.lose_power();
    REQUIRE(box.start());
    box.check();
    box.work(60);
    box.check();
  }
}

}  // namespace
}  // namespace oree::stream
