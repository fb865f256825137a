#include "services/approvals/evidence_check.h"

#include <doctest/doctest.h>

#include "services/approvals/testing/sample.h"

using namespace oree;
using namespace oree::approvals;
using namespace oree::approvals::testing;

namespace {

std::string code_of(const std::expected<Facts, EvidenceFault>& facts) {
  return facts ? "sound" : facts.error().code;
}

std::string digest_of_part(const Evidence& evidence, std::string_view holding) {
  for (const auto& [digest, text] : evidence.blobs) {
    if (text.find(holding) != std::string::npos && digest != evidence.manifest.hex()) return digest;
  }
  return "";
}

// Whatever is changed in the manifest, the proposal seals it anew: a station that lies consistently.
std::string code_with(const std::function<void(json::Value&)>& change, const EvidenceLimits& limits = {}) {
  Evidence evidence = seal();
  auto manifest = *json::parse(evidence.manifest_text());
  change(manifest);
  const std::string text = json::print(manifest);
  evidence.manifest = digest_of(text);
  return code_of(check_evidence(proposal(evidence), as_bytes(text), evidence.fetch(), limits));
}

}  // namespace

TEST_CASE("SoundEvidenceGivesItsFacts") {
  const Evidence evidence = seal();
  const auto facts = check_evidence(proposal(evidence), as_bytes(evidence.manifest_text()), evidence.fetch());
  REQUIRE(facts);
  CHECK(facts->asset == "robot-1");
  CHECK(facts->detector == "wear");
  CHECK(facts->model == "robot-lstm/1");
  CHECK(facts->model_digest.size() == 64);
  CHECK(facts->score == 2.5);
  CHECK(facts->threshold == 1.25);
  CHECK(facts->parts.size() == 4);
  REQUIRE(facts->sensors.size() == 2);
  CHECK(facts->sensors[0] == SensorRange{"temperature", 20.25, 61.5});
  CHECK(facts->sensors[1] == SensorRange{"vibration", 0.5, 0.75});
}

TEST_CASE("EvidenceAlteredOnDiskIsFoundByteByByte") {
  const Evidence sealed = seal();
  const Proposal p = proposal(sealed);
  for (const auto& [digest, text] : sealed.blobs) {
    for (size_t i = 0; i < text.size(); ++i) {
      Evidence altered = sealed;
      altered.blobs[digest][i] = static_cast<char>(altered.blobs[digest][i] ^ 1);
      const auto facts = check_evidence(p, as_bytes(altered.manifest_text()), altered.fetch());
      REQUIRE(code_of(facts) == "evidence_altered");
    }
    Evidence shorter = sealed;
    shorter.blobs[digest].pop_back();
    CHECK(code_of(check_evidence(p, as_bytes(shorter.manifest_text()), shorter.fetch())) ==
          "evidence_altered");
  }
}

TEST_CASE("APartThatIsGoneIsMissingAndAStationThatIsAwayMayComeBack") {
  Evidence evidence = seal();
  const Proposal p = proposal(evidence);
  const std::string manifest = evidence.manifest_text();
  evidence.blobs.erase(digest_of_part(evidence, "onnx"));
  CHECK(code_of(check_evidence(p, as_bytes(manifest), evidence.fetch())) == "evidence_missing");
  const auto away = [](const std::string&, uint64_t) -> Result<ByteBuffer> {
    return fail(ErrorKind::timeout, "too slow");
  };
  const auto facts = check_evidence(p, as_bytes(manifest), away);
  REQUIRE(!facts);
  CHECK(facts.error().code.empty());
  CHECK(facts.error().reason.find("too slow") != std::string::npos);
}

TEST_CASE("EvidenceThatSaysSomethingElseThanTheProposalIsRefused") {
  const auto check = [](const Shown& shown) {
    const Evidence evidence = seal(shown);
    return code_of(check_evidence(proposal(evidence), as_bytes(evidence.manifest_text()), evidence.fetch()));
  };
  CHECK(check({}) == "sound");
  CHECK(check({.asset = "robot-2"}) == "evidence_contradicts");
  CHECK(check({.model = "other/1"}) == "evidence_contradicts");
  CHECK(check({.score = 2.4}) == "evidence_contradicts");
  CHECK(check({.threshold = 1.2}) == "evidence_contradicts");
}

TEST_CASE("AManifestThatLiesAboutItsPartsIsRefused") {
  CHECK(code_with([](json::Value&) {}) == "sound");
  CHECK(code_with([](json::Value& m) { m.set("format", "oree/evidence/v2"); }) == "evidence_malformed");
  CHECK(code_with([](json::Value& m) { m.set("parts", nullptr); }) == "evidence_malformed");
  CHECK(code_with([](json::Value& m) { m.set("configuration", digest_of("x").hex()); }) ==
        "evidence_contradicts");
  CHECK(code_with([](json::Value& m) {
          auto detector = *m.find("detector");
          detector.set("model_digest", digest_of("x").hex());
          m.set("detector", detector);
        }) == "evidence_contradicts");
  const auto with_part = [](std::string_view key, json::Value value) {
    return code_with([&](json::Value& m) {
      auto parts = *m.find("parts");
      (*parts.array())[0].set(key, value);
      m.set("parts", parts);
    });
  };
  CHECK(with_part("bytes", 5) == "evidence_unreadable");
  CHECK(with_part("bytes", -5) == "evidence_malformed");
  CHECK(with_part("bytes", int64_t{1} << 62) == "evidence_too_large");
  CHECK(with_part("digest", "../../etc/passwd") == "evidence_malformed");
  CHECK(with_part("name", "configuration.json") == "evidence_malformed");
}

TEST_CASE("NothingIsFetchedBeyondTheLimits") {
  CHECK(code_with([](json::Value&) {}, {.parts = 3}) == "evidence_too_large");
  CHECK(code_with([](json::Value&) {}, {.total_bytes = 1000}) == "evidence_too_large");
  CHECK(code_with([](json::Value&) {}, {.manifest_bytes = 100}) == "evidence_too_large");
  CHECK(code_with([](json::Value&) {}, {.json_bytes = 10}) == "evidence_too_large");
}
