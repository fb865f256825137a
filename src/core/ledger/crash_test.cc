// Crash images: the power goes after a change picked by chance, on a disk that loses, tears and reorders what
// was not synced. OREE_LONG_TESTS=1 makes 1,000 of them.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

#include "base/text.h"
#include "core/ledger/log.h"
#include "core/ledger/testing/consortium.h"
#include "core/ledger/verify_folder.h"

namespace oree::ledger {
namespace {

using files::testing::FakeDisk;
using namespace testing;

// What was told to the outside over several lives of one log.
class Box {
 public:
  explicit Box(uint64_t seed)
      : disk(seed),
        random_(seed),
        witness_(*Witness::open("/w", "factory", key_of(10), {log_key()}, safe_, clock_)) {}

  bool start() {
    auto log = Log::open("/data/log", kOrigin, key_of(1), disk);
    if (!log && disk.has_power()) FAIL(log.error().what);
    if (!log) return false;
    log_ = std::move(*log);
    return true;
  }

  void work(int rounds) {
    for (int i = 0; i < rounds && disk.has_power(); ++i) {
      const uint64_t next = log_->size();
      std::vector<std::string> texts;
      const size_t count = random_() % 20 == 0 ? 200 + random_() % 400 : 1 + random_() % 4;
      for (size_t k = 0; k < count; ++k) {
        texts.push_back(cat(++serial_, " at ", next + k));
        attempted_[next + k].push_back(texts.back());
      }
      if (const auto first = append(*log_, texts)) {
        REQUIRE(*first == next);
        for (size_t k = 0; k < count; ++k) told_[next + k] = texts[k];
      }
      if (random_() % 3 == 0) show();
      if (random_() % 50 == 0 && disk.has_power()) disk.fail_next_sync();
    }
  }

  void lose_power() {
    disk.lose_power_after(0);
    log_.reset();
    disk.restore_power();
  }

  void check() {
    show();
    const auto entries = log_->entries(0, Log::kMaxEntries);
    REQUIRE(entries);
    REQUIRE(entries->size() == log_->size());
    for (const auto& entry : *entries) {
      const std::string text(as_text(entry.bytes));
      const auto told = told_.find(entry.index);
      if (told != told_.end()) {
        REQUIRE(told->second == text);
      } else {
        const auto& tried = attempted_[entry.index];
        REQUIRE(std::ranges::find(tried, text) != tried.end());
      }
      told_[entry.index] = text;  // what is served once stays
    }
    REQUIRE(told_.size() == log_->size());
    const auto report = verify_folder("/data/log", &log_->key(), disk);
    REQUIRE(report);
    for (const auto& finding : report->findings) FAIL(print_finding("", finding));
  }

  FakeDisk disk;

 private:
  // A witness that never forgets sees every checkpoint: it refuses the first that goes back or forks.
  void show() {
    const auto text = log_->checkpoint();
    if (!text) return;
    std::vector<WitnessDoor> doors{
        {witness_->key(), [this](const std::string& body) -> Result<WitnessAnswer> {
           return witness_->add_checkpoint(body);
         }}};
    const auto seen = witness_->last(kOrigin);
    const auto cosigned = gather_cosignatures(*log_, doors, 1);
    if (!cosigned) return;  // the power went
    if (!cosigned->refusals.empty()) FAIL(cosigned->refusals.front().error.what);
    REQUIRE((!seen || seen->size <= cosigned->size));
  }

  std::mt19937_64 random_;
  FakeDisk safe_;
  oree::testing::FakeClock clock_;
  std::unique_ptr<Witness> witness_;
  std::map<uint64_t, std::vector<std::string>> attempted_;
  std::map<uint64_t, std::string> told_;
  uint64_t serial_ = 0;
  std::unique_ptr<Log> log_;  // last
};

TEST_CASE("NoAcknowledgedEntryIsLostAndNoCheckpointForksWhereverThePowerGoes") {
  const int images = std::getenv("OREE_LONG_TESTS") != nullptr ? 500 : 60;  // each goes down twice
  for (int seed = 1; seed <= images; ++seed) {
    CAPTURE(seed);
    Box box(static_cast<uint64_t>(seed));
    std::mt19937_64 random(static_cast<uint64_t>(seed));
    box.disk.lose_power_after(1 + random() % 400);
    if (box.start()) box.work(150);
    box.lose_power();
    // And again, while the log comes back.
    box.disk.lose_power_after(1 + random() % 40);
    if (box.start()) box.work(20);
    box.lose_power();
    REQUIRE(box.start());
    box.check();
    box.work(20);
    box.lose_power();
    REQUIRE(box.start());
    box.check();
  }
}

}  // namespace
}  // namespace oree::ledger
