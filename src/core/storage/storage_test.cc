#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <set>
#include <thread>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "core/storage/journal/journal_format.h"
#include "core/storage/record_store.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::storage {
namespace {

using files::testing::TempFolder;
using oree::testing::FakeClock;

class CollectingLog final : public Log {
 public:
  void write(LogLevel, std::string_view sentence) override {
    const std::lock_guard lock(mutex_);
    text_ += cat(sentence, "\n");
  }
  bool has(std::string_view part) const {
    const std::lock_guard lock(mutex_);
    return text_.find(part) != std::string::npos;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

std::shared_ptr<const ByteBuffer> blob_of(std::string_view text, size_t size = 0) {
  auto bytes = std::make_shared<ByteBuffer>(std::max(size, text.size()));
  std::ranges::copy(as_bytes(text), bytes->begin());
  return bytes;
}

struct Fixture {
  TempFolder folder;
  files::RealDisk disk;
  FakeClock clock;
  CollectingLog log;
  StoreOptions options{.max_bytes = 64'000'000, .min_free = 0, .segment_bytes = 1 << 20};
  std::unique_ptr<RecordStore> store = open();

  std::unique_ptr<RecordStore> open() {
    auto opened = RecordStore::open(folder.path(), options, disk, clock, log);
    if (!opened) FAIL(opened.error().what);
    return std::move(*opened);
  }
  void reopen() {
    store.reset();
    store = open();
  }
  Digest put(std::string_view text, size_t size = 0) {
    const auto digest = store->put_blob(blob_of(text, size));
    if (!digest) FAIL(digest.error().what);
    return *digest;
  }
  void commit(std::string id, std::vector<std::pair<std::string, std::string>> attributes = {},
              std::vector<Digest> blobs = {}) {
    clock.advance(std::chrono::seconds(1));
    const Record record{id, clock.wall(), "body of " + id, std::move(attributes), std::move(blobs)};
    const auto done = store->commit(record);
    if (!done) FAIL(done.error().what);
  }
  std::vector<std::string> ids(Query query = {}) {
    const auto page = store->list(query);
    if (!page) FAIL(page.error().what);
    std::vector<std::string> ids;
    for (const std::string& body : page->bodies) ids.push_back(body.substr(8));
    return ids;
  }
  uint64_t bytes_on_disk() const {
    uint64_t sum = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
      std::error_code error;  // a file may go while this looks
      if (!entry.is_regular_file(error)) continue;
      const auto size = entry.file_size(error);
      if (!error) sum += size;
    }
    return sum;
  }
};

using Ids = std::vector<std::string>;

TEST_CASE("ACommittedRecordAndItsBlobsAreThereAtOnceAndAfterReopening") {
  Fixture f;
  const Digest a = f.put("image a");
  const Digest b = f.put("image b");
  f.commit("1", {{"decision", "KO"}}, {a, b});
  const auto check = [&] {
    CHECK(f.store->find("1").value_or("") == "body of 1");
    CHECK(f.ids() == Ids{"1"});
    CHECK(as_text(f.store->blob(a).value_or(ByteBuffer())) == "image a");
    CHECK(std::filesystem::exists(f.store->blob_path(b)));
    CHECK(f.store->stats().records == 1);
    CHECK(f.store->stats().blobs == 2);
  };
  check();
  f.reopen();
  check();
}

TEST_CASE("AContentIsStoredOnceHoweverOftenItIsPut") {
  Fixture f;
  const Digest first = f.put("same", 100'000);
  f.commit("1", {}, {first});
  REQUIRE(f.ids().size() == 1);
  const auto inode = [&] {
    struct stat facts{};
    REQUIRE(::stat(f.store->blob_path(first).c_str(), &facts) == 0);
    return facts.st_ino;
  };
  const auto before = inode();
  const Digest second = f.put("same", 100'000);
  CHECK(first == second);
  f.commit("2", {}, {second, second});
  CHECK(f.ids().size() == 2);
  CHECK(inode() == before);
  CHECK(f.store->stats().blobs == 1);
}

TEST_CASE("ARecordThatNamesAnUnknownBlobIsRefused") {
  Fixture f;
  const auto refused = f.store->commit({"1", f.clock.wall(), "x", {}, {crypto::sha256(as_bytes("never"))}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK(f.ids().empty());
  const auto no_id = f.store->commit({"", f.clock.wall(), "x", {}, {}});
  REQUIRE_FALSE(no_id);
  CHECK(no_id.error().kind == ErrorKind::invalid);
  const auto missing = f.store->find("1");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::not_found);
  const auto no_blob = f.store->blob(crypto::sha256(as_bytes("never")));
  REQUIRE_FALSE(no_blob);
  CHECK(no_blob.error().kind == ErrorKind::not_found);
}

TEST_CASE("ASecondCommitOfAnIdReplacesTheFirst") {
  Fixture f;
  const Digest old_blob = f.put("old");
  const Digest new_blob = f.put("new");
  f.commit("1", {{"decision", "KO"}}, {old_blob});
  f.commit("2");
  f.commit("1", {{"decision", "OK"}}, {new_blob});
  CHECK(f.ids() == Ids{"1", "2"});
  CHECK(f.ids({.attributes = {{"decision", "KO"}}}).empty());
  CHECK(f.store->values("decision").value() == std::vector<std::pair<std::string, uint64_t>>{{"OK", 1}});
  f.clock.advance(std::chrono::minutes(11));
  REQUIRE(f.store->expire());
  CHECK_FALSE(std::filesystem::exists(f.store->blob_path(old_blob)));
  CHECK(std::filesystem::exists(f.store->blob_path(new_blob)));
}

TEST_CASE("ListsAreFilteredByEveryNameAndAnyOfItsValues") {
  Fixture f;
  for (int i = 0; i < 12; ++i) {
    f.commit(cat(i),
             {{"decision", i % 3 == 0 ? "KO" : "OK"}, {"line", cat(i % 2)}, {"tag", "a"}, {"tag", cat(i)}});
  }
  CHECK(f.ids({.attributes = {{"decision", "KO"}}}) == Ids{"9", "6", "3", "0"});
  CHECK(f.ids({.attributes = {{"decision", "KO"}, {"line", "1"}}}) == Ids{"9", "3"});
  CHECK(f.ids({.attributes = {{"tag", "3"}, {"tag", "7"}}}) == Ids{"7", "3"});
  CHECK(f.ids({.attributes = {{"tag", "3"}, {"tag", "a"}}, .limit = 2}) == Ids{"11", "10"});
  CHECK(f.ids({.attributes = {{"decision", "MAYBE"}}}).empty());
  CHECK(f.store->count({.attributes = {{"tag", "3"}, {"tag", "a"}}}).value() == 12);
  CHECK(f.store->count({.attributes = {{"decision", "OK"}, {"line", "0"}}}).value() == 4);
  CHECK(f.store->values("decision").value() ==
        std::vector<std::pair<std::string, uint64_t>>{{"KO", 4}, {"OK", 8}});
  CHECK(f.store->values("nothing").value().empty());
}

TEST_CASE("TimesAreFromInclusiveToExclusive") {
  Fixture f;
  const WallTime start = f.clock.wall();
  for (int i = 1; i <= 5; ++i) f.commit(cat(i), {{"n", "x"}});
  const auto at = [&](int s) { return start + std::chrono::seconds(s); };
  CHECK(f.ids({.from = at(2), .to = at(4)}) == Ids{"3", "2"});
  CHECK(f.ids({.attributes = {{"n", "x"}}, .from = at(2), .to = at(4)}) == Ids{"3", "2"});
  CHECK(f.store->count({.from = at(5)}).value() == 1);
}

TEST_CASE("PagesFollowOneAnotherWithoutGapsWhileRecordsArrive") {
  Fixture f;
  const WallTime same = f.clock.wall();
  for (int i = 0; i < 25; ++i)
    REQUIRE(f.store->commit({cat(i), same, "body of " + cat(i), {{"a", "b"}}, {}}));
  for (const bool filtered : {false, true}) {
    Query query{.limit = 10};
    if (filtered) query.attributes = {{"a", "b"}};
    std::set<std::string> seen;
    size_t pages = 0;
    do {
      const auto page = f.store->list(query);
      REQUIRE(page);
      for (const auto& body : page->bodies) CHECK(seen.insert(body).second);
      query.cursor = page->next;
      f.commit(cat("later", pages, filtered), {{"a", "b"}});
      ++pages;
    } while (!query.cursor.empty());
    for (int i = 0; i < 25; ++i) CHECK(seen.contains("body of " + cat(i)));
  }
  CHECK_FALSE(f.store->list({.limit = 1001}));
  CHECK_FALSE(f.store->list({.limit = 0}));
  CHECK_FALSE(f.store->list({.cursor = "x"}));
  CHECK_FALSE(f.store->list({.cursor = "1.2.3"}));
}

TEST_CASE("WhatIsTooOldGoesAndItsBlobsGoWithTheLastRecord") {
  Fixture f;
  const Digest shared = f.put("shared");
  const Digest own = f.put("own");
  f.commit("old", {}, {shared, own});
  f.clock.advance(std::chrono::hours(24 * 29));
  f.commit("new", {{"a", "b"}}, {shared});
  f.clock.advance(std::chrono::hours(48));
  REQUIRE(f.store->expire());
  CHECK(f.ids() == Ids{"new"});
  CHECK_FALSE(std::filesystem::exists(f.store->blob_path(own)));
  CHECK(std::filesystem::exists(f.store->blob_path(shared)));
  CHECK(f.store->stats().expired_records == 1);
  CHECK(f.store->stats().blobs == 1);
  f.reopen();
  CHECK(f.ids() == Ids{"new"});
}

TEST_CASE("ABlobThatWasPutIsNotDeletedBeforeItsRecordComes") {
  Fixture f;
  f.commit("old", {}, {f.put("image")});
  f.clock.advance(std::chrono::hours(24 * 31));
  const Digest again = f.put("image");  // known: nothing is written
  REQUIRE(f.store->expire());
  CHECK(f.ids().empty());
  f.commit("new", {}, {again});
  CHECK(as_text(f.store->blob(again).value_or(ByteBuffer())) == "image");
}

TEST_CASE("TheCapIsNeverExceededAndTheOldestGoFirst") {
  Fixture f;
  f.store.reset();
  f.options.max_bytes = 10'000'000;
  f.store = f.open();
  uint64_t highest = 0;
  for (int i = 0; i < 600; ++i) {
    f.commit(cat(i), {{"n", cat(i)}}, {f.put(cat("image ", i), 60'000)});
    if (i % 20 == 0) highest = std::max(highest, f.bytes_on_disk());
  }
  highest = std::max(highest, f.bytes_on_disk());
  CHECK(highest <= f.options.max_bytes);
  CHECK(f.store->stats().bytes <= f.options.max_bytes);
  CHECK(highest >= f.options.max_bytes / 2);  // and the cap is put to use
  REQUIRE(f.store->expire());                 // so that nothing goes between the next lines
  const auto left = f.ids({.limit = 1000});
  CHECK(left.size() >= 60);
  CHECK(left.front() == "599");
  for (size_t i = 0; i < left.size(); ++i) CHECK(left[i] == cat(599 - i));
  CHECK(f.store->stats().expired_records == 600 - left.size());
  CHECK(f.store->stats().refused == 0);
}

TEST_CASE("RecordsWithoutBlobsObeyTheCapToo") {
  Fixture f;
  f.store.reset();
  f.options.max_bytes = 8'000'000;
  f.store = f.open();
  uint64_t highest = 0;
  for (int i = 0; i < 1000; ++i) {
    const Record record{
        cat(i), f.clock.wall() + microseconds(i), std::string(20'000, 'x'), {{"n", cat(i)}}, {}};
    const auto done = f.store->commit(record);
    if (!done) FAIL(done.error().what);
    if (i % 50 == 0) highest = std::max(highest, f.bytes_on_disk());
  }
  CHECK(highest <= f.options.max_bytes);
  CHECK(f.store->count({}).value() > 50);
}

TEST_CASE("ABlobLargerThanTheCapOrASegmentIsRefusedWithAReason") {
  Fixture f;
  const auto refused = f.store->put_blob(blob_of("x", 2 << 20));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK(refused.error().what.find("segment_bytes") != std::string::npos);
  const auto too_long = f.store->commit({"1", f.clock.wall(), std::string(2 << 20, 'x'), {}, {}});
  REQUIRE_FALSE(too_long);
  CHECK(too_long.error().kind == ErrorKind::invalid);
  f.commit("2");
}

TEST_CASE("BelowTheFloorOfFreeSpaceItRefusesAndRecoversByItself") {
  Fixture f;
  f.store.reset();
  f.options.min_free = uint64_t{1} << 60;
  f.store = f.open();
  const auto refused = f.store->commit({"1", f.clock.wall(), "x", {}, {}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::full);
  CHECK(refused.error().what.find("storage.min_free") != std::string::npos);
  CHECK(f.store->stats().full);
  CHECK(f.store->stats().refused == 1);
}

TEST_CASE("OptionsThatCannotWorkAreNamed") {
  Fixture f;
  f.store.reset();
  f.options.max_bytes = 1000;
  const auto opened = RecordStore::open(f.folder.path(), f.options, f.disk, f.clock, f.log);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().kind == ErrorKind::invalid);
  CHECK(opened.error().what.find("storage.max_bytes") != std::string::npos);
}

TEST_CASE("OneStorePerFolder") {
  Fixture f;
  const auto second = RecordStore::open(f.folder.path(), f.options, f.disk, f.clock, f.log);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::conflict);
}

TEST_CASE("AStoppedStoreAnswersUnavailable") {
  Fixture f;
  f.commit("1");
  f.store->stop();
  f.store->stop();
  CHECK(f.store->commit({"2", f.clock.wall(), "x", {}, {}}).error().kind == ErrorKind::unavailable);
  CHECK(f.store->put_blob(blob_of("x")).error().kind == ErrorKind::unavailable);
  CHECK(f.store->list({}).error().kind == ErrorKind::unavailable);
  CHECK(f.store->find("1").error().kind == ErrorKind::unavailable);
  CHECK(f.store->expire().error().kind == ErrorKind::unavailable);
}

TEST_CASE("SegmentsAreUsedAgainAndNeverMoreThanTwo") {
  Fixture f;
  for (int i = 0; i < 100; ++i) f.commit(cat(i), {}, {f.put(cat("image ", i), 60'000)});
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(f.folder.path() / "journal")) {
    CHECK(entry.file_size() == f.options.segment_bytes);
    ++files;
  }
  CHECK(files == 2);
  f.reopen();
  CHECK(f.store->count({}).value() == 100);
}

TEST_CASE("ADamagedIndexIsMadeAnewFromWhatCanBeRead") {
  Fixture f;
  f.reopen();  // a new store leaves its first segment early, and what was in it is in the index alone
  const Digest image = f.put("image");
  for (int i = 0; i < 50; ++i) f.commit(cat(i), {{"n", cat(i)}}, {image});
  f.store.reset();
  SUBCASE("when it is no database at all") {
    std::ofstream(f.folder.path() / "index.db", std::ios::trunc) << std::string(9000, 'x');
    f.store = f.open();
    // A clean stop leaves the last segments in place: they give the records again.
    CHECK(f.store->count({}).value() == 50);
  }
  SUBCASE("when damage showed while it ran") {
    std::ofstream(f.folder.path() / "index.damaged") << "reason";
    f.store = f.open();
    CHECK(f.store->count({}).value() == 50);
    CHECK_FALSE(std::filesystem::exists(f.folder.path() / "index.damaged"));
  }
  CHECK(f.log.has("made anew"));
  CHECK(as_text(f.store->blob(image).value_or(ByteBuffer())) == "image");
  CHECK(std::filesystem::exists(f.folder.path() / "index.db.damaged"));
  CHECK(f.ids({.attributes = {{"n", "7"}}}) == Ids{"7"});
}

TEST_CASE("ADamagedBlobFileIsReportedNotServed") {
  Fixture f;
  const Digest image = f.put("image");
  f.commit("1", {}, {image});
  std::ofstream(f.store->blob_path(image)) << "other";
  const auto bytes = f.store->blob(image);
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error().kind == ErrorKind::corrupt);
}

TEST_CASE("ManyThreadsCommitTogetherInFewSyncs") {
  Fixture f;
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const auto digest = f.store->put_blob(blob_of(cat("image ", t, " ", i), 5000));
          REQUIRE(digest);
          REQUIRE(f.store->commit({cat(t, "-", i), f.clock.wall(), "x", {{"t", cat(t)}}, {*digest}}));
          REQUIRE(f.store->find(cat(t, "-", i)));
        }
      });
    }
  }
  CHECK(f.store->count({}).value() == kThreads * kEach);
  CHECK(f.store->stats().syncs <= kThreads * kEach);
  CHECK(f.store->stats().blobs == kThreads * kEach);
}

}  // namespace
}  // namespace oree::storage
