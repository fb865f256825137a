// Against a small registry of our own that misbehaves on purpose; a real one is in
// tests/model/test_registry.py.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>

#include "base/text.h"
#include "core/oci/artefact.h"
#include "platform/http/server.h"

namespace oree::oci {
namespace {

namespace fs = std::filesystem;

struct TempFolder {
  fs::path path;
  TempFolder() {
    std::string pattern = (fs::temp_directory_path() / "oree-oci-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~TempFolder() { fs::remove_all(path); }
  fs::path write(const fs::path& name, std::string_view content) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << content;
    return path / name;
  }
};

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string content(size_t size) {
  std::string out(size, '\0');
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 2'654'435'761u >> 24);
  return out;
}

// Keeps what it is sent; each of its faults happens as often as it is told to.
struct ShakyRegistry {
  int refuse_pieces = 0;     // answers 503 to a PATCH, having taken half of it
  int forget_uploads = 0;    // answers 404 to a PATCH
  int refuse_downloads = 0;  // answers 503 to a GET of a blob
  bool whole_only = false;   // knows no Range
  bool lies = false;         // sends other bytes than asked for
  bool knows_subjects = true;
  std::string hidden_from;    // a repository that says it has no blob
  std::string elsewhere;      // where blobs are to be fetched instead
  std::string password;       // asked of everybody when set
  bool wants_tokens = false;  // then the password is asked for at /token only
  std::vector<std::string> authorizations, scopes;
  uint64_t sent_bytes = 0, received_bytes = 0;
  std::map<std::string, std::string> blobs, manifests, uploads;
  std::map<std::string, std::vector<Descriptor>> about;

  ShakyRegistry() {
    add("HEAD", "/v2/{name}/blobs/{digest}", [this](const http::Request& r) { return blob(r, true); });
    add("GET", "/v2/{name}/blobs/{digest}", [this](const http::Request& r) { return blob(r, false); });
    add("POST", "/v2/{name}/blobs/uploads/", [this](const http::Request& r) { return begin(r); });
    add("PATCH", "/upload/{id}", [this](const http::Request& r) { return piece(r); });
    add("GET", "/upload/{id}", [this](const http::Request& r) { return stand(r.capture("id"), 204); });
    add("PUT", "/upload/{id}", [this](const http::Request& r) { return end(r); });
    add("GET", "/v2/{name}/manifests/{object}", [this](const http::Request& r) { return get_manifest(r); });
    add("PUT", "/v2/{name}/manifests/{object}", [this](const http::Request& r) { return put_manifest(r); });
    add("GET", "/v2/{name}/referrers/{digest}", [this](const http::Request& r) { return list_about(r); });
    router.add({"GET", "/token", "test", "", [this](const http::Request& r) { return token(r); }, false});
    auto started = http::Server::start({}, router, log);
    REQUIRE_MESSAGE(started.has_value(), (started ? "" : started.error().what));
    server = *std::move(started);
  }

  void add(std::string method, std::string pattern, http::Handler handler) {
    const auto guarded = [this, handler](const http::Request& request) {
      const std::lock_guard lock(mutex);
      authorizations.emplace_back(request.header("Authorization"));
      received_bytes += request.body.size();
      if (wants_tokens && request.header("Authorization") != "Bearer let-me-in") {
        return http::text(401, "").with(
            "WWW-Authenticate", cat("Bearer realm=\"http://127.0.0.1:", server->port(),
                                    "/token\",service=\"plant\",scope=\"repository:ducks:pull,push\""));
      }
      if (!wants_tokens && !password.empty() && request.header("Authorization") != basic({"plant", password}))
        return http::text(401, "").with("WWW-Authenticate", "Basic realm=\"plant\"");
      return handler(request);
    };
    router.add({std::move(method), std::move(pattern), "test", "", guarded, false});
  }
  Reference reference(const std::string& rest) const {
    return *parse_reference(cat("127.0.0.1:", server->port(), "/", rest));
  }
  Registry client(const Credentials& credentials = {}) const {
    return Registry(reference("x:1").registry, credentials,
                    {.piece_bytes = 1'000, .tries = 4, .pause = [](milliseconds) {}});
  }

  http::Response token(const http::Request& request) {
    const std::lock_guard lock(mutex);
    scopes.push_back(request.parameter("scope").value_or(""));
    const bool known = request.header("Authorization") == basic({"plant", password});
    return known ? http::json(200, "{\"token\":\"let-me-in\"}") : http::text(401, "");
  }
  http::Response blob(const http::Request& request, bool head) {
    if (!elsewhere.empty() && !head)
      return http::text(307, "").with("Location", cat(elsewhere, request.path));
    const auto found = blobs.find(std::string(request.capture("digest")));
    if (found == blobs.end()) return http::text(404, "");
    if (head) return http::text(request.capture("name") == hidden_from ? 404 : 200, "");
    if (refuse_downloads > 0 && refuse_downloads-- > 0) return http::text(503, "");
    std::string bytes = found->second;
    if (lies && !bytes.empty()) bytes[0] = static_cast<char>(bytes[0] ^ 1);
    const std::string range(request.header("Range"));
    if (whole_only || range.empty()) {
      sent_bytes += bytes.size();
      return http::text(200, bytes);
    }
    const auto dash = range.find('-');
    const size_t start = *parse_number<size_t>(std::string_view(range).substr(6, dash - 6));
    const size_t last = *parse_number<size_t>(std::string_view(range).substr(dash + 1));
    sent_bytes += last + 1 - start;
    return http::text(206, bytes.substr(start, last + 1 - start))
        .with("Content-Range", cat("bytes ", start, "-", last, "/", bytes.size()));
  }
  http::Response begin(const http::Request& request) {
    const auto mount = request.parameter("mount");
    if (mount && request.parameter("from") == "other" && blobs.contains(*mount)) return http::text(201, "");
    const std::string id = cat(uploads.size() + 1);
    uploads[id] = "";
    return http::text(202, "").with("Location", cat("/upload/", id, "?state=1"));
  }
  http::Response stand(std::string_view id, int status) {
    const auto found = uploads.find(std::string(id));
    if (found == uploads.end()) return http::text(404, "");
    const size_t size = found->second.size();
    return http::text(status, "")
        .with("Location", cat("/upload/", id, "?state=2"))
        .with("Range", cat("0-", size == 0 ? 0 : size - 1));
  }
  http::Response piece(const http::Request& request) {
    const auto found = uploads.find(std::string(request.capture("id")));
    if (found == uploads.end()) return http::text(404, "");
    if (forget_uploads > 0 && forget_uploads-- > 0) {
      uploads.erase(found);
      return http::text(404, "");
    }
    if (!request.header("Content-Range").starts_with(cat(found->second.size(), "-")))
      return http::text(416, "");
    if (refuse_pieces > 0 && refuse_pieces-- > 0) {
      found->second += request.body.substr(0, request.body.size() / 2);
      return http::text(503, "");
    }
    found->second += request.body;
    return stand(request.capture("id"), 202);
  }
  http::Response end(const http::Request& request) {
    const auto found = uploads.find(std::string(request.capture("id")));
    if (found == uploads.end()) return http::text(404, "");
    const std::string digest = digest_text(crypto::sha256(as_bytes(found->second)));
    if (request.parameter("digest") != digest) return http::text(400, "");
    blobs[digest] = found->second;
    uploads.erase(found);
    return http::text(201, "");
  }
  http::Response get_manifest(const http::Request& request) {
    const auto found = manifests.find(std::string(request.capture("object")));
    return found == manifests.end() ? http::text(404, "") : http::text(200, found->second);
  }
  http::Response put_manifest(const http::Request& request) {
    const Descriptor own{
        std::string(kManifestType), crypto::sha256(as_bytes(request.body)), request.body.size(), "", {}};
    manifests[std::string(request.capture("object"))] = request.body;
    manifests[digest_text(own.digest)] = request.body;
    const auto manifest = parse_manifest(request.body);
    if (!manifest || !manifest->subject || !knows_subjects) return http::text(201, "");
    const std::string subject = digest_text(manifest->subject->digest);
    about[subject].push_back(own);
    about[subject].back().artifact_type = manifest->artifact_type;
    return http::text(201, "").with("OCI-Subject", subject);
  }
  http::Response list_about(const http::Request& request) {
    if (!knows_subjects) return http::text(404, "404 page not found");
    return http::text(200, print(Index{about[std::string(request.capture("digest"))]}));
  }

  std::mutex mutex;
  NullLog log;
  http::Router router;
  std::unique_ptr<http::Server> server;
};

Content model(const TempFolder& folder) {
  folder.write("model.onnx", content(10'500));
  folder.write("golden/1.json", "{}");
  folder.write("empty", "");
  return {folder.path,
          "application/vnd.test",
          "application/vnd.test.config",
          "{\"a\":1}",
          {{"model.onnx", "w", {}}, {"golden/1.json", "d", {}}, {"empty", "c", {}}},
          {},
          ""};
}

TEST_CASE("ReferencesAreReadAndPrinted") {
  const auto full = parse_reference("registry.example/plant/ducks:3");
  REQUIRE(full.has_value());
  CHECK(full->registry.tls);
  CHECK(full->name == "plant/ducks");
  CHECK(full->text() == "registry.example/plant/ducks:3");
  CHECK(parse_reference("127.0.0.1:5000/ducks")->tag == "latest");
  CHECK_FALSE(parse_reference("127.0.0.1:5000/ducks")->registry.tls);
  CHECK_FALSE(parse_reference("http://registry.example/ducks")->registry.tls);
  const std::string digest = cat("sha256:", std::string(64, 'a'));
  CHECK(parse_reference(cat("r.example:5000/ducks@", digest))->text() ==
        cat("r.example:5000/ducks@", digest));
  for (const char* bad :
       {"ducks", "/ducks", "r.example/Ducks:1", "r.example/a//b", "r.example/a:", "r.example/-a",
        "r.example/a___b", "r.example/a:b c", "r.example/a@sha256:12", "r.example/"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_reference(bad).has_value());
  }
  CHECK(parse_reference(cat("r.example/a@sha512:", std::string(128, 'a'))).error().kind ==
        ErrorKind::unsupported);
}

TEST_CASE("AFolderGoesThereAndComesBack") {
  ShakyRegistry there;
  TempFolder folder, out;
  auto registry = there.client();
  const auto pushed = push_folder(registry, there.reference("ducks:3"), model(folder));
  REQUIRE_MESSAGE(pushed.has_value(), (pushed ? "" : pushed.error().what));
  const uint64_t received = there.received_bytes;
  REQUIRE(push_folder(registry, there.reference("ducks:4"), model(folder)).has_value());
  CHECK(there.received_bytes - received < 2'000);  // blobs that are there are not sent again
  const auto pulled = pull_folder(registry, there.reference("ducks:3"), out.path / "ducks/3");
  REQUIRE_MESSAGE(pulled.has_value(), (pulled ? "" : pulled.error().what));
  CHECK(pulled->manifest.digest == pushed->manifest.digest);
  CHECK(read(out.path / "ducks/3/model.onnx") == content(10'500));
  CHECK(read(out.path / "ducks/3/golden/1.json") == "{}");
  CHECK(fs::exists(out.path / "ducks/3/empty"));
  CHECK(pull_folder(registry, there.reference("ducks:3"), out.path / "ducks/3").error().kind ==
        ErrorKind::conflict);
  CHECK(pull_folder(registry, there.reference("ducks:9"), out.path / "ducks/9").error().kind ==
        ErrorKind::not_found);
}

TEST_CASE("AnUploadThatBreaksGoesOnWhereTheRegistryStands") {
  ShakyRegistry there;
  TempFolder folder;
  const auto file = folder.write("model.onnx", content(10'500));
  auto registry = there.client();
  there.refuse_pieces = 3;
  const auto blob = registry.push_blob("ducks", file);
  REQUIRE_MESSAGE(blob.has_value(), (blob ? "" : blob.error().what));
  CHECK(there.blobs.at(digest_text(blob->digest)) == content(10'500));
  CHECK(there.received_bytes < 10'500 + 3 * 1'000);
  SUBCASE("and from the beginning when it was forgotten") {
    const auto other = folder.write("other.onnx", content(5'000));
    there.forget_uploads = 2;
    CHECK(registry.push_blob("ducks", other).has_value());
  }
  SUBCASE("but not for ever") {
    const auto other = folder.write("other.onnx", content(5'001));
    there.refuse_pieces = 100'000;
    there.forget_uploads = 0;
    CHECK(registry.push_blob("ducks", other).error().kind == ErrorKind::unavailable);
  }
}

TEST_CASE("ABlobOfAnotherRepositoryIsMountedNotSent") {
  ShakyRegistry there;
  TempFolder folder;
  const auto file = folder.write("model.onnx", content(10'500));
  auto registry = there.client();
  REQUIRE(registry.push_blob("other", file).has_value());
  there.hidden_from = "ducks";
  const uint64_t before = there.received_bytes;
  CHECK(registry.push_blob("ducks", file, "other").has_value());
  CHECK(there.received_bytes == before);
  CHECK(registry.push_blob("ducks", file, "unknown").has_value());
  CHECK(there.received_bytes == before + 10'500);
}

TEST_CASE("ADownloadGoesOnWhereItsFileEnds") {
  ShakyRegistry there;
  TempFolder folder, out;
  auto registry = there.client();
  const auto blob = *registry.push_blob("ducks", folder.write("model.onnx", content(10'500)));
  const fs::path file = out.path / "model.onnx";
  SUBCASE("within one call") {
    there.refuse_downloads = 3;
    CHECK(registry.pull_blob("ducks", blob, file).has_value());
    CHECK(there.sent_bytes == 10'500);
  }
  SUBCASE("after the program was killed") {
    out.write("model.onnx.part", content(10'500).substr(0, 7'777));
    CHECK(registry.pull_blob("ducks", blob, file).has_value());
    CHECK(there.sent_bytes == 10'500 - 7'777);
  }
  SUBCASE("anew when what was there is torn") {
    out.write("model.onnx.part", std::string(7'777, 'x'));
    CHECK(registry.pull_blob("ducks", blob, file).has_value());
  }
  SUBCASE("anew when what was there is too long") {
    out.write("model.onnx.part", std::string(20'000, 'x'));
    CHECK(registry.pull_blob("ducks", blob, file).has_value());
  }
  SUBCASE("from a registry that knows no ranges") {
    there.whole_only = true;
    out.write("model.onnx.part", content(10'500).substr(0, 100));
    CHECK(registry.pull_blob("ducks", blob, file).has_value());
  }
  CHECK(read(file) == content(10'500));
  CHECK_FALSE(fs::exists(out.path / "model.onnx.part"));
}

TEST_CASE("WhatIsNotWhatItsDigestSaysIsNeverKept") {
  ShakyRegistry there;
  TempFolder folder, out;
  auto registry = there.client();
  const auto blob = *registry.push_blob("ducks", folder.write("model.onnx", content(3'500)));
  there.lies = true;
  CHECK(registry.pull_blob("ducks", blob, out.path / "model.onnx").error().kind == ErrorKind::corrupt);
  CHECK(registry.pull_text("ducks", blob, 10'000).error().kind == ErrorKind::corrupt);
  CHECK(fs::is_empty(out.path));
  there.lies = false;
  REQUIRE(registry.put_manifest("ducks", "3", "{}", kManifestType).has_value());
  const std::string wanted = cat("sha256:", std::string(64, 'a'));
  there.manifests[wanted] = "{}";
  CHECK(registry.manifest("ducks", wanted).error().kind == ErrorKind::corrupt);
}

TEST_CASE("ALayerThatWouldLeaveItsFolderIsRefused") {
  ShakyRegistry there;
  TempFolder out;
  auto registry = there.client();
  const auto blob = *registry.push_text("ducks", "evil");
  for (const char* path : {"../evil", "/tmp/evil", "a/../../evil", "", "a//b"}) {
    CAPTURE(path);
    Manifest manifest;
    manifest.config = blob;
    manifest.layers = {blob};
    manifest.layers[0].annotations = {{std::string(kFilePath), path}};
    REQUIRE(registry.put_manifest("ducks", "1", print(manifest), kManifestType).has_value());
    CHECK(pull_folder(registry, there.reference("ducks:1"), out.path / "a/b").error().kind ==
          ErrorKind::invalid);
  }
  CHECK(fs::is_empty(out.path));
}

TEST_CASE("CredentialsAreToldToTheRegistryAndToNobodyItPointsTo") {
  ShakyRegistry there, other;
  TempFolder folder, out;
  there.password = "secret";
  auto stranger = there.client();
  CHECK(stranger.push_text("ducks", "a").error().kind == ErrorKind::denied);
  auto registry = there.client({"plant", "secret"});
  const auto blob = registry.push_blob("ducks", folder.write("model.onnx", content(3'000)));
  REQUIRE_MESSAGE(blob.has_value(), (blob ? "" : blob.error().what));
  other.blobs = there.blobs;
  there.elsewhere = cat("http://127.0.0.1:", other.server->port());
  REQUIRE(registry.pull_blob("ducks", *blob, out.path / "model.onnx").has_value());
  REQUIRE_FALSE(other.authorizations.empty());
  for (const std::string& told : other.authorizations) CHECK(told == "");
}

TEST_CASE("ATokenIsFetchedOnceAndTheRegistryNeverHearsThePassword") {
  ShakyRegistry there;
  TempFolder folder, out;
  there.password = "secret";
  there.wants_tokens = true;
  auto stranger = there.client();
  CHECK(stranger.push_text("ducks", "a").error().kind == ErrorKind::denied);
  there.authorizations.clear();
  there.scopes.clear();
  auto registry = there.client({"plant", "secret"});
  const auto pushed = push_folder(registry, there.reference("ducks:3"), model(folder));
  REQUIRE_MESSAGE(pushed.has_value(), (pushed ? "" : pushed.error().what));
  CHECK(there.scopes == std::vector<std::string>{"repository:ducks:pull,push"});
  for (const std::string& told : there.authorizations) CHECK_FALSE(told.starts_with("Basic"));
  CHECK(pull_folder(registry, there.reference("ducks:3"), out.path / "3").has_value());
}

TEST_CASE("SignaturesAreFoundWhetherTheRegistryKnowsSubjectsOrNot") {
  for (const bool knows : {true, false}) {
    CAPTURE(knows);
    ShakyRegistry there;
    there.knows_subjects = knows;
    TempFolder folder;
    auto registry = there.client();
    const auto pushed = *push_folder(registry, there.reference("ducks:3"), model(folder));
    REQUIRE(attach_text(registry, "ducks", pushed.manifest, "type/a", "first", {}).has_value());
    REQUIRE(attach_text(registry, "ducks", pushed.manifest, "type/a", "second", {}).has_value());
    REQUIRE(attach_text(registry, "ducks", pushed.manifest, "type/b", "other", {}).has_value());
    const auto found = attached_texts(registry, "ducks", pushed.manifest, "type/a", 1'000);
    REQUIRE_MESSAGE(found.has_value(), (found ? "" : found.error().what));
    CHECK(*found == std::vector<std::string>{"first", "second"});
  }
}

TEST_CASE("ChallengesAreReadAsWritten") {
  const auto bearer = parse_challenge(
      "Bearer realm=\"https://auth.example/token\",service=\"a b\", scope=\"repository:x:pull,push\"");
  REQUIRE(bearer.has_value());
  CHECK(bearer->bearer);
  CHECK(*token_address(*bearer, "r", true) ==
        "https://auth.example/token?service=a%20b&scope=repository%3Ax%3Apull%2Cpush");
  CHECK(parse_challenge("Negotiate abc, Basic realm=\"x\"")->realm == "x");
  CHECK_FALSE(parse_challenge("").has_value());
  CHECK_FALSE(parse_challenge("Digest nonce=1").has_value());
  const Challenge clear{true, "http://auth.example/token", "", ""};
  CHECK(token_address(clear, "r", true).error().kind == ErrorKind::denied);
  CHECK(token_address(clear, "r", false).has_value());
  CHECK(*parse_token("{\"access_token\":\"abc\"}") == "abc");
  CHECK_FALSE(parse_token("{\"token\":\"a\\r\\nb\"}").has_value());
  CHECK(parse_credentials("user:pass:word\n")->password == "pass:word");
  CHECK_FALSE(parse_credentials("nothing").has_value());
}

}  // namespace
}  // namespace oree::oci
