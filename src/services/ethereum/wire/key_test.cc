#include "services/ethereum/wire/key.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "platform/files/testing/temp_folder.h"
#include "services/ethereum/wire/keccak.h"

using namespace oree;
using namespace oree::ethereum;

namespace {

Word filled(unsigned byte) {
  Word out;
  out.fill(static_cast<std::byte>(byte));
  return out;
}

const Word kHalfOrder = *parse_word("0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");

}  // namespace

TEST_CASE("AKeysAddressIsTheEndOfItsPointsHash") {
  CHECK(Key::from_secret(filled(0x46))->address().text() == "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");
}

TEST_CASE("ZeroAndTheGroupsOrderAreNoKeys") {
  CHECK_FALSE(Key::from_secret(Word{}));
  CHECK_FALSE(Key::from_secret(filled(0xFF)));
}

TEST_CASE("SignaturesAreRepeatableLowAndNameTheirSigner") {
  const Key key = Key::generate();
  CHECK(key.address() != Key::generate().address());
  for (unsigned i = 0; i < 50; ++i) {
    const Word hash = keccak256(filled(i));
    const Signature signature = key.sign(hash);
    CHECK(signature.s <= kHalfOrder);
    CHECK(recover(hash, signature) == key.address());
    CHECK(key.sign(hash).s == signature.s);
    CHECK(recover(keccak256(hash), signature) != key.address());
  }
  CHECK_FALSE(recover(filled(1), Signature{}));
  Signature odd = key.sign(filled(1));
  odd.recovery = 4;
  CHECK_FALSE(recover(filled(1), odd));
}

TEST_CASE("AKeyFileIsForItsOwnerAndNeverOverwritten") {
  const files::testing::TempFolder folder;
  const auto path = folder.path() / "ethereum.key";
  const Key key = Key::generate();
  REQUIRE(key.save(path));
  const auto loaded = Key::load(path);
  REQUIRE(loaded);
  CHECK(loaded->address() == key.address());
  CHECK(Key::generate().save(path).error().kind == ErrorKind::conflict);
  CHECK(Key::load(path)->address() == key.address());

  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  CHECK(Key::load(path).error().kind == ErrorKind::denied);
  CHECK(Key::load(folder.path() / "none").error().kind == ErrorKind::not_found);
}

TEST_CASE("AFileThatHoldsNoKeyIsRefusedByName") {
  const files::testing::TempFolder folder;
  const auto path = folder.path() / "bad.key";
  for (const char* text :
       {"", "0x12", "not hex", "0000000000000000000000000000000000000000000000000000000000000000"}) {
    std::ofstream(path, std::ios::trunc) << text;
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    const auto loaded = Key::load(path);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().kind == ErrorKind::invalid);
    CHECK(loaded.error().what.contains("bad.key"));
  }
}
