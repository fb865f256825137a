#include "platform/crypto/verifying_key.h"

#include <doctest/doctest.h>

#include "platform/crypto/signing.h"

namespace oree::crypto {
namespace {

// Made by 'openssl dgst -sign' over the seven bytes "order 1".
constexpr std::string_view kEcKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEknUUh+fR6gy3cttYcdTaWNDr0Oig\n"
    "xrLLQbVG4ArXcAhJXJ+BFfvj7Z0U9NxBg6JZi4XJ+Ye9QfC2uiUKAl+pPw==\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kEcSignature =
    "3046022100e5194629b333b5a0a684d03e0645d0c2614c6d7b2fd3c898bdc298fc2e92b2ed022100c4b7eeaabece86bb"
    "209dffce0a00e0f165b72d108818895bc1bf97a965c3e3d5";
constexpr std::string_view kEc384Key =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE7WZoMQDpq3xuKlN5kNhkQDgBGnhdtbiV\n"
    "8wm/ukpywIv80AjaWAPu/VL//kzLtJcSw8Vg2oEXlOWagFL2QeAawLjH/M4x1NME\n"
    "72Z6ps8tQK8M/rPxSOvCXssLVVqZmXjc\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kRsaKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA+oPCrQF2ESeja5wQ92+L\n"
    "NMt8hg3vjsmj352JsGtqJKWAE9OEiOfQ1j/7iqfzFtf1yueihm8/322wHijOrp7B\n"
    "US5Dyrc1lOFGE57I/mAgaDhAclpynhvzdhEBRg/GvqZm0Qiiilumcn70MbCoX+PI\n"
    "dDk0HG0Hmo9ShSF7jZNg5qUoXMoSF0JnI/zW/V3+TTn+/DIBqi4/y8Xnwkez818N\n"
    "tLCezaIlo7S+unYJrTQsuSjvfNaq74i0STMtWsTsYE7nRpw8/cr4MvgJCVs/CQsS\n"
    "DUtcXghAb9khZg15TfIzF/ZndllxzV67CG8c25JI4+23gdhF8GQii4dT8XT/PBHP\n"
    "9QIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kRsaSalt32 =
    "437b4f19a76b4132f602334b70ddb72790db8c5bfb62234a657b4f3d9cd176f4edcd927c7fcb9417bcf9dfb54dd4b46f"
    "493cd75499c6ff662e6473521bec84d2f5be9d6c99e7a8138eed06cb6136af18ce86d915e6879c4d4e1a0ede903df34f"
    "22f5c772fe4d4232c1ffb9ba8f4a95833abf3a67b2462d48375788bddda6cb3e9fe7e29e097332b979273950dc695137"
    "b3795604f46a057a5f16592d4c33e026bb8ff1fd37447b8de9e9df2227dc85e0edf4464ba55c297d641eacc11344b8cc"
    "bbf777b90fc08e3c81908cdd5d3204750b1a5ed8c072c89747e5c160b3ff00919af9fc99f4046a724b67a16bae55a379"
    "5e0fa58eaf2786a32a124076fdc35277";
constexpr std::string_view kRsaSaltMax =
    "3572399ff073c0dd775919a1bb4362df344e208eeea470c2faa1c8e9d6e184450817cce333be5684d827dd84741135f2"
    "703205179b63309daf3d17d26045d66f41509be13d8c64a58e483e69cd07cc5197cc02a94867bdafd4f9937bbd777db0"
    "3fb20d488829d5268d1d60bbcea68bb8f601cc66bf39ffac45d1c54be40080a8a63e91fa8921cfa676f8097bba413a17"
    "af91b9658dd8ece4a6e9d907b3a3fca7fc6deffeac0e7203719ca067b03a8cc449998f52d3b8957bbd53f7c3747356ea"
    "a50bf2b3a3bd0569d866d06c2f711c4fdbf57f737ccd2dadc3d2906de00f3a614f5d885c16602b2105520743a95484ef"
    "004675f8f63af6b476c8b5c2f4a819b8";
constexpr std::string_view kRsaPkcs1 =
    "f4ce2807efcfbc7d623972544f6830b4978728fec58ba7cc36c1cb107a04124f736f73d7237a0583320da5f8773bf5f1"
    "f90ce59b9b99b216619a6d671c00707b5e9c3c8bf1d689bc570897c78219e9407f3409b62fbfec5fc1fe316a48f3904d"
    "3fcd1927ea41296d01d49d6937cca9840f2e1477ec549c20a28ad486202eff044c37105d5bc408576ca863ca6fb60249"
    "318fd7929261b786cb3bd21c9f546d7fd18025ab850f9e0c56bbd465864357b8de4c331b9559136edcbffb0f9749ffec"
    "3d20539bcb9f43d45689672c9fc8d45d24391469c51ed8a911fffb60db2f41099a57a815fcc0cb491cfd55ad2c047c83"
    "7710ce4cb261ec213e92527a905be36c";
constexpr std::string_view kRsa1024Key =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDA1M/0xWKgwRCQZKWuvUtr2G7f\n"
    "63dvNkp8n6GBPfsZUTxnufr0qLfIZ487JoYwOGCRwFfY6+Wl5AzKMv2P+DHbX3Di\n"
    "uw9WjX5OXPyekGGkx9XjXPH8p5IRA1ytjGdhjVeKSzO1s9LtzSU4BX8hzAm630dy\n"
    "/hFk15moSept7G+C6QIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

bool holds(std::string_view scheme, std::string_view key, std::string_view signature,
           std::string_view message = "order 1") {
  return VerifyingKey::parse(scheme, key)->verify(as_bytes(message), from_hex(signature).value());
}

TEST_CASE("ChecksEcdsaAsOpensslSignsIt") {
  CHECK(holds("ecdsa-sha2-nistp256", kEcKey, kEcSignature));
  CHECK_FALSE(holds("ecdsa-sha2-nistp256", kEcKey, kEcSignature, "order 2"));
  CHECK_FALSE(holds("ecdsa-sha2-nistp256", kEcKey, kEcSignature.substr(2)));
  CHECK_FALSE(holds("ecdsa-sha2-nistp256", kEcKey, ""));
}

TEST_CASE("ChecksRsaPssWithAnySaltAndNoOtherPadding") {
  CHECK(holds("rsassa-pss-sha256", kRsaKey, kRsaSalt32));
  CHECK(holds("rsassa-pss-sha256", kRsaKey, kRsaSaltMax));
  CHECK_FALSE(holds("rsassa-pss-sha256", kRsaKey, kRsaPkcs1));
  CHECK_FALSE(holds("rsassa-pss-sha256", kRsaKey, kRsaSalt32, "order 2"));
}

TEST_CASE("ChecksEd25519ByItsHexKey") {
  const SigningKey key = SigningKey::generate();
  const auto hex = to_hex(key.public_key().bytes);
  CHECK(holds("ed25519", hex, to_hex(key.sign(as_bytes("order 1")))));
  CHECK_FALSE(holds("ed25519", hex, to_hex(key.sign(as_bytes("order 2")))));
}

TEST_CASE("RefusesKeysThatAreWeakOrOfAnotherKind") {
  CHECK(VerifyingKey::parse("rsassa-pss-sha256", kRsa1024Key).error().kind == ErrorKind::invalid);
  CHECK(VerifyingKey::parse("ecdsa-sha2-nistp256", kEc384Key).error().kind == ErrorKind::invalid);
  CHECK(VerifyingKey::parse("ecdsa-sha2-nistp256", kRsaKey).error().kind == ErrorKind::invalid);
  CHECK(VerifyingKey::parse("rsassa-pss-sha256", kEcKey).error().kind == ErrorKind::invalid);
  CHECK(VerifyingKey::parse("ed25519", kEcKey).error().kind == ErrorKind::invalid);
  CHECK(VerifyingKey::parse("ed25519", "00ff").error().kind == ErrorKind::invalid);
  CHECK(VerifyingKey::parse("rsa-pkcs1v15-sha256", kRsaKey).error().kind == ErrorKind::unsupported);
}

TEST_CASE("OneKeyWrittenTwiceIsOneKey") {
  const std::string padded = std::string(kEcKey) + "\n";
  CHECK(VerifyingKey::parse("ecdsa-sha2-nistp256", kEcKey)->der() ==
        VerifyingKey::parse("ecdsa-sha2-nistp256", padded)->der());
}

TEST_CASE("AnEncryptedKeyOpensWithItsPassphraseOnly") {
  const SigningKey key = SigningKey::generate();
  const std::string pem = key.encrypted_pem("correct horse");
  CHECK(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
  CHECK(SigningKey::from_pem(pem, "correct horse")->public_key() == key.public_key());
  CHECK(SigningKey::from_pem(pem, "battery staple").error().kind == ErrorKind::denied);
  CHECK(SigningKey::from_pem(pem).error().kind == ErrorKind::denied);
  CHECK(SigningKey::from_pem(key.pem(), "needless")->public_key() == key.public_key());
}

}  // namespace
}  // namespace oree::crypto
