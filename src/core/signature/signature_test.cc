#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "base/text.h"
#include "core/signature/bundle.h"
#include "core/signature/sign.h"
#include "core/signature/verify.h"
#include "platform/files/testing/temp_folder.h"
#include "platform/json/value.h"

namespace oree::signature {
namespace {

namespace fs = std::filesystem;
using files::testing::TempFolder;

const VerifyOptions kBesideItself{.unsigned_paths = {"signature.json"}};

void fill(const TempFolder& folder) {
  folder.write("model.onnx", std::string(5'000, 'w'));
  folder.write("model.yaml", "task: detection\n");
  folder.write("golden/a.json", "{}");
  folder.write("golden.txt", "comes after golden/a.json");
  folder.write("empty", "");
}

Trust trust_in(const crypto::EcSigningKey& key) {
  return {.keys = {key.public_key()}, .roots = {}};
}

TEST_CASE("WhatWasSignedVerifiesWithEachCurveAndMethod") {
  TempFolder folder;
  fill(folder);
  for (const auto curve : {crypto::Curve::p256, crypto::Curve::p384, crypto::Curve::p521}) {
    for (const auto method : {Method::files, Method::shards}) {
      for (const auto hash : {crypto::HashAlgorithm::sha256, crypto::HashAlgorithm::blake2b}) {
        const auto key = crypto::EcSigningKey::generate(curve);
        const auto bundle = sign(folder.path(), key, {},
                                 {.method = method, .hash = hash, .shard_size = 999, .ignore_paths = {}});
        REQUIRE(bundle.has_value());
        const auto verdict = verify(folder.path(), *bundle, trust_in(key), kBesideItself);
        REQUIRE_MESSAGE(verdict.has_value(), verdict.error().what);
        CHECK(verdict->signer == "key " + key.public_key().fingerprint().hex());
        CHECK(verdict->statement.resources.size() == (method == Method::files ? 5u : 9u));
      }
    }
  }
}

TEST_CASE("TheOrderIsByNameNotByLetter") {
  TempFolder folder;
  fill(folder);
  const auto statement = describe(folder.path(), {});
  REQUIRE(statement.has_value());
  std::vector<std::string> paths;
  for (const auto& one : statement->resources) paths.push_back(one.path);
  CHECK(paths ==
        std::vector<std::string>{"empty", "golden/a.json", "golden.txt", "model.onnx", "model.yaml"});
  CHECK(path_before("a/b", "a.b"));
  CHECK_FALSE(path_before("a.b", "a/b"));
  CHECK(path_before("a", "a/b"));
}

void check_changes(Method method) {
  TempFolder folder;
  fill(folder);
  const auto key = crypto::EcSigningKey::generate(crypto::Curve::p256);
  const auto bundle = sign(folder.path(), key, {}, {.method = method, .shard_size = 1'000});
  REQUIRE(bundle.has_value());
  const auto told = [&] {
    const auto verdict = verify(folder.path(), *bundle, trust_in(key), kBesideItself);
    if (verdict) return std::string("verified");
    CHECK(verdict.error().kind == ErrorKind::corrupt);
    return verdict.error().what;
  };
  CHECK(told() == "verified");
  SUBCASE("one byte") {
    folder.write("model.onnx", std::string(4'999, 'w') + "W");
    CHECK(told().find("'model.onnx' was changed") != std::string::npos);
  }
  SUBCASE("cut short") {
    folder.write("model.onnx", std::string(4'000, 'w'));
    CHECK(told().find("'model.onnx' was changed") != std::string::npos);
  }
  SUBCASE("longer") {
    folder.write("model.onnx", std::string(6'000, 'w'));
    CHECK(told().find("'model.onnx' was changed") != std::string::npos);
  }
  SUBCASE("gone") {
    fs::remove(folder.path() / "golden/a.json");
    CHECK(told().find("'golden/a.json' is missing") != std::string::npos);
  }
  SUBCASE("one more") {
    folder.write("golden/b.json", "{}");
    CHECK(told().find("'golden/b.json' was never signed") != std::string::npos);
    CHECK(verify(folder.path(), *bundle, trust_in(key), {.allow_unsigned = true}).has_value());
  }
  SUBCASE("hidden") {
    folder.write(".gitignore", "x");
    CHECK(told().find("'.gitignore' was never signed") != std::string::npos);
  }
}

TEST_CASE("EachChangeOfAFolderIsNamed") {
  check_changes(Method::files);
}

TEST_CASE("EachChangeOfAFolderInShardsIsNamed") {
  check_changes(Method::shards);
}

TEST_CASE("AFileCanBeCheckedAlone") {
  TempFolder folder;
  fill(folder);
  const auto statement = *describe(folder.path(), {.method = Method::shards, .shard_size = 1'000});
  CHECK(check_file(folder.path(), statement, "model.onnx").has_value());
  folder.write("model.yaml", "task: classification\n");
  CHECK(check_file(folder.path(), statement, "model.onnx").has_value());
  CHECK(check_file(folder.path(), statement, "model.yaml").error().kind == ErrorKind::corrupt);
  CHECK(check_file(folder.path(), statement, "other").error().kind == ErrorKind::not_found);
}

TEST_CASE("LinksAreRefusedUnlessAllowedAndLinksToFoldersAlways") {
  TempFolder folder, elsewhere;
  fill(folder);
  elsewhere.write("file", "shown through a link");
  fs::create_symlink(elsewhere.path() / "file", folder.path() / "link");
  const auto key = crypto::EcSigningKey::generate(crypto::Curve::p256);
  CHECK(sign(folder.path(), key, {}, {}).error().what.find("symbolic link") != std::string::npos);
  const auto bundle = sign(folder.path(), key, {}, {.allow_symlinks = true});
  REQUIRE(bundle.has_value());
  CHECK(verify(folder.path(), *bundle, trust_in(key), {}).has_value());
  elsewhere.write("file", "changed behind the link");
  CHECK(verify(folder.path(), *bundle, trust_in(key), {}).error().kind == ErrorKind::corrupt);
  fs::create_directory_symlink(elsewhere.path(), folder.path() / "folder");
  CHECK(sign(folder.path(), key, {}, {.allow_symlinks = true}).error().what.find("link to a folder") !=
        std::string::npos);
}

TEST_CASE("IgnoredPathsAreRecordedAndHoldWithAllThatIsBelow") {
  TempFolder folder;
  fill(folder);
  const auto key = crypto::EcSigningKey::generate(crypto::Curve::p256);
  const auto bundle = sign(folder.path(), key, {}, {.ignore_paths = {"golden"}});
  folder.write("golden/b.json", "{}");
  CHECK(verify(folder.path(), *bundle, trust_in(key), {}).has_value());
  folder.write("golden.md", "is not below golden");
  CHECK_FALSE(verify(folder.path(), *bundle, trust_in(key), {}).has_value());
  for (const char* path : {"", ".", "..", "a/../b", "/etc", "a/", "a//b"}) {
    CAPTURE(path);
    CHECK(sign(folder.path(), key, {}, {.ignore_paths = {path}}).error().kind == ErrorKind::invalid);
  }
}

TEST_CASE("WhatMayBeUnsignedMustFitOnceItWasSigned") {
  TempFolder folder;
  fill(folder);
  folder.write("history.jsonl", "one");
  const auto key = crypto::EcSigningKey::generate(crypto::Curve::p256);
  const auto bundle = *sign(folder.path(), key, {}, {});
  const VerifyOptions beside{.unsigned_paths = {"history.jsonl", "more"}};
  CHECK(verify(folder.path(), bundle, trust_in(key), beside).has_value());
  folder.write("more/a", "unsigned, and allowed to be");
  CHECK(verify(folder.path(), bundle, trust_in(key), beside).has_value());
  folder.write("history.jsonl", "two");
  CHECK(
      verify(folder.path(), bundle, trust_in(key), beside).error().what.find("'history.jsonl' was changed") !=
      std::string::npos);
}

TEST_CASE("AStrangersSignatureIsDenied") {
  TempFolder folder;
  fill(folder);
  const auto key = crypto::EcSigningKey::generate(crypto::Curve::p256);
  const auto stranger = crypto::EcSigningKey::generate(crypto::Curve::p256);
  const auto bundle = *sign(folder.path(), stranger, {}, {});
  CHECK(verify(folder.path(), bundle, trust_in(key), {}).error().kind == ErrorKind::denied);
  // A hint that lies about who signed.
  auto claimed = bundle;
  const std::string theirs = stranger.public_key().fingerprint().hex();
  claimed.replace(claimed.find(theirs), theirs.size(), key.public_key().fingerprint().hex());
  CHECK(verify(folder.path(), claimed, trust_in(key), {}).error().kind == ErrorKind::denied);
  CHECK(verify(folder.path(), bundle, Trust{}, {}).error().kind == ErrorKind::denied);
}

TEST_CASE("AKeysIdMayBeAbsentEmptyOrNullAndTheHintMissing") {
  TempFolder folder;
  fill(folder);
  const auto key = crypto::EcSigningKey::generate(crypto::Curve::p384);
  const auto bundle = *sign(folder.path(), key, {}, {});
  for (const char* wanted : {"", ",\"keyid\":null", ",\"keyid\":\"a\""}) {
    auto text = bundle;
    constexpr std::string_view kWritten = ",\"keyid\":\"\"";
    REQUIRE(text.find(kWritten) != std::string::npos);
    text.replace(text.find(kWritten), kWritten.size(), wanted);
    CHECK(verify(folder.path(), text, trust_in(key), {}).has_value());
  }
  auto old = *json::parse(bundle);
  old.set("verificationMaterial",
          json::Object{{"publicKey", json::Object{{"rawBytes", "AAAA"}}}, {"tlogEntries", json::Array{}}});
  CHECK(verify(folder.path(), json::print(old), trust_in(key), {}).has_value());
}

// A signed statement that says what none should say.
Result<Signed> read_with(const crypto::EcSigningKey& key, const std::string& payload) {
  Bundle bundle{.hint = key.public_key().fingerprint().hex(), .chain = {}, .payload = payload};
  bundle.signature = key.sign(as_bytes(pre_authentication(kPayloadType, payload)));
  return read_signed(print(bundle), trust_in(key));
}

TEST_CASE("SignedNonsenseIsRefusedByName") {
  const auto key = crypto::EcSigningKey::generate(crypto::Curve::p256);
  Statement good;
  good.name = "m";
  good.resources = {{.path = "a", .digest = ByteBuffer(32)}, {.path = "b", .digest = ByteBuffer(32)}};
  good.root = root_of(good.resources);
  REQUIRE(read_with(key, print(good)).has_value());
  for (const char* path : {"../a", "/a", "a/", "a/./b", ""}) {
    CAPTURE(path);
    auto bad = good;
    bad.resources[0].path = path;
    CHECK(read_with(key, print(bad)).error().kind == ErrorKind::invalid);
  }
  auto twice = good;
  twice.resources[0].path = "b";
  CHECK(read_with(key, print(twice)).error().what.find("named twice") != std::string::npos);
  auto root = good;
  root.root.bytes[0] ^= std::byte{1};
  CHECK(read_with(key, print(root)).error().what.find("do not make up") != std::string::npos);
  auto shards = good;
  shards.serialization.method = Method::shards;
  shards.resources[0].start = 5;
  CHECK(read_with(key, print(shards)).error().what.find("is no shard") != std::string::npos);
  auto replaced = print(good);
  replaced.replace(replaced.find("signature/v1.0"), 14, "Digests/v0.1  ");
  CHECK_FALSE(read_with(key, replaced).has_value());
  auto blake3 = print(good);
  blake3.replace(blake3.find("\"hash_type\":\"sha256\""), 20, "\"hash_type\":\"blake3\"");
  CHECK(read_with(key, blake3).error().kind == ErrorKind::unsupported);
}

TEST_CASE("AThousandMutationsOfABundleAreRefusedOrSayTheSame") {
  TempFolder folder;
  fill(folder);
  const auto key = crypto::EcSigningKey::generate(crypto::Curve::p256);
  const auto bundle = *sign(folder.path(), key, {}, {});
  const auto payload = parse_bundle(bundle)->payload;
  std::mt19937 random(7);
  size_t refused = 0;
  for (int i = 0; i < 1'000; ++i) {
    std::string text = bundle;
    const size_t at = random() % text.size();
    const char was = text[at];
    switch (random() % 3) {
      case 0:
        text[at] = static_cast<char>(text[at] ^ (1 << random() % 8));
        break;
      case 1:
        text.erase(at, 1);
        break;
      default:
        text.insert(at, 1, was);
    }
    const auto found = read_signed(text, trust_in(key));
    if (!found) {
      ++refused;
      continue;
    }
    // Harmless: in what nobody signed (the key's id, a name nobody reads, space), and the statement is the
    // same.
    CAPTURE(text);
    CHECK(parse_bundle(text)->payload == payload);
  }
  CHECK(refused > 900);
}

TEST_CASE("TrustIsReadFromKeysAndCertificatesMixed") {
  const auto one = crypto::EcSigningKey::generate(crypto::Curve::p256).public_key();
  const auto other = crypto::EcSigningKey::generate(crypto::Curve::p521).public_key();
  const auto trust = parse_trust(cat("a comment\n", one.pem(), other.pem()));
  REQUIRE(trust.has_value());
  CHECK(trust->keys == std::vector{one, other});
  CHECK(parse_trust("").error().kind == ErrorKind::invalid);
  CHECK(parse_trust("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").error().kind ==
        ErrorKind::invalid);
}

}  // namespace
}  // namespace oree::signature
