// Ten thousand ways to alter a data set after it was sealed, picked by a seed: each is noticed, and what was
// altered is named.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "base/testing/cheats.h"
#include "services/approvals/evidence_check.h"
#include "services/approvals/testing/sample.h"

using namespace oree;
using namespace oree::approvals;
using namespace oree::approvals::testing;

namespace {

class Cheat {
 public:
  Cheat() {
    for (const auto& part : *manifest_.find("parts")->array())
      parts_.push_back({*part.find("name")->text(), *part.find("digest")->text()});
  }

  void run(uint64_t seed) {
    random_.seed(seed);
    Evidence evidence = sealed_;
    const Part part = parts_[below(parts_.size())];
    switch (random_() % 8) {
      case 0:
        flip(evidence.blobs[part.digest]);
        return check("data set: byte of a part", evidence, part.name);
      case 1: {
        auto& text = evidence.blobs[part.digest];
        text.resize(below(text.size()));
        return check("data set: part cut short", evidence, part.name);
      }
      case 2:
        evidence.blobs.erase(part.digest);
        return check("data set: part gone", evidence, part.name);
      case 3:
        return swap_two(evidence);
      case 4:
        flip(evidence.blobs[evidence.manifest.hex()]);
        return check("data set: byte of the manifest", evidence, "the manifest");
      case 5:
        return reorder(evidence);
      case 6:
        return another(evidence);
      default:
        return seal_anew(evidence);
    }
  }

  oree::testing::Cheats cheats;

 private:
  struct Part {
    std::string name, digest;
  };
  uint64_t below(uint64_t count) { return random_() % count; }

  void flip(std::string& text) {
    auto& byte = text[below(text.size())];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1 + below(255)));
  }

  // The proposal that was signed names the manifest that was sealed.
  void check(const std::string& kind, const Evidence& evidence, std::string_view where) {
    const auto facts = check_evidence(proposal_, as_bytes(evidence.manifest_text()), evidence.fetch());
    cheats.note(kind, !facts, !facts && facts.error().reason.starts_with(where));
  }

  // The first of the two, as the manifest lists them, is the one that is named.
  void swap_two(Evidence& evidence) {
    const size_t one = below(parts_.size());
    const size_t other = (one + 1 + below(parts_.size() - 1)) % parts_.size();
    std::swap(evidence.blobs[parts_[one].digest], evidence.blobs[parts_[other].digest]);
    check("data set: two parts exchanged", evidence, parts_[std::min(one, other)].name);
  }

  void replace_manifest(Evidence& evidence, const json::Value& manifest) {
    evidence.blobs[evidence.manifest.hex()] = json::print(manifest);
  }

  void reorder(Evidence& evidence) {
    auto manifest = manifest_;
    auto parts = *manifest_.find("parts");
    const size_t one = below(parts_.size());
    std::swap((*parts.array())[one], (*parts.array())[(one + 1) % parts_.size()]);
    manifest.set("parts", parts);
    replace_manifest(evidence, manifest);
    check("data set: order of the parts", evidence, "the manifest");
  }

  // All of it consistent, and of another order.
  void another(Evidence& evidence) {
    const Evidence other = seal({.hottest = 61.5 + static_cast<double>(1 + below(1000)) / 16});
    const std::string manifest = other.manifest_text();
    evidence.blobs = other.blobs;
    evidence.blobs[evidence.manifest.hex()] = manifest;
    check("data set: another one in its place", evidence, "the manifest");
  }

  // Whoever has the disk changes a reading and makes every digest anew, up to the manifest's.
  void seal_anew(Evidence& evidence) {
    const Part part = parts_[below(parts_.size())];
    std::string text = evidence.blobs[part.digest];
    flip(text);
    const std::string digest = digest_of(text).hex();
    evidence.blobs[digest] = text;
    auto manifest = manifest_;
    auto parts = *manifest_.find("parts");
    for (auto& one : *parts.array()) {
      if (*one.find("name")->text() == part.name) one.set("digest", digest);
    }
    manifest.set("parts", parts);
    replace_manifest(evidence, manifest);
    check("data set: altered and sealed anew", evidence, "the manifest");
  }

  const Evidence sealed_ = seal();
  const Proposal proposal_ = proposal(sealed_);
  const json::Value manifest_ = *json::parse(sealed_.manifest_text());
  std::vector<Part> parts_;
  std::mt19937_64 random_;
};

TEST_CASE("EachOfTenThousandAlterationsOfADataSetIsNoticedAndLocated") {
  Cheat cheat;
  for (uint64_t seed = 1; seed <= 10'000; ++seed) cheat.run(seed);
  CHECK(cheat.cheats.counts().size() == 8);
  for (const auto& [kind, count] : cheat.cheats.counts()) {
    CAPTURE(kind);
    CHECK(count.tried > 1'000);
    CHECK(count.noticed == count.tried);
    CHECK(count.located == count.tried);
  }
  cheat.cheats.print();
}

}  // namespace
