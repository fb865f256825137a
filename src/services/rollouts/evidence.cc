#include "services/rollouts/evidence.h"

#include "base/text.h"

namespace oree::rollouts {

namespace {

struct Member {
  std::string_view name;
  uint64_t Evidence::* count;
};
constexpr Member kCounts[] = {{"requests", &Evidence::requests}, {"errors", &Evidence::errors},
                              {"shadowed", &Evidence::shadowed}, {"agreed", &Evidence::agreed},
                              {"labelled", &Evidence::labelled}, {"right", &Evidence::right}};
constexpr size_t kMostBuckets = 2'000;
constexpr size_t kMostBins = 10'000;
constexpr int64_t kMostTimes = int64_t{1} << 53;

std::unexpected<Error> wrong(std::string_view member, std::string_view wanted) {
  return fail(ErrorKind::invalid, cat("evidence: '", member, "' must be ", wanted));
}

std::optional<uint64_t> times(const json::Value& value) {
  const auto number = value.integer();
  if (!number || *number < 0 || *number > kMostTimes) return std::nullopt;
  return static_cast<uint64_t>(*number);
}

Status read_latency(const json::Value& value, monitoring::LatencySketch& out) {
  const auto refuse = [] { return wrong("latency_us", "pairs of microseconds and how many"); };
  if (value.array() == nullptr || value.array()->size() > kMostBuckets) return refuse();
  for (const json::Value& pair : *value.array()) {
    if (pair.array() == nullptr || pair.array()->size() != 2) return refuse();
    const auto us = times((*pair.array())[0]);
    const auto how_many = times((*pair.array())[1]);
    if (!us || !how_many) return refuse();
    out.add(*us, *how_many);
  }
  return {};
}

Status read_confidence(const json::Value& value, monitoring::BinSketch& out) {
  const auto refuse = [] {
    return wrong("confidence", "a list of counts, one for each equal bin from 0 to 1");
  };
  if (value.array() == nullptr || value.array()->size() > kMostBins) return refuse();
  std::vector<uint64_t> counts;
  for (const json::Value& one : *value.array()) {
    const auto how_many = times(one);
    if (!how_many) return refuse();
    counts.push_back(*how_many);
  }
  if (!counts.empty()) out = monitoring::BinSketch(0, 1, std::move(counts));
  return {};
}

}  // namespace

void Evidence::merge(const Evidence& other) {
  for (const Member& member : kCounts) this->*member.count += other.*member.count;
  latency.merge(other.latency);
  if (confidence.count() == 0 && other.confidence.count() > 0) {
    confidence = other.confidence;
  } else if (other.confidence.count() > 0) {
    (void)confidence.merge(other.confidence);
  }
}

Evidence Evidence::since(const Evidence& earlier) const {
  Evidence out;
  for (const Member& member : kCounts) {
    const uint64_t now = this->*member.count, then = earlier.*member.count;
    out.*member.count = now > then ? now - then : 0;
  }
  out.latency = latency.since(earlier.latency);
  out.confidence = confidence.since(earlier.confidence);
  return out;
}

json::Value to_json(const Evidence& evidence) {
  json::Object out;
  for (const Member& member : kCounts) {
    if (evidence.*member.count > 0) out.emplace_back(std::string(member.name), evidence.*member.count);
  }
  if (evidence.latency.count() > 0) {
    json::Array latency;
    for (const auto& [us, how_many] : evidence.latency.pairs())
      latency.emplace_back(json::Array{us, how_many});
    out.emplace_back("latency_us", std::move(latency));
  }
  if (evidence.confidence.count() > 0) {
    json::Array counts;
    for (const uint64_t how_many : evidence.confidence.counts()) counts.emplace_back(how_many);
    out.emplace_back("confidence", std::move(counts));
  }
  return out;
}

Result<Evidence> parse_evidence(const json::Value& value) {
  if (value.object() == nullptr) return fail(ErrorKind::invalid, "evidence must be an object");
  Evidence out;
  for (const Member& member : kCounts) {
    const json::Value* found = value.find(member.name);
    if (found == nullptr) continue;
    const auto how_many = times(*found);
    if (!how_many) return wrong(member.name, "a whole number, 0 or more");
    out.*member.count = *how_many;
  }
  if (const json::Value* latency = value.find("latency_us")) {
    if (auto ok = read_latency(*latency, out.latency); !ok) return forward(ok);
  }
  if (const json::Value* confidence = value.find("confidence")) {
    if (auto ok = read_confidence(*confidence, out.confidence); !ok) return forward(ok);
  }
  return out;
}

}  // namespace oree::rollouts
