#include "nodes/edge/maintenance/evidence/replay.h"

#include <cmath>
#include <limits>

#include "base/text.h"
#include "nodes/edge/maintenance/evidence/ko_replay.h"
#include "platform/crypto/crypto.h"
#include "services/detection/networks/autoencoder.h"
#include "services/detection/networks/vibration.h"
#include "services/detection/watching/learnt_store.h"

namespace oree::edge {
namespace {

constexpr double kSame = 1e-9;

Result<ByteBuffer> checked(const FetchPart& fetch, const std::string& digest, std::string_view name) {
  auto bytes = fetch(digest);
  if (!bytes) return forward(bytes, name);
  if (crypto::sha256(*bytes).hex() != digest)
    return fail(ErrorKind::corrupt, cat(name, " is not what was sealed: its digest should be ", digest));
  return bytes;
}

Result<SealedParts> fetch_parts(const json::Value& manifest, const FetchPart& fetch) {
  SealedParts parts;
  const auto* list = manifest.find("parts");
  if (list == nullptr || list->array() == nullptr)
    return fail(ErrorKind::corrupt, "the manifest lists no parts");
  for (const auto& one : *list->array()) {
    const auto* name = one.find("name");
    const auto* digest = one.find("digest");
    if (name == nullptr || name->text() == nullptr || digest == nullptr || digest->text() == nullptr)
      return fail(ErrorKind::corrupt, "the manifest has a part without name or digest");
    auto bytes = checked(fetch, *digest->text(), *name->text());
    if (!bytes) return forward(bytes);
    parts.emplace(*name->text(), std::move(*bytes));
  }
  return parts;
}

Result<json::Value> json_part(const SealedParts& parts, const std::string& name) {
  const auto at = parts.find(name);
  if (at == parts.end())
    return fail(ErrorKind::unsupported, cat("this evidence has no ", name, ": there is no score to repeat"));
  return json::parse(as_text(at->second));
}

struct Window {
  std::string machine;
  size_t columns = 0, rows = 0;
  std::vector<double> values;
  double score = 0, threshold = 0;
};

Result<Window> parse_window(const json::Value& value) {
  Window window;
  const auto wrong = [] { return fail(ErrorKind::corrupt, "window.json is not as it was written"); };
  const auto *columns = value.find("columns"), *rows = value.find("rows"), *machine = value.find("machine");
  const auto *size = value.find("window"), *score = value.find("score"), *limit = value.find("threshold");
  if (columns == nullptr || columns->array() == nullptr || rows == nullptr || rows->array() == nullptr ||
      machine == nullptr || machine->text() == nullptr || size == nullptr || score == nullptr ||
      limit == nullptr)
    return wrong();
  window.machine = *machine->text();
  window.columns = columns->array()->size();
  for (const auto& row : *rows->array()) {
    if (row.array() == nullptr || row.array()->size() != window.columns) return wrong();
    for (const auto& one : *row.array())
      window.values.push_back(one.number().value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  const auto count = size->integer();
  if (!count || *count < 1 || static_cast<size_t>(*count) > rows->array()->size()) return wrong();
  window.rows = static_cast<size_t>(*count);
  window.score = score->number().value_or(0);
  window.threshold = limit->number().value_or(0);
  return window;
}

Result<double> judge_by_network(const SealedParts& parts, const detection::Rows& rows,
                                inference::Backend& backend) {
  const Unpacked unpacked(parts);
  const auto folder = unpacked.folder();
  if (!folder) return forward(folder);
  const auto file = detection::load_detector_file(*folder);
  if (!file) return forward(file);
  std::unique_ptr<detection::Detector> detector;
  if (file->kind == detection::NetworkKind::vibration_cnn) {
    auto opened = detection::open_vibration(*file, backend);
    if (!opened) return forward(opened);
    detector = std::move(*opened);
  } else {
    auto opened = detection::open_autoencoder(*file, backend);
    if (!opened) return forward(opened);
    detector = std::move(*opened);
  }
  const auto judged = detector->judge(rows);
  if (!judged) return forward(judged);
  return judged->score;
}

// A detector that learnt on the spot is made again from the rows it learnt from.
Result<double> judge_by_learning(const SealedParts& parts, const detection::Rows& rows) {
  const auto healthy = json_part(parts, "healthy.json");
  if (!healthy) return forward(healthy);
  const auto configuration = json_part(parts, "configuration.json");
  if (!configuration) return forward(configuration);
  const auto learnt = detection::parse_learnt(*healthy);
  if (!learnt) return forward(learnt, "healthy.json");
  const auto* kind = configuration->find("kind");
  if (kind == nullptr || kind->text() == nullptr)
    return fail(ErrorKind::corrupt, "configuration.json does not name the detector");
  const auto detector = detection::make_detector(*kind->text());
  if (!detector) return forward(detector);
  if (auto fitted = (*detector)->fit({learnt->values, learnt->columns.size()}); !fitted)
    return forward(fitted, "healthy.json");
  const auto judged = (*detector)->judge(rows);
  if (!judged) return forward(judged);
  return judged->score;
}

std::string text_of(const json::Value& manifest, std::string_view key) {
  const auto* detector = manifest.find("detector");
  const auto* value = detector != nullptr ? detector->find(key) : nullptr;
  return value != nullptr && value->text() != nullptr ? *value->text() : "";
}

}  // namespace

Result<Replayed> replay(const std::string& manifest_digest, const FetchPart& fetch,
                        inference::Backend& backend, const std::filesystem::path& models) {
  const auto text = checked(fetch, manifest_digest, "the manifest");
  if (!text) return forward(text);
  const auto manifest = json::parse(as_text(*text));
  if (!manifest) return forward(manifest, "the manifest");
  const auto parts = fetch_parts(*manifest, fetch);
  if (!parts) return forward(parts);
  if (is_run(*parts)) {
    auto again = replay_run(*parts, backend, models);
    if (!again) return forward(again);
    const auto *asset = manifest->find("asset"), *detector = manifest->find("detector");
    const auto* threshold = detector != nullptr ? detector->find("threshold") : nullptr;
    if (asset != nullptr && asset->text() != nullptr) again->machine = *asset->text();
    if (threshold != nullptr) again->threshold = threshold->number().value_or(0);
    again->detector = text_of(*manifest, "name");
    again->model = text_of(*manifest, "model");
    return again;
  }
  const auto sealed = json_part(*parts, "window.json");
  if (!sealed) return forward(sealed);
  const auto window = parse_window(*sealed);
  if (!window) return forward(window);
  const detection::Rows all{window->values, window->columns};
  const auto rows = all.last(window->rows);
  const bool network = parts->contains("model/detector.yaml");
  const auto score = network ? judge_by_network(*parts, rows, backend) : judge_by_learning(*parts, rows);
  if (!score) return forward(score);
  Replayed out{.machine = window->machine,
               .detector = text_of(*manifest, "name"),
               .model = text_of(*manifest, "model"),
               .sealed = window->score,
               .score = *score,
               .threshold = window->threshold,
               .parts = {}};
  out.same = std::abs(out.score - out.sealed) <= kSame * std::max(1.0, std::abs(out.sealed));
  return out;
}

}  // namespace oree::edge
