#include "services/deployment/download/part_file.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "platform/files/testing/fake_disk.h"

namespace oree::deployment {
namespace {

using files::testing::FakeDisk;

constexpr const char* kFolder = "/data/incoming";
const std::string kText(10'000, 'x');
const crypto::Digest kDigest = crypto::sha256(as_bytes(kText));

std::unique_ptr<PartFile> open(FakeDisk& disk, const std::string& boot) {
  REQUIRE(disk.make_folder(kFolder));
  auto part = PartFile::open(disk, kFolder, kDigest, kText.size(), boot);
  REQUIRE(part);
  return std::move(*part);
}

TEST_CASE("AProcessThatIsKilledLosesNothingOfWhatCame") {
  FakeDisk disk;
  REQUIRE(open(disk, "boot-1")->append(as_bytes(kText).first(4000)));
  auto part = open(disk, "boot-1");
  CHECK(part->size() == 4000);
  REQUIRE(part->append(as_bytes(kText).subspan(4000)));
  REQUIRE(part->finish("/data/incoming/whole"));
  CHECK(as_text(*disk.read("/data/incoming/whole", 1 << 20)) == kText);
  CHECK(disk.list(kFolder) == std::vector<files::Path>{"whole"});
}

TEST_CASE("AfterAnotherBootOnlyWhatWasSettledIsBelieved") {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    FakeDisk disk(seed);
    {
      auto part = open(disk, "boot-1");
      REQUIRE(part->append(as_bytes(kText).first(3000)));
      REQUIRE(part->settle());
      REQUIRE(part->append(as_bytes(kText).subspan(3000, 5000)));
    }
    disk.lose_power_after(0);
    disk.restore_power();
    auto part = open(disk, "boot-2");
    CHECK(part->size() == 3000);
    REQUIRE(part->append(as_bytes(kText).subspan(3000)));
    CHECK(part->finish("/data/incoming/whole"));
  }
}

TEST_CASE("WrongBytesAreNeverHandedOnAndNothingOfThemIsKept") {
  FakeDisk disk;
  auto part = open(disk, "boot-1");
  REQUIRE(part->append(as_bytes(std::string(kText.size(), 'y'))));
  const auto refused = part->finish("/data/incoming/whole");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::corrupt);
  CHECK(disk.list(kFolder)->empty());
}

TEST_CASE("MoreThanWasAnnouncedIsRefused") {
  FakeDisk disk;
  auto part = open(disk, "boot-1");
  const auto refused = part->append(as_bytes(kText + "!"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK(part->size() == 0);
}

TEST_CASE("AFullDiskSaysSoAndWhatIsThereStays") {
  FakeDisk disk;
  {
    auto part = open(disk, "boot-1");
    REQUIRE(part->append(as_bytes(kText).first(4000)));
    disk.set_capacity(disk.used_bytes() + 100);
    const auto full = part->append(as_bytes(kText).subspan(4000));
    REQUIRE_FALSE(full);
    CHECK(full.error().kind == ErrorKind::full);
  }
  disk.set_capacity(1 << 20);
  CHECK(open(disk, "boot-1")->size() == 4000);
}

TEST_CASE("ADamagedMarkCostsADownloadAndNothingElse") {
  FakeDisk disk;
  REQUIRE(open(disk, "boot-1")->append(as_bytes(kText).first(4000)));
  REQUIRE(disk.write(cat(kFolder, "/", kDigest.hex(), ".mark"), as_bytes("no such words at all")));
  CHECK(open(disk, "boot-1")->size() == 0);
}

}  // namespace
}  // namespace oree::deployment
