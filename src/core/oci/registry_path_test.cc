#include "core/oci/registry_path.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "core/oci/content_digest.h"

namespace oree::oci {
namespace {

const std::string kDigest = cat("sha256:", std::string(64, 'a'));

TEST_CASE("APathBelowV2IsWhatTheSpecificationSays") {
  using enum RegistryThing;
  CHECK(parse_registry_path("") == RegistryPath{base, "", ""});
  CHECK(parse_registry_path("_catalog") == RegistryPath{catalog, "", ""});
  CHECK(parse_registry_path("ducks/tags/list") == RegistryPath{tags, "ducks", ""});
  CHECK(parse_registry_path("plant/ducks/manifests/3") == RegistryPath{manifest, "plant/ducks", "3"});
  CHECK(parse_registry_path(cat("a/b/c/blobs/", kDigest)) == RegistryPath{blob, "a/b/c", kDigest});
  CHECK(parse_registry_path(cat("a/referrers/", kDigest)) == RegistryPath{referrers, "a", kDigest});
  for (const char* path : {"ducks/blobs/uploads", "ducks/blobs/uploads/"})
    CHECK(parse_registry_path(path) == RegistryPath{uploads, "ducks", ""});
  CHECK(parse_registry_path("ducks/blobs/uploads/17") == RegistryPath{upload, "ducks", "17"});
  // Repositories may be called as the words are.
  CHECK(parse_registry_path("blobs/manifests/tags/list") == RegistryPath{tags, "blobs/manifests", ""});
  CHECK(parse_registry_path("manifests/manifests/manifests/3") ==
        RegistryPath{manifest, "manifests/manifests", "3"});
  for (const char* path : {"ducks", "/tags/list", "manifests/3", "ducks/other/3"})
    CHECK(parse_registry_path(path).name.empty());
}

TEST_CASE("TagsOfAQueryAreThoseOfThatName") {
  CHECK(tags_of_query("", 9).empty());
  CHECK(tags_of_query("tag=a&other=b&tag=c%2Dd&tags=e", 9) == std::vector<std::string>{"a", "c-d"});
  CHECK(tags_of_query("tag=a&tag=b&tag=c&tag=d", 2).size() == 3);
}

TEST_CASE("RepositoriesAndTagsAreCalledAsTheSpecificationAllows") {
  for (const char* name : {"a", "a/b", "a-b", "a--b", "a_b", "a__b", "a.b", "0/9"}) {
    CAPTURE(name);
    CHECK(is_repository_name(name));
  }
  for (const char* name :
       {"", "A", "-a", "a-", "a//b", "/a", "a/", "a___b", "a..b", "a._b", "a b", "a/../b"}) {
    CAPTURE(name);
    CHECK_FALSE(is_repository_name(name));
  }
  CHECK(is_tag_name("v1.0-rc_2"));
  CHECK_FALSE(is_tag_name(".v1"));
  CHECK_FALSE(is_tag_name(std::string(129, 'a')));
}

TEST_CASE("ARangeHasTwoEndsInOrder") {
  CHECK(parse_content_range("0-99")->last == 99);
  CHECK(parse_content_range("bytes=5-5")->first == 5);
  for (const char* text : {"", "5", "9-5", "-5", "5-", "a-b", "0-18446744073709551615"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_content_range(text));
  }
}

TEST_CASE("ADigestIsOneOfTwoAlgorithmsInSmallLetters") {
  const std::string a64(64, 'a'), a128(128, 'a');
  CHECK(parse_content_digest(cat("sha256:", a64))->algorithm == crypto::HashAlgorithm::sha256);
  CHECK(parse_content_digest(cat("sha512:", a128))->algorithm == crypto::HashAlgorithm::sha512);
  for (const auto& wrong :
       {std::string(), a64, cat("sha256:", a128), cat("sha512:", a64), cat("sha384:", std::string(96, 'a')),
        cat("blake2b:", a128), cat("sha256:", std::string(64, 'A')), cat("sha256:", a64, "a")})
    CHECK_FALSE_MESSAGE(parse_content_digest(wrong), wrong);
}

}  // namespace
}  // namespace oree::oci
