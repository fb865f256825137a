#include "services/deployment/slots/package_index.h"

#include <doctest/doctest.h>

#include "base/text.h"

namespace oree::deployment {
namespace {

const std::string kDigest = cat("sha256:", std::string(64, 'a'));

std::string file(const std::string& path, const std::string& bytes = "1") {
  return cat(R"({"path": ")", path, R"(", "digest": ")", kDigest, R"(", "bytes": )", bytes, "}");
}

std::string index_with(const std::string& files,
                       const std::string& more = R"("name": "ducks", "version": "3", "release": 3)") {
  return cat(R"({"format": "oree/package/v1", )", more, R"(, "files": [)", files, "]}");
}

TEST_CASE("AnIndexIsReadAndPrintedTheSame") {
  const auto index = parse_index(index_with(file("model.onnx", "4194304") + "," + file("golden/1.png")));
  REQUIRE(index);
  CHECK(index->name == "ducks");
  CHECK(index->release == 3);
  CHECK(index->files[0].path == "golden/1.png");
  CHECK(index->bytes() == 4194305);
  const auto again = parse_index(print_index(*index));
  REQUIRE(again);
  CHECK(again->files == index->files);
  CHECK(print_index(*again) == print_index(*index));
}

TEST_CASE("AConfigurationsIndexSaysWhatItIs") {
  const std::string words = R"("kind": "configuration", "name": "line", "version": "3", "release": 3)";
  const auto index = parse_index(index_with(file("configuration.json"), words));
  REQUIRE(index);
  CHECK(index->kind == UnitKind::configuration);
  CHECK(print_index(*index).find(R"("hardware":[],"kind":"configuration","name":"line")") !=
        std::string::npos);
  CHECK_FALSE(parse_index(
      index_with(file("a"), R"("kind": "firmware", "name": "line", "version": "3", "release": 3)")));
}

TEST_CASE("PathsThatLeadOutsideOrMeanTwoThingsAreRefused") {
  for (const char* path : {"../x", "/etc/passwd", "a/../b", "a//b", ".hidden", "a/.git/x", "a/", "", "a b",
                           "a\\\\b", "caf\u00e9"}) {
    CAPTURE(path);
    CHECK_FALSE(parse_index(index_with(file(path))));
  }
  CHECK_FALSE(parse_index(index_with(file(std::string(300, 'a')))));
  CHECK_FALSE(parse_index(index_with(file("a") + "," + file("a"))));
  CHECK_FALSE(parse_index(index_with(file("a") + "," + file("a/b"))));
  CHECK(parse_index(index_with(file("a") + "," + file("ab/c"))));
}

TEST_CASE("WhatIsNoIndexIsRefusedByItsMember") {
  CHECK_FALSE(parse_index("[]"));
  CHECK_FALSE(parse_index(R"({"format": "oree/package/v2"})"));
  CHECK_FALSE(parse_index(index_with("")));
  CHECK_FALSE(parse_index(index_with(file("a", "-1"))));
  CHECK_FALSE(parse_index(index_with(file("a", "1.5"))));
  CHECK_FALSE(
      parse_index(index_with(file("a", "9223372036854775807") + "," + file("b", "9223372036854775807"))));
  CHECK_FALSE(parse_index(index_with(file("a"), R"("name": "..", "version": "3", "release": 3)")));
  CHECK_FALSE(parse_index(index_with(file("a"), R"("name": "ducks", "version": "3/4", "release": 3)")));
  CHECK_FALSE(parse_index(index_with(file("a"), R"("name": "ducks", "version": "3", "release": -3)")));
  std::string many;
  for (size_t i = 0; i <= kMaxPackageFiles; ++i) many += cat(i == 0 ? "" : ",", file(cat("f", i)));
  CHECK_FALSE(parse_index(index_with(many)));
}

TEST_CASE("ADigestHasItsPrefixAnd64Digits") {
  CHECK(parse_digest_name(kDigest));
  CHECK_FALSE(parse_digest_name(std::string(64, 'a')));
  CHECK_FALSE(parse_digest_name("sha256:ab"));
  CHECK(digest_name(*parse_digest_name(kDigest)) == kDigest);
}

}  // namespace
}  // namespace oree::deployment
