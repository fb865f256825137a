#include "services/oip/shared_memory.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "services/oip/testing/shared_object.h"

namespace oree::oip {
namespace {

std::string failure(const auto& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().what;
}

TEST_CASE("APartIsTheClientsOwnMemory") {
  testing::SharedObject object(8192);
  SharedMemory memory;
  REQUIRE(memory.add("r", object.key(), 100, 1000));  // no page starts there
  const auto part = memory.part("r", 8, 16);
  REQUIRE(part.has_value());
  CHECK(part->bytes.size() == 16);
  object.bytes()[108] = std::byte{42};
  CHECK(part->bytes[0] == std::byte{42});
  part->bytes[1] = std::byte{43};
  CHECK(object.bytes()[109] == std::byte{43});
}

TEST_CASE("ARemovedRegionStaysForWhoeverHoldsAPart") {
  testing::SharedObject object(4096);
  SharedMemory memory;
  REQUIRE(memory.add("r", object.key(), 0, 4096));
  const auto part = memory.part("r", 0, 4096);
  REQUIRE(part.has_value());
  memory.remove("r");
  memory.remove("r");  // no error
  std::ranges::fill(part->bytes, std::byte{7});
  CHECK(object.bytes()[4095] == std::byte{7});
  CHECK(failure(memory.part("r", 0, 1)) == "Unable to find shared memory region: 'r'");
}

TEST_CASE("StatusListsOneOrAll") {
  testing::SharedObject object(4096);
  SharedMemory memory;
  REQUIRE(memory.add("b", object.key(), 0, 16));
  REQUIRE(memory.add("a", object.key(), 16, 32));
  const auto all = memory.status("");
  REQUIRE(all.has_value());
  REQUIRE(all->size() == 2);
  CHECK((*all)[0].name == "a");
  CHECK((*all)[0].key == object.key());
  CHECK((*all)[0].offset == 16);
  CHECK((*all)[0].byte_size == 32);
  CHECK(memory.status("b")->size() == 1);
  CHECK(failure(memory.status("c")) == "Unable to find system shared memory region: 'c'");
  memory.remove_all();
  CHECK(memory.status("")->empty());
}

TEST_CASE("RefusesWhatIsOutsideOfAnObjectOrARegion") {
  testing::SharedObject object(4096);
  SharedMemory memory;
  const std::string key = object.key();
  constexpr uint64_t kHuge = ~uint64_t{0};
  const std::string refused = "failed to register shared memory region 'r': ";
  CHECK(failure(memory.add("r", key, 0, 4097)) == refused + "invalid args");
  CHECK(failure(memory.add("r", key, 4097, 1)) == refused + "invalid args");
  CHECK(failure(memory.add("r", key, 1, kHuge)) == refused + "invalid args");
  CHECK(failure(memory.add("r", key, kHuge, 2)) == refused + "invalid args");
  CHECK(failure(memory.add("r", key, 0, 0)) == refused + "invalid args");
  CHECK(failure(memory.add("r", "../etc/passwd", 0, 1)) ==
        refused + "'../etc/passwd' is no key of shared memory");
  CHECK(failure(memory.add("r", "", 0, 1)) == "Unable to open shared memory region: ''");
  CHECK(failure(memory.add("r", "/oree-no-such", 0, 1)) ==
        "Unable to open shared memory region: '/oree-no-such'");
  REQUIRE(memory.add("r", key, 0, 64));
  CHECK(failure(memory.add("r", key, 0, 64)) == "shared memory region 'r' already in manager");
  CHECK(failure(memory.part("r", 64, 1)) == "Invalid offset for shared memory region: 'r'");
  CHECK(failure(memory.part("r", 60, 5)) == "Invalid offset + byte size for shared memory region: 'r'");
  CHECK(failure(memory.part("r", 1, kHuge)) == "Invalid offset + byte size for shared memory region: 'r'");
  object.resize(32);
  CHECK(failure(memory.part("r", 0, 1)) ==
        "shared memory region 'r' has become shorter since it was registered");
}

}  // namespace
}  // namespace oree::oip
