#include "services/modules/process/log_file.h"

#include <doctest/doctest.h>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "platform/files/testing/fake_disk.h"

using namespace oree;
using namespace oree::modules;

namespace {

const WallTime kNow{std::chrono::hours(24 * 365 * 50)};

WallTime at(int second) {
  return kNow + std::chrono::seconds(second);
}

std::string text_of(files::Disk& disk, const LogQuery& query = {}) {
  const auto page = read_log(disk, "/log", query);
  REQUIRE(page);
  return page->text;
}

}  // namespace

TEST_CASE("Lines come back as they were written, whole, in order, from both streams") {
  files::testing::FakeDisk disk;
  REQUIRE(disk.make_folder("/log"));
  LogFile log(disk, "/log", {});
  log.write(false, "one\ntw", at(0));
  log.write(true, "error\n", at(1));
  log.write(false, "o\n\nlast", at(2));
  CHECK(text_of(disk) == "one\nerror\ntwo\n\n");
  log.finish(at(3));
  CHECK(text_of(disk) == "one\nerror\ntwo\n\nlast\n");
  CHECK(text_of(disk, {.tail = 2}) == "\nlast\n");
  CHECK(text_of(disk, {.tail = 0}) == "");
  CHECK(text_of(disk, {.since = at(1), .until = at(2)}) == "error\n");
}

TEST_CASE("A cursor goes on where the page ended, also among lines of one moment") {
  files::testing::FakeDisk disk;
  REQUIRE(disk.make_folder("/log"));
  LogFile log(disk, "/log", {});
  log.write(false, "a\nb\n", at(0));
  const auto page = read_log(disk, "/log", {});
  CHECK(page->text == "a\nb\n");
  log.write(false, "c\n", at(0));
  log.write(false, "d\n", at(1));
  const auto next = read_log(disk, "/log", {.after = page->cursor});
  CHECK(next->text == "c\nd\n");
  CHECK(read_log(disk, "/log", {.after = next->cursor})->text == "");
}

TEST_CASE("A line that never ends is kept in pieces and shown whole, and files never exceed their size") {
  files::testing::FakeDisk disk;
  REQUIRE(disk.make_folder("/log"));
  LogFile log(disk, "/log", {.bytes = 100'000, .files = 2});
  log.write(false, std::string(40'000, 'x') + "\n", at(0));
  CHECK(text_of(disk) == std::string(40'000, 'x') + "\n");
  for (int i = 0; i < 5'000; ++i) log.write(false, cat("line ", i, " ", std::string(50, '.'), "\n"), at(i));
  uint64_t bytes = 0;
  const auto names = disk.list("/log");
  REQUIRE(names);
  CHECK(names->size() == 2);
  for (const auto& name : *names) bytes += disk.read(files::Path("/log") / name, 1 << 30)->size();
  CHECK(bytes <= 200'000);
  CHECK(text_of(disk, {.tail = 1}).starts_with("line 4999 "));
}

TEST_CASE("A full disk loses lines, never blocks, and says how many once there is room") {
  files::testing::FakeDisk disk;
  REQUIRE(disk.make_folder("/log"));
  LogFile log(disk, "/log", {});
  log.write(false, "before\n", at(0));
  disk.set_capacity(0);
  for (int i = 0; i < 7; ++i) log.write(false, "lost\n", at(1));
  CHECK(log.dropped() == 7);
  disk.set_capacity(1 << 30);
  log.write(false, "after\n", at(2));
  CHECK(text_of(disk) == "before\n(7 lines were lost: no room on disk)\nafter\n");
}
