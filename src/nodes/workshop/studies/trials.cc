#include "nodes/workshop/studies/trials.h"

#include <algorithm>

#include "base/text.h"
#include "core/graph/file.h"
#include "nodes/workshop/judge.h"
#include "nodes/workshop/measure.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"
#include "platform/http/coding/coding.h"
#include "services/passes/precision/dynamic_int8.h"
#include "services/passes/precision/float16.h"
#include "services/passes/precision/weight_int4.h"
#include "services/passes/sparsity/pruning.h"

namespace oree::workshop {

namespace {

double accuracy_of(const certification::Score& score) {
  if (!score.has_labels()) return score.agreement;
  return static_cast<double>(score.top1) / static_cast<double>(score.labelled);
}

uint64_t packed_size(const ByteBuffer& bytes) {
  const auto packed = http::encode(http::Coding::gzip, as_text(bytes));
  return packed ? packed->size() : bytes.size();
}

}  // namespace

search::Objectives Trial::objectives(uint64_t float_packed) const {
  return {1 - kept, time_ratio,
          static_cast<double>(packed) / static_cast<double>(std::max<uint64_t>(float_packed, 1))};
}

json::Value to_json(const Trial& trial) {
  json::Array point;
  for (const uint16_t choice : trial.point) point.push_back(choice);
  return json::Object{
      {"point", std::move(point)},       {"accuracy", trial.accuracy}, {"kept", trial.kept},
      {"kept_at_least", trial.kept_low}, {"p50_ms", trial.p50_ms},     {"p95_ms", trial.p95_ms},
      {"time_ratio", trial.time_ratio},  {"bytes", trial.bytes},       {"packed_bytes", trial.packed},
      {"sha256", trial.digest}};
}

Result<Trial> trial_from(const json::Value& value, const search::Space& space) {
  const json::Value* point = value.find("point");
  const json::Array* choices = point == nullptr ? nullptr : point->array();
  if (choices == nullptr || choices->size() != space.size())
    return fail(ErrorKind::invalid, "a trial's 'point' does not have a choice for each axis");
  Trial trial;
  for (size_t axis = 0; axis < space.size(); ++axis) {
    const auto choice = (*choices)[axis].integer();
    if (!choice || *choice < 0 || static_cast<size_t>(*choice) >= space[axis].choices.size())
      return fail(ErrorKind::invalid,
                  cat("a trial's choice for '", space[axis].name, "' is none of the axis"));
    trial.point.push_back(static_cast<uint16_t>(*choice));
  }
  struct Field {
    std::string_view name;
    double* to;
  };
  double bytes = 0, packed = 0;
  for (const Field& field : {Field{"accuracy", &trial.accuracy}, Field{"kept", &trial.kept},
                             Field{"kept_at_least", &trial.kept_low}, Field{"p50_ms", &trial.p50_ms},
                             Field{"p95_ms", &trial.p95_ms}, Field{"time_ratio", &trial.time_ratio},
                             Field{"bytes", &bytes}, Field{"packed_bytes", &packed}}) {
    const json::Value* found = value.find(field.name);
    const auto number = found == nullptr ? std::nullopt : found->number();
    if (!number || !(*number >= -1e15 && *number <= 1e15))
      return fail(ErrorKind::invalid, cat("a trial's '", field.name, "' is missing or no number"));
    *field.to = *number;
  }
  const json::Value* digest = value.find("sha256");
  if (bytes < 0 || packed < 0 || digest == nullptr || digest->text() == nullptr)
    return fail(ErrorKind::invalid, "a trial's 'bytes', 'packed_bytes' or 'sha256' is missing or wrong");
  trial.bytes = static_cast<uint64_t>(bytes);
  trial.packed = static_cast<uint64_t>(packed);
  trial.digest = *digest->text();
  return trial;
}

Result<Trials> Trials::begin(const Laboratory& lab, const Ways& ways, double seconds,
                             std::vector<inference::Backend*> others) {
  Trials trials(lab, ways, seconds, std::move(others));
  const Network& network = lab.network();
  auto model = lab.backend().load(network.file, {});
  if (!model) return forward(model);
  trials.float_model_ = *std::move(model);
  auto answers = answers_of(network, *trials.float_model_, lab.dataset(), lab.dataset().evaluation());
  if (!answers) return forward(answers);
  trials.float_answers_ = *std::move(answers);
  Result<Input> sample = lab.dataset().load(lab.dataset().evaluation()[0]);
  if (!sample) return forward(sample);
  trials.sample_ = *std::move(sample);
  const auto time =
      time_of(*trials.float_model_, trials.sample_.tensor.view(), {.seconds = seconds, .least_rounds = 10});
  if (!time) return forward(time);
  const auto score = certification::score(network.task, trials.float_answers_, trials.float_answers_,
                                          lab.dataset().labels());
  // A file that keeps its weights in small integers is no measure for the size of a float network.
  const auto prepared = lab.work() / "trial.onnx";
  if (Status stored = graph::store(lab.prepared(), prepared); !stored) return forward(stored);
  files::RealDisk disk;
  const auto whole = disk.read(prepared, uint64_t{2} << 30);
  if (!whole) return forward(whole);
  trials.baseline_ = {accuracy_of(score), time->p50_ms, std::max<uint64_t>(network.bytes, whole->size()),
                      packed_size(*whole)};
  return trials;
}

Result<graph::Model> Trials::build(const search::Point& point) const {
  const Way way = ways_->way_at(point);
  graph::Model model = lab_->prepared();
  if (way.zeros > 0) {
    if (const auto done = passes::prune(model, {.sparsity = way.zeros}); !done) return forward(done);
  }
  if (!way.all_float) {
    auto made = lab_->integers_of(model, way.method, way.kept);
    if (!made) return forward(made);
    model = std::move(made->model);
  }
  if (way.products == Products::dynamic_int8) {
    if (const auto done = passes::to_dynamic_int8(model); !done) return forward(done);
  } else if (way.products == Products::int4) {
    if (const auto done = passes::to_weight_int4(model); !done) return forward(done);
  }
  if (way.half) {
    if (const auto done = passes::to_half(model); !done) return forward(done);
  }
  return model;
}

Result<Trial> Trials::measure(const search::Point& point) {
  const Result<graph::Model> model = build(point);
  if (!model) return forward(model);
  const auto file = lab_->work() / "trial.onnx";
  if (Status stored = graph::store(*model, file); !stored) return forward(stored);
  files::RealDisk disk;
  const auto bytes = disk.read(file, uint64_t{2} << 30);
  if (!bytes) return forward(bytes);
  Trial trial{point};
  trial.bytes = bytes->size();
  trial.packed = packed_size(*bytes);
  trial.digest = crypto::sha256(*bytes).hex();
  const Way way = ways_->way_at(point);
  inference::Backend& backend = way.backend == 0 ? lab_->backend() : *others_[way.backend - 1];
  const auto loaded = backend.load(file, {.threads = way.threads});
  // What this runtime has no kernels for is no way to go here.
  if (!loaded) return fail(ErrorKind::unsupported, loaded.error().what);
  const std::string computed = cat(trial.digest, backend.name());
  auto known = scores_.find(computed);
  if (known == scores_.end()) {
    const auto answers = answers_of(lab_->network(), **loaded, lab_->dataset(), lab_->dataset().evaluation());
    if (!answers) return forward(answers);
    known = scores_
                .emplace(computed, certification::score(lab_->network().task, float_answers_, *answers,
                                                        lab_->dataset().labels()))
                .first;
  }
  trial.accuracy = accuracy_of(known->second);
  trial.kept = known->second.kept;
  trial.kept_low = known->second.kept_low;
  const auto time = compare_times(*float_model_, **loaded, sample_.tensor.view(),
                                  {.seconds = seconds_, .own_time = way.threads == 1 && way.backend == 0});
  if (!time) return forward(time);
  trial.time_ratio = 1 / std::max(time->speedup, 1e-9);
  trial.p50_ms = baseline_.p50_ms * trial.time_ratio;
  trial.p95_ms = time->optimised.p95_ms;
  return trial;
}

}  // namespace oree::workshop
