#include "core/stream/stream.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "base/text.h"
#include "core/stream/segment.h"
#include "platform/files/testing/fake_disk.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::stream {
namespace {

using files::testing::FakeDisk;

constexpr const char* kFolder = "/data/stream";

struct Fixture {
  FakeDisk disk;
  NullLog log;
  Options options{.max_bytes = 1 << 20, .min_free = 0, .segment_bytes = 64 << 10};
  std::unique_ptr<Stream> stream;

  Fixture() { reopen(); }
  void reopen() {
    stream.reset();
    auto opened = Stream::open(kFolder, options, disk, log);
    if (!opened) FAIL(opened.error().what);
    stream = std::move(*opened);
  }
  Result<Position> append(std::string_view text) const {
    const ByteView part = as_bytes(text);
    return stream->append({&part, 1});
  }
  Result<Position> commit(std::string_view text) const {
    const ByteView part = as_bytes(text);
    return stream->commit({&part, 1});
  }
  // Appends `count` entries "from", "from + 1" … of `size` bytes each and waits for the last.
  void fill(Position from, Position count, size_t size) const {
    for (Position i = from; i < from + count; ++i) {
      std::string text = cat(i, " ");
      text.resize(std::max(size, text.size()), 'x');
      const auto at = append(text);
      if (!at) FAIL(at.error().what);
      REQUIRE(*at == i);
    }
    REQUIRE(stream->wait_durable(from + count - 1));
  }
  files::Path first_segment() {
    const auto names = disk.list(kFolder);
    REQUIRE(names);
    REQUIRE(names->front().string().starts_with("00000000000000000001-"));
    return files::Path(kFolder) / names->front();
  }
  std::vector<Position> positions(Position from) const {
    std::vector<Position> seen;
    const auto reader = stream->reader(from);
    while (true) {
      const auto entry = reader->next();
      if (!entry) FAIL(entry.error().what);
      if (entry->position == 0) return seen;
      seen.push_back(entry->position);
      CHECK(as_text(entry->bytes).starts_with(cat(entry->position, " ")));
    }
  }
};

TEST_CASE("WhatWasAppendedIsReadInOrderAlsoAfterReopening") {
  Fixture f;
  const ByteView parts[] = {as_bytes("1 he"), {}, as_bytes("llo")};
  CHECK(f.stream->append(parts).value() == 1);
  CHECK(f.commit("2 world").value() == 2);
  for (int life = 0; life < 3; ++life) {
    const auto reader = f.stream->reader(1);
    CHECK(as_text(reader->next().value().bytes) == "1 hello");
    CHECK(as_text(reader->next().value().bytes) == "2 world");
    CHECK(reader->next().value().position == 0);
    CHECK(f.stream->stats().durable == 2);
    CHECK(f.stream->stats().next == 3);
    f.reopen();
  }
  CHECK(f.append("3 more").value() == 3);
  CHECK(f.stream->append({}).value() == 4);
  CHECK(f.stream->wait_durable(4));
  CHECK(f.stream->reader(4)->next().value().bytes.empty());
}

TEST_CASE("ReadersSeekAcrossSegmentsForwardsAndBackwards") {
  Fixture f;
  f.fill(1, 900, 700);
  for (int life = 0; life < 2; ++life) {
    CHECK(f.positions(0).size() == 900);
    const auto reader = f.stream->reader(1);
    for (const Position at : {900, 3, 450, 451, 455, 449, 1, 899, 64, 129}) {
      reader->seek(at);
      CHECK(reader->next().value().position == at);
    }
    reader->seek(901);
    CHECK(reader->next().value().position == 0);
    f.reopen();
  }
}

TEST_CASE("AReaderSeesAnEntryOnlyOnceItIsDurable") {
  Fixture f;
  std::atomic<Position> told{0};
  f.options.on_durable = [&](Position position) {
    CHECK(position > told);
    told = position;
  };
  f.reopen();
  const auto reader = f.stream->reader(1);
  Position seen = 0;
  for (int i = 1; i <= 500; ++i) {
    REQUIRE(f.append(cat(i, " ", std::string(300, 'y'))));
    while (true) {
      const auto entry = reader->next();
      REQUIRE(entry);
      if (entry->position == 0) break;
      CHECK(entry->position == seen + 1);
      seen = entry->position;
      CHECK(seen <= f.stream->stats().durable);
    }
  }
  REQUIRE(f.stream->wait_durable(500));
  f.stream->stop();
  CHECK(told == 500);
  CHECK_FALSE(f.append("closed"));
  CHECK(f.append("closed").error().kind == ErrorKind::unavailable);
}

TEST_CASE("ManyThreadsAppendAndCommitAndNothingIsLostOrDoubled") {
  Fixture f;
  f.options.max_bytes = 16 << 20;
  f.reopen();
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        Position newest = 0;
        for (int i = 0; i < kEach; ++i) {
          const std::string text = cat(t, " ", i);
          const auto at = i % 50 == 0 ? f.commit(text) : f.append(text);
          if (!at || *at <= newest) ++failed;
          newest = at.value_or(newest);
        }
        if (!f.stream->wait_durable(newest)) ++failed;
      });
    }
    threads.emplace_back([&] {  // and one that reads along
      const auto reader = f.stream->reader(1);
      for (Position seen = 0; seen < kThreads * kEach && failed == 0;) {
        const auto entry = reader->next();
        if (!entry || (entry->position != 0 && entry->position != ++seen)) ++failed;
      }
    });
  }
  CHECK(failed == 0);
  std::vector<int> next(kThreads, 0);
  const auto reader = f.stream->reader(1);
  for (int i = 0; i < kThreads * kEach; ++i) {
    const auto entry = reader->next();
    REQUIRE(entry);
    const auto words = split(as_text(entry->bytes), ' ');
    REQUIRE(words.size() == 2);
    const int t = *parse_number<int>(words[0]);
    CHECK(*parse_number<int>(words[1]) == next[static_cast<size_t>(t)]++);
  }
  CHECK(f.stream->stats().syncs < kThreads * kEach);  // they shared
}

TEST_CASE("WhatIsGatheredIsWrittenOnceWhenTheStreamIsNudged") {
  std::atomic<Position> durable = 0;
  Fixture f;
  f.options.gather_bytes = 16 << 10;
  f.options.on_durable = [&](Position position) {
    durable = position;
    durable.notify_all();
  };
  f.reopen();
  const auto wait_for = [&](Position position) {
    for (Position seen = durable; seen < position; seen = durable) durable.wait(seen);
  };
  Position last = 0;
  for (int i = 0; i < 200; ++i) {
    const uint64_t syncs = f.stream->stats().syncs;
    for (int k = 0; k < 5; ++k) last = f.append("a few of them").value();
    CHECK(f.stream->stats().syncs == syncs);
    f.stream->nudge();
    f.stream->nudge();  // and a nudge with nothing to do does not spoil the next
    wait_for(last);
    f.stream->nudge();
  }
  for (int i = 0; i < 20; ++i) last = f.append(std::string(1 << 10, 'x')).value();
  wait_for(last - 5);  // enough of them are written without being asked
  CHECK(f.stream->wait_durable(last));
}

TEST_CASE("TrimFreesSegmentsAndTheirFilesAreUsedAgain") {
  Fixture f;
  f.options.max_bytes = 400'000;
  f.reopen();
  Position next = 1;
  for (int round = 0; round < 20; ++round) {
    f.fill(next, 200, 700);
    next += 200;
    f.stream->trim(next - 3);
    CHECK(f.stream->stats().first == next - 3);
    CHECK(f.positions(1).size() == 3);
    CHECK(f.stream->stats().bytes <= 400'000);
    CHECK(f.disk.used_bytes() <= 400'000);
  }
  f.reopen();
  CHECK(f.positions(1).size() == 3);
  CHECK(f.append("x").value() == next);
}

TEST_CASE("ATrimThatWasSyncedHoldsAfterPowerIsLost") {
  Fixture f;
  f.fill(1, 100, 100);
  f.stream->trim(61);
  REQUIRE(f.stream->sync_trim());
  f.disk.lose_power_after(0);
  f.stream.reset();
  f.disk.restore_power();
  f.reopen();
  CHECK(f.stream->stats().first == 61);
  CHECK(f.positions(1).size() == 40);
  f.fill(101, 500, 700);  // into other segments
  f.stream->trim(1'000'000);
  CHECK(f.stream->stats().first == 601);
  f.reopen();
  CHECK(f.positions(1).empty());
  CHECK(f.stream->stats().first == 601);
  for (int i = 0; i < 300; ++i) {
    f.fill(601 + static_cast<Position>(i), 1, 10);
    f.stream->trim(600 + static_cast<Position>(i));
    REQUIRE(f.stream->sync_trim());
  }
}

TEST_CASE("AFullStreamRefusesAndGoesOnAfterTrim") {
  Fixture f;
  f.options.max_bytes = 300'000;
  f.reopen();
  const std::string text(1000, 'x');
  Result<Position> at = 0;
  Position last = 0;
  while ((at = f.append(text))) last = *at;
  CHECK(at.error().kind == ErrorKind::full);
  CHECK(at.error().what.find("limit") != std::string::npos);
  CHECK(last > 200);
  REQUIRE(f.stream->wait_durable(last));
  CHECK(f.disk.used_bytes() <= 300'000);
  f.stream->trim(last);
  CHECK(f.append(text).value() == last + 1);
  REQUIRE(f.stream->wait_durable(last + 1));
}

TEST_CASE("MinFreeIsLeftOnTheDiskAndRoomIsNoticed") {
  Fixture f;
  f.options.min_free = 500'000;
  f.disk.set_capacity(800'000);
  f.reopen();
  const std::string text(1000, 'x');
  Result<Position> at = 0;
  while ((at = f.append(text))) REQUIRE(*at < 1000);
  CHECK(at.error().kind == ErrorKind::full);
  CHECK(at.error().what.find("free") != std::string::npos);
  CHECK(f.disk.used_bytes() <= 300'000);
  f.disk.set_capacity(10'000'000);
  while (!(at = f.append(text))) std::this_thread::yield();  // it looks again by itself
  CHECK(f.stream->wait_durable(*at));
}

TEST_CASE("AnEntryThatIsTooLargeIsRefusedAndTheOthersAreNot") {
  Fixture f;
  const auto refused = f.append(std::string(70'000, 'x'));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK(f.append(std::string(60'000, 'x')).value() == 1);
  CHECK(f.append(std::string(60'000, 'y')).value() == 2);
  CHECK(f.stream->wait_durable(2));
  CHECK(f.stream->reader(2)->next().value().bytes.size() == 60'000);
}

TEST_CASE("AFailedSyncTellsOnceAndNothingIsAcceptedUntilReopened") {
  Fixture f;
  std::atomic<int> failures{0};
  std::atomic<Position> told{0};
  f.options.on_failure = [&](const Error&) { ++failures; };
  f.options.on_durable = [&](Position position) { told = position; };
  f.reopen();
  REQUIRE(f.commit("1 kept"));
  f.disk.fail_next_sync();
  const auto lost = f.commit("2 lost");
  REQUIRE_FALSE(lost);
  CHECK(lost.error().kind == ErrorKind::unavailable);
  CHECK(lost.error().what.find("opened again") != std::string::npos);
  CHECK(f.commit("3").error().kind == ErrorKind::unavailable);
  CHECK(f.positions(1) == std::vector<Position>{1});  // reading goes on
  CHECK(told == 1);
  CHECK(failures == 1);
  f.disk.lose_power_after(0);
  f.stream.reset();
  f.disk.restore_power();
  f.reopen();
  CHECK(f.positions(1).front() == 1);
  CHECK(f.commit("again"));
}

TEST_CASE("ASecondOpenerIsRefused") {
  Fixture f;
  const auto second = Stream::open(kFolder, f.options, f.disk, f.log);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::conflict);
}

TEST_CASE("DamageIsLocatedCountedAndSteppedOver") {
  Fixture f;
  f.fill(1, 300, 700);
  f.stream.reset();
  const files::Path file = f.first_segment();
  const uint64_t size = entry_size(700);
  const std::byte flipped{0xFF};
  f.disk.damage(file, kSegmentHeaderSize + 9 * size + 100, {&flipped, 1});  // payload of 10
  f.disk.damage(file, kSegmentHeaderSize + 19 * size + 5, {&flipped, 1});   // header of 20
  f.disk.damage(file, kSegmentHeaderSize + 20 * size + 5, {&flipped, 1});   // and of 21
  f.disk.damage(file, 3, {&flipped, 1});                                    // and of the segment
  f.reopen();
  std::vector<Position> seen;
  std::vector<std::string> errors;
  const auto reader = f.stream->reader(1);
  while (true) {
    const auto entry = reader->next();
    if (!entry) {
      CHECK(entry.error().kind == ErrorKind::corrupt);
      errors.push_back(entry.error().what);
      continue;
    }
    if (entry->position == 0) break;
    seen.push_back(entry->position);
  }
  CHECK(seen.size() == 297);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].find("entries 10 to 10") != std::string::npos);
  CHECK(errors[0].find("00000000000000000001-") != std::string::npos);
  CHECK(errors[1].find("entries 20 to 21") != std::string::npos);
  CHECK(f.stream->stats().lost == 3);
  f.stream->reader(15)->seek(20);
  CHECK(f.stream->reader(22)->next().value().position == 22);
}

TEST_CASE("ASegmentThatIsGoneCostsOnlyItsEntries") {
  Fixture f;
  f.fill(1, 300, 700);
  f.stream.reset();
  const auto names = *f.disk.list(kFolder);
  REQUIRE(names.size() > 3);
  REQUIRE(f.disk.remove(files::Path(kFolder) / names[1]));
  f.reopen();
  const auto reader = f.stream->reader(1);
  uint64_t seen = 0;
  uint64_t errors = 0;
  while (true) {
    const auto entry = reader->next();
    if (!entry) {
      ++errors;
      continue;
    }
    if (entry->position == 0) break;
    ++seen;
  }
  CHECK(errors == 1);
  CHECK(seen > 100);
  CHECK(seen + f.stream->stats().lost == 300);
}

TEST_CASE("DamageInTheLastSegmentIsFoundAtOpeningWhenLaterEntriesProveIt") {
  Fixture f;
  for (int i = 1; i <= 10; ++i) REQUIRE(f.commit(cat(i, " ", std::string(92, 'x'))));
  f.stream.reset();
  const files::Path file = f.first_segment();
  const std::byte flipped{0xFF};
  f.disk.damage(file, kSegmentHeaderSize + 4 * kEntryHeaderSize + 3 * 96 + 20, {&flipped, 1});
  f.reopen();
  CHECK(f.stream->stats().lost == 1);
  CHECK(f.stream->stats().next == 11);
  const auto reader = f.stream->reader(4);
  CHECK(reader->next().error().kind == ErrorKind::corrupt);
  CHECK(reader->next().value().position == 5);
  CHECK(f.commit("11 more").value() == 11);
}

TEST_CASE("WhatNobodyWasToldAboutIsCutAndItsPositionsGivenAgain") {
  // The last entry is not proven by any later one: damaged, it counts as torn.
  Fixture f;
  for (int i = 1; i <= 3; ++i) REQUIRE(f.commit(cat(i, " ", std::string(94, 'x'))));
  f.stream.reset();
  const files::Path file = f.first_segment();
  const std::byte flipped{0xFF};
  f.disk.damage(file, kSegmentHeaderSize + 2 * entry_size(96) + 60, {&flipped, 1});
  f.reopen();
  CHECK(f.stream->stats().lost == 0);
  CHECK(f.commit("3 anew").value() == 3);
  CHECK(as_text(f.stream->reader(3)->next().value().bytes) == "3 anew");
  f.reopen();
  CHECK(f.stream->stats().next == 4);
}

TEST_CASE("RealFilesWorkTheSame") {
  const files::testing::TempFolder folder;
  files::RealDisk disk;
  NullLog log;
  const Options options{.max_bytes = 8 << 20, .min_free = 0, .segment_bytes = 1 << 20};
  const std::string text(900, 'z');
  const ByteView part = as_bytes(text);
  for (int life = 0; life < 3; ++life) {
    auto stream = Stream::open(folder.path() / "s", options, disk, log);
    REQUIRE(stream);
    CHECK((*stream)->stats().next == 1 + 3001 * static_cast<Position>(life));
    for (int i = 0; i < 3000; ++i) REQUIRE((*stream)->append({&part, 1}));
    REQUIRE((*stream)->commit({&part, 0}).has_value());
    (*stream)->trim((*stream)->stats().next - 1);
    CHECK((*stream)->stats().bytes <= 8 << 20);
    const auto reader = (*stream)->reader(1);
    CHECK(reader->next().value().position == 3001 + 3001 * static_cast<Position>(life));
  }
}

}  // namespace
}  // namespace oree::stream
