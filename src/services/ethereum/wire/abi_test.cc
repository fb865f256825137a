#include "services/ethereum/wire/abi.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "services/ethereum/wire/keccak.h"

using namespace oree;
using namespace oree::ethereum;

namespace {

Address address(char digit) {
  return *parse_address("0x" + std::string(40, digit));
}

std::string hash_of(size_t count, std::byte filler) {
  return to_hex(keccak256(ByteBuffer(count, filler)));
}

}  // namespace

// Digests from the Keccak team's vectors and a second implementation, on both sides of the block's size.
TEST_CASE("KeccakGivesThePublishedDigests") {
  CHECK(hash_of(0, {}) == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  const std::byte a3{0xA3};
  CHECK(hash_of(135, a3) == "3d28d08c3dacab77392064a939f3e7f8d03f2e02e2c664ac08a05f63ac652626");
  CHECK(hash_of(136, a3) == "b82d89d96e5575d11a9e1f4cabb2a45e60899e69a19a724cd796bdcf13511018");
  CHECK(hash_of(200, a3) == "3a57666b048777f2c953dc4456f45a2588e1cb6f2da760122d530ac2ce607d4a");
}

TEST_CASE("SelectorsAndTopicsAreHashesOfSignatures") {
  CHECK(to_hex(abi::selector("transfer(address,uint256)")) == "a9059cbb");
  CHECK(to_hex(abi::topic("Executed(bytes32,bytes32,bytes32)")) ==
        "6f960fe9a68f90f4073311a72acbdda239a2c2e53bb2fe485fc7bc63b0bc9141");
}

TEST_CASE("ArgumentsWithoutFixedSizeLieBehindTheOthers") {
  const Address list[] = {address('1'), address('2')};
  const ByteBuffer made = abi::Call().addresses(list).number(2).address(address('3')).finish();
  const std::string zeros(24, '0');
  CHECK(to_hex(made) == cat(std::string(62, '0'), "60", std::string(63, '0'), "2", zeros,
                            std::string(40, '3'), std::string(63, '0'), "2", zeros, std::string(40, '1'),
                            zeros, std::string(40, '2')));
  const auto back = abi::Reader(made).addresses(0);
  REQUIRE(back);
  CHECK(*back == std::vector<Address>{list[0], list[1]});
}

TEST_CASE("BytesAreFilledUpToWholeWords") {
  const ByteBuffer payload(33, std::byte{0xAB});
  const ByteBuffer made = abi::Call().number(7).bytes(payload).finish();
  CHECK(made.size() == 5 * 32);
  const auto back = abi::Reader(made).bytes(1);
  REQUIRE(back);
  CHECK(to_hex(*back) == to_hex(payload));
}

TEST_CASE("AnAnswerThatPointsOutsideItselfIsRefused") {
  CHECK_FALSE(abi::Reader({}).word(0));
  CHECK_FALSE(abi::Reader(abi::Call().number(64).finish()).bytes(0));
  CHECK_FALSE(abi::Reader(abi::Call().number(UINT64_MAX).finish()).bytes(0));
  CHECK_FALSE(abi::Reader(abi::Call().number(32).number(1).finish()).bytes(0));
  CHECK_FALSE(abi::Reader(abi::Call().number(32).number(UINT64_MAX).finish()).addresses(0));
  Word large{};
  large[23] = std::byte{1};
  CHECK_FALSE(abi::word_number(large));
  large = {};
  large[11] = std::byte{1};
  CHECK_FALSE(abi::word_address(large));
}

TEST_CASE("ARevertWithASentenceSaysIt") {
  const ByteBuffer data = abi::Call("Error(string)").bytes(as_bytes("not today")).finish();
  CHECK(abi::revert_text(data) == "not today");
  CHECK(abi::revert_text(ByteView(data).first(20)).empty());
  CHECK(abi::revert_text(abi::Call("Expired()").finish()).empty());
}

TEST_CASE("AddressesCarryAChecksumInTheirCase") {
  // The examples of EIP-55.
  for (const char* good :
       {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"}) {
    const auto parsed = parse_address(good);
    REQUIRE(parsed);
    CHECK(parsed->text() == good);
    CHECK(parse_address(lower(good)) == *parsed);
  }
  CHECK_FALSE(parse_address("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"));
  CHECK_FALSE(parse_address("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeA"));
  CHECK_FALSE(parse_address("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"));
}

TEST_CASE("QuantitiesAreHexWithoutLeadingZeros") {
  CHECK(quantity_text(0) == "0x0");
  CHECK(quantity_text(1024) == "0x400");
  CHECK(parse_quantity("0x400") == 1024);
  CHECK(parse_quantity("0xffffffffffffffff") == UINT64_MAX);
  for (const char* wrong : {"0x", "", "400", "0x1ffffffffffffffff", "0x4g", "0x-4", "0x 4"}) {
    CHECK_FALSE(parse_quantity(wrong));
  }
}
