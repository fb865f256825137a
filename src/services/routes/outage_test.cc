// Three days without a link that holds, on a simulated clock: exact order, nothing lost, nothing doubled
// after dedupe, the cap kept, each expiry counted. OREE_LONG_TESTS=1 does it at 200 messages a second on a
// real disk.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <set>

#include "base/text.h"
#include "platform/files/testing/fake_disk.h"
#include "platform/files/testing/temp_folder.h"
#include "services/routes/forwarder.h"

namespace oree::routes {
namespace {

using std::chrono::seconds;

constexpr uint64_t kSeconds = 72 * 3600;
constexpr size_t kFlaps = 1000;
const Sink kUpstream{};

bool is_long() {
  return std::getenv("OREE_LONG_TESTS") != nullptr;
}

// The other side: takes each id once.
struct Receiver {
  uint64_t next = 0;  // the serial after the newest
  uint64_t received = 0;
  uint64_t doubled = 0;
  uint64_t skipped = 0;

  void take(const Outgoing& message) {
    const auto serial = *parse_number<uint64_t>(message.id);
    if (serial < next) {
      ++doubled;
      return;
    }
    skipped += serial - next;
    next = serial + 1;
    ++received;
  }
};

class Outage {
 public:
  Outage(seconds ttl, uint64_t per_second) : per_second_(per_second) {
    const RouteText route{"all", "FROM /* INTO $upstream", 3, ttl};
    table_ = *RouteTable::parse({&route, 1});
    const bool all_stays = ttl.count() < 0;
    options = {.max_bytes = (all_stays ? 30ull << 20 : 4ull << 20) * per_second,
               .segment_bytes = 256 << 10,
               .min_free = 0,
               .batch = 100};
    if (is_long()) options.segment_bytes = 16 << 20;
    while (flaps_.size() < kFlaps) flaps_.insert(random_() % kSeconds);
    open();
  }

  void open() {
    forwarder.reset();
    files::Disk& disk = is_long() ? static_cast<files::Disk&>(real_disk_) : fake_disk_;
    auto opened =
        Forwarder::open(folder_.path() / "queues", table_, options, disk, log_, [this] { return random_(); });
    if (!opened) FAIL(opened.error().what);
    forwarder = std::move(*opened);
  }

  // One second: messages come, and perhaps the link is there for a moment.
  void tick(uint64_t second) {
    for (uint64_t i = 0; i < per_second_; ++i) {
      const std::string id = cat(sent);
      const auto queued = forwarder->accept({"/messages", {}, {}, {}}, id, as_bytes(id), now);
      if (!queued) FAIL(queued.error().what);
      ++sent;
    }
    if (second % 600 == 0) {
      REQUIRE(forwarder->flush());
      forwarder->expire(now);
      REQUIRE(forwarder->stats().queues[0].bytes <= options.max_bytes);
    }
    if (flaps_.contains(second)) {
      REQUIRE(forwarder->flush());
      pump(1 + random_() % 3, true);
      if (second % 7 == 0) REQUIRE(forwarder->sync());
    }
    now += seconds(1);
  }

  // Sends batches until none is left or the link breaks in the last.
  void pump(uint64_t batches, bool breaks) {
    for (uint64_t i = 0; i < batches; ++i) {
      const auto batch = forwarder->next_batch(kUpstream, now);
      REQUIRE(batch);
      if (!*batch) return;
      const auto& messages = (*batch)->messages;
      const bool broken = breaks && i + 1 == batches;
      const size_t arrives = broken ? random_() % (messages.size() + 1) : messages.size();
      for (size_t m = 0; m < arrives; ++m) receiver.take(messages[m]);
      // With the link, the acknowledgement of some is lost.
      forwarder->delivered(kUpstream, broken ? random_() % (arrives + 1) : arrives, now);
      if (broken) forwarder->failed(kUpstream, {ErrorKind::unavailable, "the link broke"}, now);
    }
  }

  ForwarderOptions options;
  Receiver receiver;
  uint64_t sent = 0;
  microseconds now = std::chrono::hours(24 * 365 * 50);

 private:
  const uint64_t per_second_;
  files::testing::TempFolder folder_;
  files::RealDisk real_disk_;
  files::testing::FakeDisk fake_disk_;
  NullLog log_;
  RouteTable table_;
  std::mt19937_64 random_{9};
  std::set<uint64_t> flaps_;

 public:
  std::unique_ptr<Forwarder> forwarder;  // last: it uses the others until it is gone
};

uint64_t rate() {
  return is_long() ? 200 : 1;
}

TEST_CASE("AnOutageOfThreeDaysWithAThousandFlapsLosesNothing") {
  Outage outage(seconds(-1), rate());
  for (uint64_t second = 0; second < kSeconds; ++second) {
    outage.tick(second);
    if (second == kSeconds / 2) outage.open();  // somebody starts the program anew
  }
  REQUIRE(outage.forwarder->flush());
  outage.now += seconds(61);
  outage.pump(~0ull, false);
  const QueueStats stats = outage.forwarder->stats().queues[0];
  CHECK(outage.receiver.received == outage.sent);
  CHECK(outage.receiver.skipped == 0);
  CHECK(outage.receiver.doubled > 0);
  CHECK(stats.waiting == 0);
  CHECK(stats.expired == 0);
  CHECK(stats.lost == 0);
}

TEST_CASE("InAnOutageEachExpiryIsCountedAndTheCapIsKept") {
  Outage outage(seconds(7200), rate());
  for (uint64_t second = 0; second < kSeconds; ++second) outage.tick(second);
  REQUIRE(outage.forwarder->flush());
  outage.now += seconds(61);
  outage.pump(~0ull, false);
  const QueueStats stats = outage.forwarder->stats().queues[0];
  CHECK(stats.waiting == 0);
  CHECK(stats.lost == 0);
  CHECK(stats.delivered + stats.expired == outage.sent);
  CHECK(stats.expired > outage.sent / 4);
  // Everything was received or counted; some were both, where the acknowledgement was lost.
  CHECK(outage.receiver.next == outage.sent);
  CHECK(outage.receiver.skipped == outage.sent - outage.receiver.received);
  CHECK(stats.expired >= outage.receiver.skipped);
}

}  // namespace
}  // namespace oree::routes
