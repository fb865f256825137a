#include "nodes/hub/fleet/evidence.h"

#include "base/text.h"
#include "nodes/hub/door/names.h"
#include "nodes/hub/registry/packages.h"

namespace oree::hub {
namespace {

using json::Value;

constexpr size_t kMostModels = 64, kMostBuckets = 1'000, kBins = 100, kMostPackages = 10'000;
constexpr int64_t kMostCount = int64_t{1} << 40;

std::unexpected<Error> wrong(std::string_view member, std::string_view rule) {
  return fail(ErrorKind::invalid, cat("the metrics: '", member, "' ", rule));
}

std::string text_of(const Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found != nullptr && found->text() != nullptr ? *found->text() : "";
}

double real_of(const Value* value, std::string_view key, double fallback) {
  const auto* found = value == nullptr ? nullptr : value->find(key);
  return found == nullptr ? fallback : found->number().value_or(fallback);
}

// A count, 0 when absent; nullopt for what is none.
std::optional<uint64_t> count_of(const Value* value) {
  if (value == nullptr || value->is_null()) return 0;
  const auto number = value->integer();
  if (!number || *number < 0 || *number > kMostCount) return std::nullopt;
  return static_cast<uint64_t>(*number);
}

Status read_latency(const Value* list, monitoring::LatencySketch& sketch) {
  if (list == nullptr || list->is_null()) return {};
  if (list->array() == nullptr || list->array()->size() > kMostBuckets)
    return wrong("latency_us", cat("must be a list of at most ", kMostBuckets, " pairs"));
  for (const auto& pair : *list->array()) {
    if (pair.array() == nullptr || pair.array()->size() != 2) return wrong("latency_us", "must hold pairs");
    const auto us = count_of(&(*pair.array())[0]), times = count_of(&(*pair.array())[1]);
    if (!us || !times) return wrong("latency_us", "must hold [microseconds, how many]");
    sketch.add(*us, *times);
  }
  return {};
}

Status read_confidence(const Value* list, monitoring::BinSketch& sketch) {
  if (list == nullptr || list->is_null()) return {};
  if (list->array() == nullptr || list->array()->size() != kBins)
    return wrong("confidence", cat("must be a list of ", kBins, " counts"));
  std::vector<uint64_t> counts;
  for (const auto& one : *list->array()) {
    const auto count = count_of(&one);
    if (!count) return wrong("confidence", "must hold counts");
    counts.push_back(*count);
  }
  sketch = monitoring::BinSketch(0, 1, std::move(counts));
  return {};
}

Result<ModelMetrics> read_model(const Value& value) {
  ModelMetrics model{.unit = text_of(value, "name"),
                     .name = text_of(value, "name"),
                     .version = text_of(value, "version"),
                     .package = text_of(value, "package"),
                     .role = text_of(value, "role")};
  if (!is_name(model.name)) return wrong("models.name", kNameRule);
  if (!model.version.empty() && !is_version(model.version)) return wrong("models.version", "is none");
  if (!model.package.empty() && !is_digest(model.package))
    return wrong("models.package", "must be sha256:HEX");
  auto& evidence = model.evidence;
  const auto requests = count_of(value.find("requests")), errors = count_of(value.find("errors"));
  const auto* shadow = value.find("shadow");
  const auto shadowed = count_of(shadow == nullptr ? nullptr : shadow->find("requests"));
  const auto agreed = count_of(shadow == nullptr ? nullptr : shadow->find("agreed"));
  if (!requests || !errors || !shadowed || !agreed || *errors > *requests || *agreed > *shadowed)
    return wrong("models", "must hold counts, errors among requests, agreed among shadowed ones");
  evidence.requests = *requests;
  evidence.errors = *errors;
  evidence.shadowed = *shadowed;
  evidence.agreed = *agreed;
  if (auto read = read_latency(value.find("latency_us"), evidence.latency); !read) return forward(read);
  if (auto read = read_confidence(value.find("confidence"), evidence.confidence); !read) return forward(read);
  model.p95_ms = real_of(value.find("latency_ms"), "p95", 0);
  model.wasserstein = real_of(value.find("drift"), "wasserstein", -1);
  return model;
}

}  // namespace

Result<Metrics> parse_metrics(std::string_view body) {
  const auto value = json::parse(body);
  if (!value || value->object() == nullptr)
    return fail(ErrorKind::invalid, "the metrics must be a JSON object");
  Metrics metrics;
  metrics.instance = text_of(*value, "instance");
  if (metrics.instance.size() != 32 || !from_hex(metrics.instance))
    return wrong("instance", "must be 32 hex digits");
  metrics.seconds = real_of(&*value, "seconds", 0);
  const auto* host = value->find("host");
  metrics.cpu_percent = real_of(host, "cpu_percent", 0);
  metrics.memory_mb = real_of(host, "memory_mb", 0);
  metrics.temperature_c = real_of(host, "temperature_c", 0);
  for (const std::string_view key : {"models", "configurations"}) {
    const auto* list = value->find(key);
    if (list == nullptr || list->is_null()) continue;
    if (list->array() == nullptr || list->array()->size() > kMostModels)
      return wrong(key, cat("must be a list of at most ", kMostModels));
    for (const auto& one : *list->array()) {
      auto model = read_model(one);
      if (!model) return forward(model);
      if (key != "models") model->unit = kConfigurationUnit;
      metrics.models.push_back(*std::move(model));
    }
  }
  return metrics;
}

Status EvidenceBook::load() {
  std::scoped_lock lock(mutex_, shelf_.mutex);
  auto statement = shelf_.database.prepare("SELECT device,rollout,sums FROM evidence");
  if (!statement) return forward(statement);
  for (;;) {
    const auto row = statement->step();
    if (!row) return forward(row);
    if (!*row) return {};
    const auto sums = json::parse(statement->text(2));
    if (!sums || sums->find("candidate") == nullptr || sums->find("baseline") == nullptr) continue;
    auto candidate = rollouts::parse_evidence(*sums->find("candidate"));
    auto baseline = rollouts::parse_evidence(*sums->find("baseline"));
    if (candidate && baseline)
      pairs_[std::string(statement->text(1))][std::string(statement->text(0))] = {*candidate, *baseline};
  }
}

void EvidenceBook::watch(std::vector<Watched> watched) {
  const std::lock_guard lock(mutex_);
  watched_ = std::move(watched);
}

void EvidenceBook::take(const std::string& device, const Metrics& metrics) {
  const std::lock_guard lock(mutex_);
  for (const auto& model : metrics.models) {
    if (!model.package.empty() && (totals_.size() < kMostPackages || totals_.contains(model.package))) {
      auto& total = totals_[model.package];
      total.model = model.name;
      total.version = model.version;
      total.requests += model.evidence.requests;
      total.errors += model.evidence.errors;
    }
    for (const auto& watched : watched_) {
      if (watched.unit != model.unit) continue;
      auto& pair = pairs_[watched.rollout][device];
      (model.package == watched.package ? pair.candidate : pair.baseline).merge(model.evidence);
      dirty_.emplace(watched.rollout, device);
    }
  }
}

std::map<std::string, EvidencePair> EvidenceBook::of(const std::string& rollout) const {
  const std::lock_guard lock(mutex_);
  const auto at = pairs_.find(rollout);
  return at == pairs_.end() ? std::map<std::string, EvidencePair>{} : at->second;
}

std::map<std::string, PackageTotals> EvidenceBook::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

Status EvidenceBook::flush() {
  std::scoped_lock lock(mutex_, shelf_.mutex);
  if (dirty_.empty()) return {};
  auto transaction = sql::Transaction::begin(shelf_.database);
  if (!transaction) return forward(transaction);
  for (const auto& [rollout, device] : dirty_) {
    const auto& pair = pairs_[rollout][device];
    const json::Object sums{{"candidate", rollouts::to_json(pair.candidate)},
                            {"baseline", rollouts::to_json(pair.baseline)}};
    auto done = run(shelf_.database, "INSERT OR REPLACE INTO evidence(device,rollout,sums) VALUES(?,?,?)",
                    device, rollout, json::print(sums));
    if (!done) return done;
  }
  if (auto done = transaction->commit(); !done) return done;
  dirty_.clear();
  return {};
}

}  // namespace oree::hub
