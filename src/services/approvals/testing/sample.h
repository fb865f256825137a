// A proposal like those of the robots, with evidence that fits it, and keys. For tests.
#pragma once

#include <map>
#include <string>

#include "base/text.h"
#include "platform/json/value.h"
#include "services/approvals/evidence_check.h"
#include "services/approvals/rules.h"
#include "services/approvals/statement.h"

namespace oree::approvals::testing {

// 2026-11-23 10:00 UTC, a Monday.
constexpr int64_t kNow = 1'795'428'000'000;

inline WallTime wall(int64_t ms) {
  return WallTime(milliseconds(ms));
}

inline crypto::SigningKey key(int number) {
  std::array<std::byte, 32> seed{};
  seed[0] = static_cast<std::byte>(number);
  return crypto::SigningKey::from_seed(seed);
}

inline ByteBuffer bytes_of(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

// The blobs of one order by digest; "" is the manifest.
struct Evidence {
  std::map<std::string, std::string> blobs;
  crypto::Digest manifest;

  FetchEvidence fetch() const {
    return [this](const std::string& digest, uint64_t max_bytes) -> Result<ByteBuffer> {
      const auto at = blobs.find(digest);
      if (at == blobs.end()) return fail(ErrorKind::not_found, cat("no part ", digest));
      if (at->second.size() > max_bytes) return fail(ErrorKind::invalid, "the answer is too large");
      return bytes_of(at->second);
    };
  }
  std::string manifest_text() const { return blobs.at(manifest.hex()); }
};

struct Shown {
  std::string asset = "robot-1";
  std::string model = "robot-lstm/1";
  double score = 2.5, threshold = 1.25;
  double hottest = 61.5;
};

inline std::string window_text(const Shown& shown) {
  using json::Array;
  using json::Object;
  return json::print(
      Object{{"machine", shown.asset},
             {"columns", Array{"temperature", "vibration"}},
             {"rows", Array{Array{20.25, 0.5}, Array{shown.hottest, nullptr}, Array{40.0, 0.75}}},
             {"window", 2},
             {"score", shown.score},
             {"threshold", shown.threshold}});
}

inline Evidence seal(const Shown& shown = {}) {
  using json::Array;
  using json::Object;
  Evidence out;
  Array listed;
  std::string model_list;
  const auto add = [&](const std::string& name, const std::string& type, const std::string& text) {
    const auto digest = digest_of(text).hex();
    out.blobs[digest] = text;
    listed.emplace_back(Object{{"bytes", text.size()}, {"digest", digest}, {"name", name}, {"type", type}});
    if (name.starts_with("model/")) model_list += cat(digest, "  ", name, "\n");
    return digest;
  };
  add("window.json", "application/json", window_text(shown));
  const auto configuration = add("configuration.json", "application/json", R"({"kind":"lstm"})");
  add("model/detector.yaml", "application/yaml", "kind: autoencoder\n");
  add("model/model.onnx", "application/octet-stream", std::string("\x08\x07onnx\0\x01", 8));
  const std::string manifest =
      json::print(Object{{"asset", shown.asset},
                         {"configuration", configuration},
                         {"detector", Object{{"model", shown.model},
                                             {"model_digest", digest_of(model_list).hex()},
                                             {"name", "wear"},
                                             {"threshold", shown.threshold}}},
                         {"format", "oree/evidence/v1"},
                         {"parts", std::move(listed)},
                         {"scores", Array{}}});
  out.manifest = digest_of(manifest);
  out.blobs[out.manifest.hex()] = manifest;
  return out;
}

inline Proposal proposal(const Evidence& evidence, const std::string& order = "order-1") {
  Proposal p;
  p.order = order;
  p.station = "line-1";
  p.asset = "robot-1";
  p.fault = "wear";
  p.evidence = evidence.manifest;
  p.model = "robot-lstm/1";
  p.score = 2.5;
  p.threshold = 1.25;
  p.cost = 1200;
  p.currency = "EUR";
  p.priority = "high";
  p.created = kNow - 1000;
  p.expires = kNow + 900'000;
  p.needed = 2;
  p.of = 3;
  return p;
}

inline Proposal proposal() {
  return proposal(seal());
}

inline Decision decision(const Proposal& p, const std::string& authority, Verdict verdict,
                         int64_t at = kNow) {
  return {authority,
          p.order,
          digest_of(print(p).value_or("")),
          verdict,
          verdict == Verdict::approve ? "ok" : "cost_ceiling",
          "rules",
          at};
}

}  // namespace oree::approvals::testing
