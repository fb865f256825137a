#include "services/approvals/evidence_check.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/text.h"
#include "platform/json/value.h"
#include "services/approvals/line_reader.h"

namespace oree::approvals {
namespace {

constexpr std::string_view kFormat = "oree/evidence/v1";
constexpr size_t kMostSensors = 4096;

using Checked = std::expected<void, EvidenceFault>;

std::unexpected<EvidenceFault> fault(std::string_view code, std::string reason) {
  return std::unexpected(EvidenceFault{std::string(code), std::move(reason)});
}
std::unexpected<EvidenceFault> malformed(std::string_view what) {
  return fault("evidence_malformed", std::string(what));
}

// An empty view may point nowhere, which the parser below must not be handed.
Result<json::Value> parse_json(ByteView bytes) {
  return json::parse(bytes.empty() ? std::string_view("") : as_text(bytes));
}

std::string text_at(const json::Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found != nullptr && found->text() != nullptr ? *found->text() : "";
}

std::optional<double> number_at(const json::Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found != nullptr ? found->number() : std::nullopt;
}

std::expected<EvidencePart, EvidenceFault> read_part(const json::Value& value) {
  EvidencePart part{text_at(value, "name"), text_at(value, "type"), 0, text_at(value, "digest")};
  const auto* bytes = value.find("bytes");
  const auto size = bytes != nullptr ? bytes->integer() : std::nullopt;
  if (!is_line(part.name, 300) || !is_line(part.type, 100) || !crypto::parse_digest(part.digest) || !size ||
      *size < 0)
    return malformed("the manifest lists a part without name, type, size or digest");
  part.bytes = static_cast<uint64_t>(*size);
  return part;
}

std::expected<std::vector<EvidencePart>, EvidenceFault> read_parts(const json::Value& manifest, uint64_t room,
                                                                   size_t most) {
  const auto* list = manifest.find("parts");
  if (list == nullptr || list->array() == nullptr) return malformed("the manifest lists no parts");
  if (list->array()->size() > most)
    return fault("evidence_too_large",
                 cat("the evidence has ", list->array()->size(), " parts, ", most, " are looked at"));
  std::vector<EvidencePart> parts;
  std::set<std::string> names;
  uint64_t total = 0;
  for (const auto& one : *list->array()) {
    auto part = read_part(one);
    if (!part) return std::unexpected(part.error());
    if (!names.insert(part->name).second)
      return malformed(cat("the manifest has two parts '", part->name, "'"));
    if (part->bytes > room || (total += part->bytes) > room)
      return fault("evidence_too_large", cat("the evidence is larger than ", size_text(room)));
    parts.push_back(*std::move(part));
  }
  return parts;
}

// Rows of numbers, null where a value did not come.
Checked read_ranges(const json::Value& window, Facts& facts) {
  const auto *columns = window.find("columns"), *rows = window.find("rows");
  if (columns == nullptr || columns->array() == nullptr || rows == nullptr || rows->array() == nullptr ||
      columns->array()->size() > kMostSensors)
    return malformed("window.json has no columns or no rows");
  const size_t width = columns->array()->size();
  std::vector<std::optional<SensorRange>> ranges(width);
  for (const auto& row : *rows->array()) {
    if (row.array() == nullptr || row.array()->size() != width)
      return malformed("window.json has a row of another length than its columns");
    for (size_t i = 0; i < width; ++i) {
      const auto value = (*row.array())[i].number();
      if (!value) continue;
      if (!ranges[i]) ranges[i] = SensorRange{"", *value, *value};
      ranges[i]->low = std::min(ranges[i]->low, *value);
      ranges[i]->high = std::max(ranges[i]->high, *value);
    }
  }
  for (size_t i = 0; i < width; ++i) {
    const auto* sensor = (*columns->array())[i].text();
    if (sensor == nullptr) return malformed("window.json has a column without a name");
    if (!ranges[i]) continue;
    ranges[i]->sensor = *sensor;
    facts.sensors.push_back(*std::move(ranges[i]));
  }
  return {};
}

Checked read_window(ByteView bytes, const EvidenceLimits& limits, Facts& facts) {
  if (bytes.size() > limits.json_bytes)
    return fault("evidence_too_large", cat("window.json is larger than ", size_text(limits.json_bytes)));
  const auto window = parse_json(bytes);
  if (!window) return malformed(cat("window.json is no JSON: ", window.error().what));
  facts.score = number_at(*window, "score");
  facts.threshold = number_at(*window, "threshold");
  if (const auto machine = text_at(*window, "machine"); machine != facts.asset)
    return fault("evidence_contradicts",
                 cat("window.json is of '", machine, "', the manifest of '", facts.asset, "'"));
  return read_ranges(*window, facts);
}

// As the station computes it: over names and digests of the model's files, or the rows it learnt from.
std::string model_digest_of(const std::vector<EvidencePart>& parts) {
  std::string list;
  for (const auto& part : parts) {
    if (part.name.starts_with("model/")) list += cat(part.digest, "  ", part.name, "\n");
  }
  if (!list.empty()) return digest_of(list).hex();
  const auto healthy = std::ranges::find(parts, "healthy.json", &EvidencePart::name);
  return healthy != parts.end() ? healthy->digest : "";
}

Checked check_digests(const json::Value& manifest, Facts& facts) {
  const auto configuration = text_at(manifest, "configuration");
  const auto at = std::ranges::find(facts.parts, "configuration.json", &EvidencePart::name);
  if (!configuration.empty() && (at == facts.parts.end() || at->digest != configuration))
    return fault("evidence_contradicts", "the configuration's digest is not that of configuration.json");
  const auto* detector = manifest.find("detector");
  if (detector == nullptr) return {};
  const auto claimed = text_at(*detector, "model_digest");
  facts.model_digest = model_digest_of(facts.parts);
  if (claimed != facts.model_digest)
    return fault("evidence_contradicts", "the model's digest does not follow from the parts of the model");
  return {};
}

Checked check_claims(const Proposal& proposal, const Facts& facts) {
  const auto differs = [](std::string_view what, const std::string& said, const std::string& shown) {
    return fault("evidence_contradicts",
                 cat("the proposal says ", what, " '", said, "', its evidence '", shown, "'"));
  };
  if (proposal.asset != facts.asset) return differs("asset", proposal.asset, facts.asset);
  if (proposal.model != facts.model) return differs("model", proposal.model, facts.model);
  if (facts.score && *facts.score != proposal.score)
    return differs("score", cat(proposal.score), cat(*facts.score));
  if (facts.threshold && *facts.threshold != proposal.threshold)
    return differs("threshold", cat(proposal.threshold), cat(*facts.threshold));
  return {};
}

Checked fetch_part(const EvidencePart& part, const FetchEvidence& fetch, const EvidenceLimits& limits,
                   Facts& facts) {
  const auto bytes = fetch(part.digest, part.bytes);
  if (!bytes) return std::unexpected(fault_of(bytes.error(), part.name));
  const auto digest = crypto::sha256(*bytes).hex();
  if (bytes->size() != part.bytes || digest != part.digest)
    return fault("evidence_altered", cat(part.name, " is not what was sealed: its digest is ", digest));
  return part.name == "window.json" ? read_window(*bytes, limits, facts) : Checked();
}

std::expected<Facts, EvidenceFault> read_manifest(const json::Value& manifest, uint64_t room, size_t most) {
  if (text_at(manifest, "format") != kFormat)
    return malformed(cat("the manifest's format must be ", kFormat));
  auto parts = read_parts(manifest, room, most);
  if (!parts) return std::unexpected(parts.error());
  Facts facts;
  facts.asset = text_at(manifest, "asset");
  facts.parts = *std::move(parts);
  if (const auto* detector = manifest.find("detector")) {
    facts.detector = text_at(*detector, "name");
    facts.model = text_at(*detector, "model");
    facts.threshold = number_at(*detector, "threshold");
  }
  return facts;
}

}  // namespace

EvidenceFault fault_of(const Error& error, std::string_view what) {
  const std::string reason = cat(what, ": ", error.what);
  switch (error.kind) {
    case ErrorKind::not_found:
      return {"evidence_missing", reason};
    case ErrorKind::corrupt:
      return {"evidence_altered", reason};
    case ErrorKind::invalid:
      return {"evidence_unreadable", reason};
    default:
      return {"", reason};
  }
}

std::expected<Facts, EvidenceFault> check_evidence(const Proposal& proposal, ByteView bytes,
                                                   const FetchEvidence& fetch, const EvidenceLimits& limits) {
  if (bytes.size() > std::min(limits.manifest_bytes, limits.total_bytes))
    return fault("evidence_too_large", cat("the manifest is larger than ", size_text(limits.manifest_bytes)));
  if (crypto::sha256(bytes) != proposal.evidence) {
    return fault("evidence_altered",
                 cat("the manifest is not what was sealed: its digest is ", crypto::sha256(bytes).hex()));
  }
  const auto manifest = parse_json(bytes);
  if (!manifest) return malformed(cat("the manifest is no JSON: ", manifest.error().what));
  auto facts = read_manifest(*manifest, limits.total_bytes - bytes.size(), limits.parts);
  if (!facts) return facts;
  for (const EvidencePart& part : facts->parts) {
    if (auto fetched = fetch_part(part, fetch, limits, *facts); !fetched)
      return std::unexpected(fetched.error());
  }
  if (auto sound = check_digests(*manifest, *facts); !sound) return std::unexpected(sound.error());
  if (auto same = check_claims(proposal, *facts); !same) return std::unexpected(same.error());
  return facts;
}

}  // namespace oree::approvals
