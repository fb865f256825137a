#include "core/tuf/metadata/paths.h"

#include <doctest/doctest.h>

#include "platform/crypto/crypto.h"

namespace oree::tuf {
namespace {

TEST_CASE("PatternsMatchAsTheSpecificationShows") {
  CHECK(matches_pattern("targets/foo.tgz", "targets/*.tgz"));
  CHECK_FALSE(matches_pattern("targets/foo.txt", "targets/*.tgz"));
  CHECK(matches_pattern("foo-version-2.tgz", "foo-version-?.tgz"));
  CHECK_FALSE(matches_pattern("foo-version-alpha.tgz", "foo-version-?.tgz"));
  CHECK(matches_pattern("foo.tgz", "*.tgz"));
  CHECK(matches_pattern("foo.tgz", "foo.tgz"));
  CHECK_FALSE(matches_pattern("bar.tgz", "foo.tgz"));
}

TEST_CASE("NoWildcardMatchesASlash") {
  CHECK_FALSE(matches_pattern("targets/foo.tgz", "*.tgz"));
  CHECK_FALSE(matches_pattern("a/b", "a?b"));
  CHECK_FALSE(matches_pattern("a/b", "*"));
  CHECK_FALSE(matches_pattern("a/b", "a[/]b"));
  CHECK(matches_pattern("a/b/c", "*/*/*"));
  CHECK_FALSE(matches_pattern("a/b/c", "*/*"));
}

TEST_CASE("ClassesMatchOneCharacter") {
  CHECK(matches_pattern("box-7", "box-[0-9]"));
  CHECK_FALSE(matches_pattern("box-x", "box-[0-9]"));
  CHECK(matches_pattern("box-x", "box-[!0-9]"));
  CHECK(matches_pattern("a]", "a[]]"));
  CHECK(matches_pattern("a[b", "a[b"));
  CHECK(matches_pattern("a-b", "a[b-]b"));
  CHECK(matches_pattern("caf\xC3\xA9", "caf?"));
  CHECK(matches_pattern("\xC3\xA9", "[\xC3\xA0-\xC3\xBF]"));
}

TEST_CASE("ManyStarsEndSoon") {
  const std::string text(5000, 'a');
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "*a";
  CHECK(matches_pattern(text, pattern));
  CHECK_FALSE(matches_pattern(text, pattern + "b"));
}

TEST_CASE("AHashPrefixCoversTheShareOfPathsThatBeginWithIt") {
  Delegation bin;
  const std::string digest = crypto::sha256(as_bytes("models/ducks/2")).hex();
  bin.path_hash_prefixes = {digest.substr(0, 2)};
  CHECK(covers(bin, "models/ducks/2"));
  bin.path_hash_prefixes = {digest.substr(0, 1) + (digest[1] == '0' ? "1" : "0")};
  CHECK_FALSE(covers(bin, "models/ducks/2"));
  bin.path_hash_prefixes = std::vector<std::string>{};
  CHECK_FALSE(covers(bin, "models/ducks/2"));
}

TEST_CASE("NamesCannotLeaveTheirFolder") {
  CHECK(quote_name("../delegated") == "..%2Fdelegated");
  CHECK(quote_name("?") == "%3F");
  CHECK(quote_name("a b#%\xC3\xA9") == "a%20b%23%25%C3%A9");
  CHECK(quote_name("Az09_.-~") == "Az09_.-~");
  CHECK(quote_path("a b/c?.onnx") == "a%20b/c%3F.onnx");
}

TEST_CASE("ACleanPathStaysBelowItsFolder") {
  CHECK(is_clean_path("models/ducks/2.oci"));
  CHECK(is_clean_path("..a"));
  for (const std::string_view path : {"", "/etc/passwd", "../up", "a/../../b", "a//b", "a/", "./a"})
    CHECK_FALSE(is_clean_path(path));
}

TEST_CASE("TheHashStandsBeforeTheFilesName") {
  const TargetFile file{1, {{"sha256", "ab12"}, {"sha512", "cd"}}, {}};
  CHECK(prefixed_path("a/b/net.onnx", file) == "a/b/ab12.net.onnx");
  CHECK(prefixed_path("net.onnx", file) == "ab12.net.onnx");
}

TEST_CASE("APathBelongsToOneBinAndNoOtherNameIsABin") {
  const SuccinctRoles bins{.keys = {}, .bits = 10, .prefix = "bin"};
  // SHA-256 of "a/b.txt", its first ten bits.
  const auto digest = crypto::sha256(as_bytes("a/b.txt")).hex();
  const auto number = std::stoul(digest.substr(0, 3), nullptr, 16) >> 2;
  const std::string own = bin_of(bins, "a/b.txt");
  CHECK(own.size() == 7);
  CHECK(std::stoul(own.substr(4), nullptr, 16) == number);
  CHECK(is_bin(bins, own));
  for (const auto* name : {"bin-000", "bin-3ff"}) CHECK(is_bin(bins, name));
  for (const auto* name :
       {"bin-400", "bin-3FF", "bin-00", "bin-0000", "bin-", "bin-0x1", "bon-000", "bin000"})
    CHECK_FALSE_MESSAGE(is_bin(bins, name), name);
  const SuccinctRoles most{.keys = {}, .bits = 32, .prefix = ""};
  CHECK(bin_of(most, "a/b.txt") == "-" + digest.substr(0, 8));
  CHECK(is_bin(most, bin_of(most, "a/b.txt")));
}

}  // namespace
}  // namespace oree::tuf
