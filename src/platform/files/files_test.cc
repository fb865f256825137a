#include "platform/files/files.h"

#include <doctest/doctest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstring>
#include <functional>

#include "platform/files/private_folder.h"
#include "platform/files/testing/fake_disk.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::files {
namespace {

using testing::FakeDisk;
using testing::TempFolder;

std::string text_of(Disk& disk, const Path& path) {
  const auto bytes = disk.read(path, 1 << 20);
  return bytes ? std::string(as_text(*bytes)) : "error: " + bytes.error().what;
}

// Every Disk must pass each of these, in an empty folder.
void in_each_disk(const std::function<void(Disk&, const Path&)>& check) {
  SUBCASE("RealDisk") {
    const TempFolder folder;
    RealDisk disk;
    check(disk, folder.path());
  }
  SUBCASE("FakeDisk") {
    FakeDisk disk;
    REQUIRE(disk.make_folder("/data"));
    check(disk, "/data");
  }
}

TEST_CASE("WritesReplaceTheWholeFileAndLeaveNothingBeside") {
  in_each_disk([](Disk& disk, const Path& folder) {
    REQUIRE(disk.write(folder / "a", as_bytes("first and long")));
    REQUIRE(disk.write(folder / "a", as_bytes("second")));
    CHECK(text_of(disk, folder / "a") == "second");
    REQUIRE(disk.write_unsynced(folder / "b", as_bytes("third")));
    CHECK(text_of(disk, folder / "b") == "third");
    CHECK(disk.list(folder) == std::vector<Path>{"a", "b"});
  });
}

TEST_CASE("ReadIsBoundedAndNamesThePath") {
  in_each_disk([](Disk& disk, const Path& folder) {
    REQUIRE(disk.write(folder / "a", as_bytes("12345")));
    CHECK(disk.read(folder / "a", 5));
    const auto refused = disk.read(folder / "a", 4);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::invalid);
    const auto missing = disk.read(folder / "nothing", 4);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == ErrorKind::not_found);
    CHECK(missing.error().what.find((folder / "nothing").string()) != std::string::npos);
  });
}

TEST_CASE("AppendsAtTheEndAfterCuttingWhatShouldNotBeKept") {
  in_each_disk([](Disk& disk, const Path& folder) {
    {
      auto file = disk.open_append(folder / "log", std::nullopt);
      REQUIRE(file);
      REQUIRE((*file)->append(as_bytes("one two")));
      REQUIRE((*file)->sync());
      CHECK((*file)->size() == 7);
    }
    auto file = disk.open_append(folder / "log", 4);
    REQUIRE(file);
    CHECK((*file)->size() == 4);
    REQUIRE((*file)->append(as_bytes("three")));
    CHECK(text_of(disk, folder / "log") == "one three");
  });
}

TEST_CASE("AFixedFileIsWrittenInPlaceAndNeverBeyondItsSize") {
  in_each_disk([](Disk& disk, const Path& folder) {
    auto file = disk.open_fixed(folder / "segment", 8192);
    REQUIRE(file);
    CHECK((*file)->size() == 8192);
    const ByteView parts[] = {as_bytes("he"), {}, as_bytes("llo")};
    REQUIRE((*file)->write_at(4094, parts));
    (*file)->begin_flush(4094, 5);
    REQUIRE((*file)->sync());
    const auto beyond = (*file)->write_at(8190, parts);
    REQUIRE_FALSE(beyond);
    CHECK(beyond.error().kind == ErrorKind::bug);
    const auto bytes = disk.read(folder / "segment", 8192);
    REQUIRE(bytes);
    CHECK(as_text(*bytes).substr(4094, 5) == "hello");
    CHECK((*bytes)[0] == std::byte{0});
    auto longer = disk.open_fixed(folder / "segment", 16384);
    REQUIRE(longer);
    CHECK(as_text(*disk.read(folder / "segment", 16384)).substr(4094, 5) == "hello");
  });
}

TEST_CASE("RenamesAndRemoves") {
  in_each_disk([](Disk& disk, const Path& folder) {
    REQUIRE(disk.write(folder / "a", as_bytes("A")));
    REQUIRE(disk.write(folder / "b", as_bytes("B")));
    REQUIRE(disk.rename(folder / "a", folder / "b"));
    CHECK(text_of(disk, folder / "b") == "A");
    CHECK(disk.list(folder) == std::vector<Path>{"b"});
    REQUIRE(disk.remove(folder / "b"));
    const auto again = disk.remove(folder / "b");
    REQUIRE_FALSE(again);
    CHECK(again.error().kind == ErrorKind::not_found);
    REQUIRE(disk.make_folder(folder / "x" / "y"));
    REQUIRE(disk.make_folder(folder / "x" / "y"));
    CHECK(disk.list(folder) == std::vector<Path>{"x"});
    CHECK(disk.sync_folder(folder));
    CHECK(disk.sync_all(folder));
    CHECK(disk.free_bytes(folder).value_or(0) > 0);
  });
}

TEST_CASE("ReadsAPartOfAFileAndNothingBehindItsEnd") {
  in_each_disk([](Disk& disk, const Path& folder) {
    REQUIRE(disk.write(folder / "a", as_bytes("0123456789")));
    CHECK(as_text(*disk.read_part(folder / "a", 3, 4)) == "3456");
    CHECK(as_text(*disk.read_part(folder / "a", 8, 100)) == "89");
    CHECK(disk.read_part(folder / "a", 10, 1)->empty());
    CHECK(disk.read_part(folder / "a", 99, 1)->empty());
    const auto missing = disk.read_part(folder / "nothing", 0, 1);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == ErrorKind::not_found);
  });
}

TEST_CASE("RemovesAFolderOnlyWhenItIsEmpty") {
  in_each_disk([](Disk& disk, const Path& folder) {
    REQUIRE(disk.make_folder(folder / "x" / "y"));
    REQUIRE(disk.write(folder / "x" / "a", as_bytes("A")));
    CHECK(disk.remove_folder(folder / "x").error().kind == ErrorKind::conflict);
    REQUIRE(disk.remove(folder / "x" / "a"));
    CHECK(disk.remove_folder(folder / "x").error().kind == ErrorKind::conflict);
    REQUIRE(disk.remove_folder(folder / "x" / "y"));
    REQUIRE(disk.remove_folder(folder / "x"));
    CHECK(disk.remove_folder(folder / "x").error().kind == ErrorKind::not_found);
    CHECK(disk.list(folder)->empty());
  });
}

TEST_CASE("OnlyOneHolderLocksAFolder") {
  in_each_disk([](Disk& disk, const Path& folder) {
    auto first = disk.lock(folder);
    REQUIRE(first);
    const auto second = disk.lock(folder);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::conflict);
    first->reset();
    CHECK(disk.lock(folder));
  });
}

TEST_CASE("AFailedSyncPoisonsTheFileForEver") {
  FakeDisk disk;
  REQUIRE(disk.make_folder("/data"));
  auto file = disk.open_append("/data/a", std::nullopt);
  REQUIRE(file);
  REQUIRE((*file)->append(as_bytes("lost")));
  disk.fail_next_sync();
  CHECK_FALSE((*file)->sync());
  CHECK_FALSE((*file)->sync());
  CHECK_FALSE((*file)->append(as_bytes("more")));
}

TEST_CASE("UnsyncedBytesMayBeLostButSyncedOnesNever") {
  bool lost = false;
  bool kept = false;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    FakeDisk disk(seed);
    REQUIRE(disk.make_folder("/data"));
    {
      auto file = disk.open_append("/data/a", std::nullopt);
      REQUIRE(file);
      REQUIRE((*file)->append(as_bytes("synced")));
      REQUIRE((*file)->sync());
      REQUIRE(disk.sync_folder("/data"));
      REQUIRE((*file)->append(as_bytes(" not")));
    }
    disk.lose_power_after(1);
    CHECK_FALSE(disk.write("/data/b", as_bytes("B")));
    CHECK_FALSE(disk.has_power());
    disk.restore_power();
    CHECK(text_of(disk, "/data/b") == "B");
    const std::string text = text_of(disk, "/data/a");
    CHECK(text.substr(0, 6) == "synced");
    lost = lost || text == "synced";
    kept = kept || text == "synced not";
  }
  CHECK(lost);
  CHECK(kept);
}

TEST_CASE("ACutInsideAWriteLeavesTheOldFileOrTheNewOneAndPerhapsGarbageBeside") {
  bool old_one = false, new_one = false, garbage = false;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    FakeDisk disk(seed);
    REQUIRE(disk.make_folder("/data"));
    REQUIRE(disk.write("/data/a", as_bytes("old")));
    disk.lose_power_inside(1);
    CHECK_FALSE(disk.write("/data/a", as_bytes("new and longer")));
    disk.restore_power();
    const std::string text = text_of(disk, "/data/a");
    old_one = old_one || text == "old";
    new_one = new_one || text == "new and longer";
    garbage = garbage || disk.list("/data")->size() == 2;
    // The rename may be durable where the bytes are not only if they were never synced, which write() does.
    CHECK((text == "old" || text == "new and longer"));
  }
  CHECK(old_one);
  CHECK(new_one);
  CHECK(garbage);
}

TEST_CASE("ACutInsideAnAppendOrASyncKeepsAPart") {
  bool shorter = false, lost = false;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    FakeDisk disk(seed);
    REQUIRE(disk.make_folder("/data"));
    auto file = disk.open_append("/data/a", std::nullopt);
    REQUIRE(file);
    REQUIRE((*file)->append(as_bytes("synced")));
    REQUIRE((*file)->sync());
    REQUIRE(disk.sync_folder("/data"));
    if (seed % 2 == 0) {
      disk.lose_power_inside(1);
      CHECK_FALSE((*file)->append(as_bytes(" and more")));
    } else {
      REQUIRE((*file)->append(as_bytes(" and more")));
      disk.lose_power_inside(1);
      CHECK_FALSE((*file)->sync());
    }
    disk.restore_power();
    const std::string text = text_of(disk, "/data/a");
    CHECK(text.starts_with("synced"));
    if (seed % 2 == 0) shorter = shorter || (text.size() > 6 && text.size() < 15);
    if (seed % 2 == 1) lost = lost || text == "synced";
  }
  CHECK(shorter);
  CHECK(lost);
}

TEST_CASE("AFullDiskSaysSoAndHalfAnAppendIsCutBack") {
  SUBCASE("FakeDisk") {
    FakeDisk disk;
    REQUIRE(disk.make_folder("/data"));
    disk.set_capacity(10);
    REQUIRE(disk.write("/data/a", as_bytes("12345678")));
    const auto refused = disk.write("/data/b", as_bytes("12345678"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::full);
  }
  SUBCASE("a real file system of 1 MB") {
    const TempFolder folder;
    if (::geteuid() != 0 || ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
      MESSAGE("skipped: mounting a small tmpfs needs root");
      return;
    }
    RealDisk disk;
    {
      auto file = disk.open_append(folder.path() / "log", std::nullopt);
      REQUIRE(file);
      const ByteBuffer chunk(300'000);
      Status status;
      while (status) status = (*file)->append(chunk);
      CHECK(status.error().kind == ErrorKind::full);
      CHECK((*file)->size() % chunk.size() == 0);
      CHECK(disk.read(folder.path() / "log", 1 << 20)->size() == (*file)->size());
      const auto segment = disk.open_fixed(folder.path() / "segment", 1 << 20);
      REQUIRE_FALSE(segment);
      CHECK(segment.error().kind == ErrorKind::full);
      const auto blob = disk.write_unsynced(folder.path() / "blob", ByteBuffer(500'000));
      REQUIRE_FALSE(blob);
      CHECK(blob.error().kind == ErrorKind::full);
      CHECK(disk.list(folder.path()) == std::vector<Path>{"log"});
    }
    CHECK(::umount(folder.path().c_str()) == 0);
  }
}

TEST_CASE("a private folder is for its owner's eyes only, and goes with it") {
  std::filesystem::path path;
  {
    auto folder = PrivateFolder::create();
    REQUIRE(folder);
    path = folder->path();
    const PrivateFolder moved = *std::move(folder);
    CHECK(std::filesystem::status(path).permissions() == std::filesystem::perms::owner_all);
    REQUIRE(RealDisk().write(path / "inside", as_bytes("x")));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("without a place for temporary files it is said which one is missing") {
  const char* set = ::getenv("TMPDIR");
  const std::string before = set == nullptr ? "" : set;
  REQUIRE(::setenv("TMPDIR", "/nowhere/at/all", 1) == 0);
  const auto folder = PrivateFolder::create();
  set == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before.c_str(), 1);
  REQUIRE_FALSE(folder);
  CHECK(folder.error().kind == ErrorKind::unavailable);
  CHECK(folder.error().what.find("/nowhere/at/all") != std::string::npos);
}

}  // namespace
}  // namespace oree::files
