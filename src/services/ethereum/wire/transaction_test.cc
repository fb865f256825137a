#include "services/ethereum/wire/transaction.h"

#include <doctest/doctest.h>

using namespace oree;
using namespace oree::ethereum;

namespace {

Key key46() {
  Word secret;
  secret.fill(std::byte{0x46});
  return *Key::from_secret(secret);
}

const Address k35 = *parse_address("0x3535353535353535353535353535353535353535");

Transaction legacy() {
  return {.chain_id = 1,
          .nonce = 9,
          .fees = {.legacy = true, .highest = 20'000'000'000},
          .gas = 21'000,
          .to = k35,
          .value = 1'000'000'000'000'000'000};
}

Transaction with_base_fee() {
  return {.chain_id = 31'337,
          .nonce = 9,
          .fees = {.highest = 20'000'000'000, .priority = 1'500'000'000},
          .gas = 150'000,
          .to = k35,
          .data = *from_hex("deadbeef00")};
}

}  // namespace

TEST_CASE("TheExampleOfEip155IsReproducedBitForBit") {
  CHECK(to_hex(signing_hash(legacy())) == "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
  const SignedTransaction made = sign(legacy(), key46());
  CHECK(to_hex(made.raw) ==
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a0"
        "28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a0"
        "67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
  CHECK(to_hex(made.hash) == "33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788");
}

// Both made by another implementation (ethers 6) from the same fields.
TEST_CASE("ATransactionWithABaseFeeIsReproducedBitForBit") {
  CHECK(to_hex(signing_hash(with_base_fee())) ==
        "f1fd6f5b4b5859894a6ea01a7d77e6223ea643a355b83b96eac8e6af17d95ab1");
  const SignedTransaction made = sign(with_base_fee(), key46());
  CHECK(to_hex(made.raw) ==
        "02f873827a69098459682f008504a817c800830249f09435353535353535353535353535353535353535358085deadbeef00"
        "c001a0"
        "e61a51a5972cf1e2f969ffd1fe828fb0104c2c95a4aecede396681bfc1d227efa0"
        "15c71f9944b99858f07fbe9a3d18500dde796fd47f1a10ea15e496f41eba6399");
  CHECK(to_hex(made.hash) == "759dadd9c35dc91f3314d4cd7835b8b07a750b54b434ac2c7d0153fc13a103f8");
}

TEST_CASE("AContractIsMadeByATransactionToNobody") {
  const Transaction creation{.chain_id = 1337, .gas = 1'500'000, .data = *from_hex("6001600155")};
  const SignedTransaction made = sign(creation, key46());
  CHECK(to_hex(made.raw) ==
        "02f8568205398080808316e3608080856001600155c001a0465113ea0e0a0c70eb7f06eb5841ca8e750743518468085d278e"
        "045b52675e8f"
        "a05fba13b73ed7db1e6a0c80012be45380358bb2b247bacb6cfdc049289767f39c");
  CHECK(to_hex(made.hash) == "d3053f92999fc206c82a67b5a2429c43a33301f4ffd53c45aa1a324145aa16e7");
}

TEST_CASE("WhatWasSignedReadsBackWithItsSender") {
  for (const Transaction& one : {legacy(), with_base_fee()}) {
    const auto back = parse_transaction(sign(one, key46()).raw);
    REQUIRE(back);
    CHECK(back->transaction == one);
    CHECK(back->sender == key46().address());
  }
}

TEST_CASE("BytesThatAreNoTransactionAreRefused") {
  ByteBuffer raw = sign(with_base_fee(), key46()).raw;
  CHECK_FALSE(parse_transaction(ByteView(raw).first(raw.size() - 1)));
  CHECK_FALSE(parse_transaction(ByteView(raw).subspan(1)));
  CHECK_FALSE(parse_transaction({}));
  CHECK_FALSE(parse_transaction(*from_hex("c0")));
  CHECK_FALSE(parse_transaction(*from_hex("02c0")));
}

TEST_CASE("IntrinsicGasCountsZerosCheaper") {
  CHECK(intrinsic_gas(legacy()) == 21'000);
  CHECK(intrinsic_gas(with_base_fee()) == 21'000 + 4 * 16 + 4);
  CHECK(intrinsic_gas({.data = *from_hex("01")}) == 53'016);
}

TEST_CASE("AContractsAddressFollowsFromSenderAndNonce") {
  // The first contracts of a well-known test account.
  const Address sender = *parse_address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0");
  CHECK(contract_address(sender, 0) == *parse_address("0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"));
  CHECK(contract_address(sender, 1) == *parse_address("0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"));
}
