#include "platform/crypto/crypto.h"

#include <doctest/doctest.h>

#include <set>

#include "base/ids.h"
#include "platform/crypto/crc32c.h"
#include "platform/crypto/hmac.h"

namespace oree::crypto {
namespace {

TEST_CASE("Sha256GivesTheDigestsOfTheStandard") {
  CHECK(sha256({}).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256(as_bytes("abc")).hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).hex() ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("Sha256InPiecesEqualsSha256AtOnce") {
  const std::string text(1000, 'x');
  for (const size_t cut : {0u, 1u, 63u, 64u, 65u, 999u, 1000u}) {
    Sha256 hash;
    hash.update(as_bytes(text).first(cut));
    hash.update(as_bytes(text).subspan(cut));
    CHECK(hash.finish() == sha256(as_bytes(text)));
  }
}

TEST_CASE("HmacGivesTheDigestsOfRfc4231") {
  CHECK(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")).hex() ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("Md5GivesTheDigestsOfRfc1321") {
  CHECK(to_hex(md5(as_bytes("abc"))) == "900150983cd24fb0d6963f7d28e17f72");
}

TEST_CASE("ParsesOnlyDigestsItWouldPrint") {
  const Digest digest = sha256(as_bytes("abc"));
  CHECK(parse_digest(digest.hex()) == digest);
  CHECK_FALSE(parse_digest(""));
  CHECK_FALSE(parse_digest(digest.hex().substr(1)));
  CHECK_FALSE(parse_digest(digest.hex() + "00"));
  std::string upper = digest.hex();
  upper[0] = 'B';
  CHECK_FALSE(parse_digest(upper));
  std::string no_hex = digest.hex();
  no_hex[5] = 'g';
  CHECK_FALSE(parse_digest(no_hex));
}

TEST_CASE("Crc32cMatchesTheVectorsOfRfc3720") {
  CHECK(crc32c(as_bytes("123456789")) == 0xE3069283);
  CHECK(crc32c(ByteBuffer(32, std::byte{0})) == 0x8A9136AA);
  CHECK(crc32c(ByteBuffer(32, std::byte{0xff})) == 0x62A8AB43);
  CHECK(crc32c({}) == 0);
}

TEST_CASE("EveryWayToComputeCrc32cAgreesAtEveryLengthAndSplit") {
  ByteBuffer bytes(257);
  random_bytes(bytes);
  for (size_t n = 0; n <= bytes.size(); ++n) {
    const ByteView part = ByteView(bytes).first(n);
    const uint32_t whole = crc32c_by_table(part, 0);
    CHECK(crc32c(part) == whole);
    if (has_crc32c_instructions()) CHECK(crc32c_by_instructions(part, 0) == whole);
    CHECK(crc32c(part.subspan(n / 3), crc32c(part.first(n / 3))) == whole);
  }
}

TEST_CASE("Base64MatchesTheVectorsOfRfc4648") {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    CHECK(base64(as_bytes(plain)) == coded);
    const auto decoded = from_base64(coded);
    REQUIRE(decoded);
    CHECK(as_text(*decoded) == plain);
  }
}

TEST_CASE("Base64RefusesWhatItWouldNotHavePrinted") {
  for (const std::string_view bad :
       {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v\n", "Z=9v", "=", "====", "Zm 9", "Zm-_"}) {
    CAPTURE(bad);
    CHECK_FALSE(from_base64(bad));
  }
}

TEST_CASE("UuidsAreDistinctAndSortByTime") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(new_uuid(1'700'000'000'000));
  CHECK(seen.size() == 1000);
  CHECK(is_uuid(*seen.begin()));
  CHECK(new_uuid(1'700'000'000'001) > *seen.rbegin());
}

}  // namespace
}  // namespace oree::crypto
