#include "platform/crypto/signing.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "platform/crypto/crypto.h"

namespace oree::crypto {
namespace {

std::array<std::byte, 32> seed_of(std::string_view hex) {
  std::array<std::byte, 32> seed{};
  const auto bytes = from_hex(hex).value();
  std::copy(bytes.begin(), bytes.end(), seed.begin());
  return seed;
}

// RFC 8032, 7.1, test 2.
TEST_CASE("SignsAsTheStandardSays") {
  const auto key =
      SigningKey::from_seed(seed_of("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  CHECK(to_hex(key.public_key().bytes) == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const std::byte message[] = {std::byte{0x72}};
  CHECK(to_hex(key.sign(message)) ==
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST_CASE("ASignatureHoldsForItsMessageAndItsKeyOnly") {
  const SigningKey ours = SigningKey::generate();
  Signature signature = ours.sign(as_bytes("order 1"));
  CHECK(verify(ours.public_key(), as_bytes("order 1"), signature));
  CHECK_FALSE(verify(ours.public_key(), as_bytes("order 2"), signature));
  CHECK_FALSE(verify(SigningKey::generate().public_key(), as_bytes("order 1"), signature));
  CHECK_FALSE(verify(ours.public_key(), as_bytes("order 1"), ByteView(signature).first(63)));
  signature[10] ^= std::byte{1};
  CHECK_FALSE(verify(ours.public_key(), as_bytes("order 1"), signature));
}

TEST_CASE("KeysComeBackFromTheirText") {
  const SigningKey ours = SigningKey::generate();
  const auto again = SigningKey::from_pem(ours.pem());
  REQUIRE(again);
  CHECK(again->public_key() == ours.public_key());
  CHECK(again->sign(as_bytes("m")) == ours.sign(as_bytes("m")));
  CHECK(parse_public_key(ours.public_key().base64()).value() == ours.public_key());
  CHECK(parse_public_key(ours.public_key().pem()).value() == ours.public_key());
}

TEST_CASE("WhatIsNoKeyIsRefusedWithASentence") {
  CHECK(parse_public_key("").error().kind == ErrorKind::invalid);
  CHECK(parse_public_key("AAAA").error().kind == ErrorKind::invalid);
  CHECK(parse_public_key("-----BEGIN PUBLIC KEY-----\nAAAA\n").error().kind == ErrorKind::invalid);
  CHECK(SigningKey::from_pem("nonsense").error().kind == ErrorKind::invalid);
}

}  // namespace
}  // namespace oree::crypto
