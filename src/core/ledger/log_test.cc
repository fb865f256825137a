#include "core/ledger/log.h"

#include <doctest/doctest.h>

#include <thread>

#include "base/text.h"
#include "core/ledger/testing/consortium.h"
#include "core/ledger/verify_folder.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::ledger {
namespace {

using files::testing::FakeDisk;
using namespace testing;

TEST_CASE("EntriesComeBackInOrderAfterTheLogWasClosed") {
  FakeDisk disk;
  std::string checkpoint;
  {
    const auto log = open_log(disk);
    CHECK(append_some(*log, 0, 3) == 0);
    CHECK(append_some(*log, 3, 700) == 3);
    checkpoint = *log->checkpoint();
  }
  const auto log = open_log(disk);
  CHECK(log->size() == 703);
  CHECK(*log->checkpoint() == checkpoint);
  CHECK(append_some(*log, 703, 1) == 703);
  const auto entries = log->entries(0, 1000);
  REQUIRE(entries);
  REQUIRE(entries->size() == 704);
  for (const auto& entry : *entries) CHECK(as_text(entry.bytes) == entry_text(entry.index));
  CHECK(log->entries(700, 2)->size() == 2);
  CHECK(log->entries(704, 2)->empty());
}

TEST_CASE("ACheckpointCoversEveryEntryThatWasAcknowledged") {
  FakeDisk disk;
  const auto log = open_log(disk);
  CHECK(parse_checkpoint(parse_note(*log->checkpoint())->text)->root == empty_root());
  append_some(*log, 0, 5);
  const auto note = parse_note(*log->checkpoint());
  REQUIRE(note);
  CHECK(check_signature(*note, log->key()).state == Signed::right);
  const auto checkpoint = parse_checkpoint(note->text);
  REQUIRE(checkpoint);
  CHECK(checkpoint->origin == kOrigin);
  CHECK(checkpoint->size == 5);
  const auto path = log->inclusion(4, 5);
  REQUIRE(path);
  CHECK(verify_inclusion(leaf_hash(as_bytes(entry_text(4))), 4, 5, *path, checkpoint->root));
}

TEST_CASE("WhatIsServedIsTheFormatsFiles") {
  FakeDisk disk;
  const auto log = open_log(disk);
  CHECK(log->read_file("checkpoint").error().kind == ErrorKind::not_found);
  append_some(*log, 0, 300);
  REQUIRE(log->checkpoint());
  CHECK(as_text(*log->read_file("checkpoint")) == *log->checkpoint());
  const auto tile = parse_tile(*log->read_file("tile/0/001.p/44"));
  REQUIRE(tile);
  CHECK(tile->size() == 44);
  CHECK((*tile)[3] == leaf_hash(as_bytes(entry_text(259))));
  CHECK(log->read_file("tile/0/000")->size() == 8192);
  CHECK(parse_tile(*log->read_file("tile/1/000.p/1"))->front() == *log->root(256));
  const auto bundle = log->read_file("tile/entries/001.p/44");
  REQUIRE(bundle);
  CHECK(as_text(parse_bundle(*bundle, 44)->front()) == entry_text(256));
  CHECK(parse_bundle(*log->read_file("tile/entries/000"), 256));
  CHECK(log->read_file("tile/0/000.p/9")->size() == 9 * 32);
  for (const std::string absent : {"tile/0/001", "tile/0/001.p/45", "tile/0/002.p/1", "tile/1/000",
                                   "tile/7/000.p/1", "tile/entries/001", "journal", "../x", "lock", ""})
    CHECK_MESSAGE(log->read_file(absent).error().kind == ErrorKind::not_found, absent);
}

TEST_CASE("ManyCallersAtOnceShareSyncsAndGetIndicesWithoutGaps") {
  const files::testing::TempFolder folder;
  files::RealDisk disk;
  const auto log = open_log(disk, folder.path());
  constexpr size_t kCallers = 8;
  constexpr size_t kEach = 200;
  std::vector<std::vector<uint64_t>> indices(kCallers);
  {
    std::vector<std::jthread> threads;
    for (size_t caller = 0; caller < kCallers; ++caller) {
      threads.emplace_back([&, caller] {
        for (size_t i = 0; i < kEach; ++i) {
          const auto index = append(*log, {cat(caller, " ", i), cat(caller, " ", i, " again")});
          if (index) indices[caller].push_back(*index);
          if (i % 20 == 0) (void)log->checkpoint();
        }
      });
    }
  }
  CHECK(log->size() == 2 * kCallers * kEach);
  for (size_t caller = 0; caller < kCallers; ++caller) {
    REQUIRE(indices[caller].size() == kEach);
    for (size_t i = 0; i < kEach; ++i) {
      const auto entries = log->entries(indices[caller][i], 2);
      REQUIRE(entries);
      CHECK(as_text(entries->at(0).bytes) == cat(caller, " ", i));
      CHECK(as_text(entries->at(1).bytes) == cat(caller, " ", i, " again"));
    }
  }
  REQUIRE(log->checkpoint());
  const auto report = verify_folder(folder.path(), &log->key(), disk);
  REQUIRE(report);
  CHECK(report->findings.empty());
  CHECK(report->size == log->size());
}

TEST_CASE("EntriesBeyondTheLimitsAreRefusedAndTheLogGoesOn") {
  FakeDisk disk;
  const auto log = open_log(disk);
  CHECK(log->append({}).error().kind == ErrorKind::invalid);
  CHECK(append(*log, {std::string(65'536, 'x')}).error().kind == ErrorKind::invalid);
  CHECK(append(*log, std::vector<std::string>(Log::kMaxEntries + 1, "x")).error().kind == ErrorKind::invalid);
  CHECK(*append(*log, {std::string(65'535, 'x'), ""}) == 0);
  CHECK(log->entries(0, 2)->at(1).bytes.empty());
}

TEST_CASE("AFailedSyncIsToldAndTheLogTakesNothingUntilItIsOpenedAgain") {
  FakeDisk disk;
  auto log = open_log(disk);
  append_some(*log, 0, 2);
  disk.fail_next_sync();
  CHECK(append(*log, {"lost"}).error().kind == ErrorKind::unavailable);
  CHECK(append(*log, {"later"}).error().kind == ErrorKind::unavailable);
  CHECK(log->size() == 2);
  log.reset();
  log = open_log(disk);
  CHECK(log->size() >= 2);
  CHECK(append(*log, {"again"}));
}

TEST_CASE("AFullDiskIsToldAndLosesNothing") {
  FakeDisk disk;
  auto log = open_log(disk);
  append_some(*log, 0, 2);
  disk.set_capacity(disk.used_bytes() + 10);
  CHECK(append(*log, {std::string(1000, 'x')}).error().kind == ErrorKind::full);
  disk.set_capacity(1 << 30);
  log.reset();
  log = open_log(disk);
  CHECK(log->size() == 2);
  CHECK(append_some(*log, 2, 1) == 2);
}

TEST_CASE("OpeningNoticesWhatWasAltered") {
  FakeDisk disk;
  {
    const auto log = open_log(disk);
    append_some(*log, 0, 600);
    REQUIRE(log->checkpoint());
  }
  (void)open_log(disk);  // moves what fills a tile into files
  const auto opened = [&] { return Log::open("/data/log", kOrigin, key_of(1), disk); };
  const auto expect_corrupt = [&](std::string_view file) {
    const auto log = opened();
    REQUIRE_FALSE(log);
    CHECK(log.error().kind == ErrorKind::corrupt);
    CHECK_MESSAGE(log.error().what.find(file) != std::string::npos, log.error().what);
  };
  SUBCASE("a tile") {
    disk.damage("/data/log/tile/0/001", 100, as_bytes("!"));
    expect_corrupt("tile/0/001");
  }
  SUBCASE("the checkpoint") {
    disk.damage("/data/log/checkpoint", 18, as_bytes("5"));
    expect_corrupt("checkpoint");
  }
  SUBCASE("the end of the journal") {
    const auto bytes = *disk.read("/data/log/journal-00000000000000000512", 1 << 20);
    REQUIRE(disk.write("/data/log/journal-00000000000000000512", ByteView(bytes).first(bytes.size() - 1)));
    expect_corrupt("journal-00000000000000000512");
  }
  SUBCASE("no journal") {
    REQUIRE(disk.remove("/data/log/journal-00000000000000000512"));
    expect_corrupt("journal-");
  }
  SUBCASE("another key") {
    const auto log = Log::open("/data/log", kOrigin, key_of(2), disk);
    CHECK(log.error().kind == ErrorKind::corrupt);
  }
  SUBCASE("another origin") {
    const auto log = Log::open("/data/log", "oree/press/orders", key_of(1), disk);
    CHECK(log.error().kind == ErrorKind::conflict);
  }
  SUBCASE("an entry, when it is read") {
    disk.damage("/data/log/tile/entries/000", 1000, as_bytes("!"));
    const auto log = opened();
    REQUIRE(log);
    CHECK((*log)->entries(0, 10).error().kind == ErrorKind::corrupt);
    CHECK((*log)->entries(300, 10));
  }
}

TEST_CASE("TwoProcessesCannotWriteOneLog") {
  FakeDisk disk;
  const auto log = open_log(disk);
  CHECK(Log::open("/data/log", kOrigin, key_of(1), disk).error().kind == ErrorKind::conflict);
}

TEST_CASE("OnlyThisLogsCheckpointsAreKept") {
  FakeDisk disk;
  const auto log = open_log(disk);
  append_some(*log, 0, 4);
  const std::string older = *log->checkpoint();
  append_some(*log, 4, 4);
  const std::string newer = *log->checkpoint();
  REQUIRE(log->keep_cosigned(newer));
  REQUIRE(log->keep_cosigned(older));
  CHECK(log->cosigned() == newer);
  Note forged{print_checkpoint({kOrigin, 8, empty_root(), {}}), {}};
  forged.signatures.push_back(sign_note(forged.text, kOrigin, key_of(2)));
  CHECK(log->keep_cosigned(print_note(forged)).error().kind == ErrorKind::invalid);
  forged.signatures = {sign_note(forged.text, kOrigin, key_of(1))};
  CHECK(log->keep_cosigned(print_note(forged)).error().kind == ErrorKind::invalid);
  CHECK(log->cosigned() == newer);
}

}  // namespace
}  // namespace oree::ledger
