#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "platform/crypto/certificates.h"
#include "platform/crypto/cipher.h"
#include "platform/crypto/ecdsa.h"
#include "platform/crypto/hash.h"

namespace oree::crypto {
namespace {

constexpr std::string_view kRoot = R"(-----BEGIN CERTIFICATE-----
MIIBkTCCATegAwIBAgIUc/0B9p/+XwtUThcxrtvk4KWz7kUwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKcGxhbnQgcm9vdDAgFw0yNjExMjkyMDM4MjZaGA8yMTI2MTEw
NTIwMzgyNlowFTETMBEGA1UEAwwKcGxhbnQgcm9vdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABBOz4bTWhgTpamiH32GxcM6WKDs9j44gY0vu/eD1syAeeeu8uP1Z
qMibEcpOTnqMHKwsgpXn/qq/l31UnCouvhmjYzBhMB0GA1UdDgQWBBQsXTfEbyFO
+PdG3ts3BpX+NWYZkTAfBgNVHSMEGDAWgBQsXTfEbyFO+PdG3ts3BpX+NWYZkTAP
BgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAKBggqhkjOPQQDAgNIADBF
AiBsWkPZnX8WAMIOyU+gjeOYG8I2M7Lgqm21heC6cnTt2AIhAO3xtUSrCyT3Pdle
FQvm9W/OVMqmfsIyxqlI58OhadDJ
-----END CERTIFICATE-----
)";
constexpr std::string_view kLeaf = R"(-----BEGIN CERTIFICATE-----
MIIBhTCCASugAwIBAgIUWoEFyxbB/wHvfWyFkeqZvahcgYEwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKcGxhbnQgcm9vdDAgFw0yNjExMjkyMDM4MjZaGA8yMTI2MTEw
NDIwMzgyNlowEjEQMA4GA1UEAwwHcmVsZWFzZTBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABAYy3LNR556YZiSIsiJ94S65h7lkT+7dEO+fQxNl0b32lQa0XhgewrWi
8fGrYqwfwKLnfPP9niR8UFFJiktCP8CjWjBYMAkGA1UdEwQCMAAwCwYDVR0PBAQD
AgeAMB0GA1UdDgQWBBSW5/CTJgbJ5WcZJqgSeSUPEJJa8jAfBgNVHSMEGDAWgBQs
XTfEbyFO+PdG3ts3BpX+NWYZkTAKBggqhkjOPQQDAgNIADBFAiAiKUOLMhy9nz6L
KGQiQMCjE8ZH4sWqrnCwoGlnMogHCQIhAIcoxfXGvMLBaZzzoUS+IuVMTSRMNKM6
R91taYmHuHrj
-----END CERTIFICATE-----
)";
constexpr std::string_view kLeafThatMayNotSign = R"(-----BEGIN CERTIFICATE-----
MIIBhjCCASugAwIBAgIUWoEFyxbB/wHvfWyFkeqZvahcgYIwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKcGxhbnQgcm9vdDAgFw0yNjExMjkyMDM4MjZaGA8yMTI2MTEw
NDIwMzgyNlowEjEQMA4GA1UEAwwHcmVsZWFzZTBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABAYy3LNR556YZiSIsiJ94S65h7lkT+7dEO+fQxNl0b32lQa0XhgewrWi
8fGrYqwfwKLnfPP9niR8UFFJiktCP8CjWjBYMAkGA1UdEwQCMAAwCwYDVR0PBAQD
AgUgMB0GA1UdDgQWBBSW5/CTJgbJ5WcZJqgSeSUPEJJa8jAfBgNVHSMEGDAWgBQs
XTfEbyFO+PdG3ts3BpX+NWYZkTAKBggqhkjOPQQDAgNJADBGAiEArpojfQD0RAwd
jZtTJY/Z6FbkWNthCY0pu3wnHlK7obYCIQC/K6nymNREDXcKjbUCTw/ixg/AwG+u
eFIPpJW82Mtrlg==
-----END CERTIFICATE-----
)";

ByteBuffer hex(std::string_view text) {
  return from_hex(text).value();
}

SecretKey key_of(std::string_view text) {
  return *SecretKey::from_bytes(hex(text));
}

TEST_CASE("EachCurveSignsWithItsDigestAndReadsItsOwnPem") {
  for (const Curve curve : {Curve::p256, Curve::p384, Curve::p521}) {
    CAPTURE(curve_name(curve));
    const auto made = EcSigningKey::generate(curve);
    const auto key = EcSigningKey::from_pem(made.pem());
    REQUIRE(key.has_value());
    CHECK(key->public_key() == made.public_key());
    const auto other_half = EcPublicKey::from_pem(made.public_key().pem());
    REQUIRE(other_half.has_value());
    CHECK(other_half->curve() == curve);
    auto signature = key->sign(as_bytes("a network"));
    CHECK(other_half->verify(as_bytes("a network"), signature));
    CHECK_FALSE(other_half->verify(as_bytes("a Network"), signature));
    const auto halves = raw_signature(signature, curve);
    REQUIRE(halves.has_value());
    CHECK(made.public_key().point().size() == halves->size() + 1);
    signature.back() ^= std::byte{1};
    CHECK_FALSE(other_half->verify(as_bytes("a network"), signature));
  }
}

TEST_CASE("AKeyOfAnotherKindIsRefused") {
  constexpr std::string_view kEd25519 =
      "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
      "-----END PUBLIC KEY-----\n";
  CHECK(EcPublicKey::from_pem(kEd25519).error().kind == ErrorKind::invalid);
  CHECK(EcPublicKey::from_pem("nothing").error().kind == ErrorKind::invalid);
  CHECK(EcSigningKey::from_pem(kEd25519).error().kind == ErrorKind::invalid);
}

TEST_CASE("ACertificateLeadsToItsRootAndToNoOther") {
  const auto leaf = Certificate::from_pem(kLeaf)->front();
  const auto root = Certificate::from_pem(kRoot)->front();
  CHECK(leaf.subject() == "CN=release");
  CHECK(leaf.may_sign());
  CHECK_FALSE(Certificate::from_pem(kLeafThatMayNotSign)->front().may_sign());
  CHECK_FALSE(root.may_sign());
  CHECK(verify_chain(leaf, {}, {root}, leaf.not_before()).has_value());
  const auto alone = verify_chain(leaf, {root}, {}, leaf.not_before());
  REQUIRE_FALSE(alone.has_value());
  CHECK(alone.error().kind == ErrorKind::denied);
  const auto in_1970 = verify_chain(leaf, {}, {root}, WallTime{});
  REQUIRE_FALSE(in_1970.has_value());
  CHECK(in_1970.error().what.find("not yet valid") != std::string::npos);
}

TEST_CASE("ACertificateComesBackAsItWasAndNothingMayFollowIt") {
  const auto leaf = Certificate::from_pem(kLeaf)->front();
  auto der = leaf.der();
  REQUIRE(Certificate::from_der(der).has_value());
  CHECK(*Certificate::from_der(der)->public_key() == *leaf.public_key());
  der.push_back(std::byte{0});
  CHECK_FALSE(Certificate::from_der(der).has_value());
  CHECK_FALSE(Certificate::from_der({}).has_value());
}

// RFC 3394, 4.6.
TEST_CASE("WrapsAKeyAsTheStandardSays") {
  const auto with = key_of("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const auto key = key_of("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
  auto wrapped = wrap_key(with, key);
  CHECK(to_hex(wrapped) ==
        "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");
  const auto back = unwrap_key(with, wrapped);
  REQUIRE(back.has_value());
  CHECK(std::ranges::equal(back->bytes(), key.bytes()));
  CHECK_FALSE(unwrap_key(key, wrapped).has_value());
  for (size_t i = 0; i < wrapped.size(); ++i) {
    wrapped[i] ^= std::byte{1};
    CHECK_FALSE(unwrap_key(with, wrapped).has_value());
    wrapped[i] ^= std::byte{1};
  }
  CHECK_FALSE(unwrap_key(with, ByteView(wrapped).first(32)).has_value());
}

// The Galois/Counter Mode of Operation, McGrew and Viega, test case 14.
TEST_CASE("SealsAsTheStandardSaysAndOpensNothingElse") {
  AesGcm cipher(key_of(std::string(64, '0')));
  const GcmNonce nonce{};
  const ByteBuffer plain(16);
  ByteBuffer sealed(32), opened(16, std::byte{7});
  cipher.seal(nonce, {}, plain, sealed);
  CHECK(to_hex(sealed) == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
  CHECK(cipher.open(nonce, {}, sealed, opened));
  CHECK(opened == plain);
  CHECK_FALSE(cipher.open(nonce, as_bytes("other"), sealed, opened));
  sealed[3] ^= std::byte{1};
  opened.assign(16, std::byte{7});
  CHECK_FALSE(cipher.open(nonce, {}, sealed, opened));
  CHECK(opened == ByteBuffer(16));  // nothing of it stays
}

// RFC 7693, appendix A, and FIPS 180-4's "abc".
TEST_CASE("DigestsAreChosenByTheirName") {
  const auto of = [](std::string_view name) {
    Hash hash(parse_hash_name(name).value());
    hash.update(as_bytes("a"));
    hash.update(as_bytes("bc"));
    return to_hex(hash.finish());
  };
  CHECK(of("sha256") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(of("blake2b").starts_with("ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"));
  CHECK_FALSE(parse_hash_name("md5").has_value());
}

}  // namespace
}  // namespace oree::crypto
