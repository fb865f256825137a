#include "platform/mqtt/password.h"

#include <doctest/doctest.h>

using namespace oree;
using namespace oree::mqtt;

TEST_CASE("APasswordFitsItsHashAndNoOther") {
  const auto hash = hash_password(as_bytes("correct horse"));
  REQUIRE(hash);
  CHECK(is_password_hash(*hash));
  CHECK(check_password(*hash, as_bytes("correct horse")));
  CHECK_FALSE(check_password(*hash, as_bytes("correct horsf")));
  CHECK_FALSE(check_password(*hash, {}));
  CHECK(*hash != *hash_password(as_bytes("correct horse")));  // salted
}

TEST_CASE("ATextThatIsNoHashFitsNothing") {
  for (const char* text :
       {"", "plain", "$scrypt$14$8$1$$", "$scrypt$40$8$1$AAAA$AAAA", "$md5$14$8$1$AAAA$AAAA"}) {
    CHECK_FALSE(is_password_hash(text));
    CHECK_FALSE(check_password(text, as_bytes("x")));
  }
}
