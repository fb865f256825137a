#include "nodes/workshop/studies/trials.h"

#include <algorithm>

#include "base/text.h"
#include "core/graph/file.h"
#include "nodes/workshop/judge.h"
#include "nodes/workshop/measure.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"
#include "services/passes/precision/dynamic_int8.h"
#include "services/passes/precision/float16.h"
#include "services/passes/precision/weight_int4.h"

namespace oree::workshop {

namespace {

double accuracy_of(const certification::Score& score) {
  if (!score.has_labels()) return score.agreement;
  return static_cast<double>(score.top1) / static_cast<double>(score.labelled);
}

}  // namespace

search::Objectives Trial::objectives(uint64_t float_bytes) const {
  return {1 - kept, time_ratio,
          static_cast<double>(bytes) / static_cast<double>(std::max<uint64_t>(float_bytes, 1))};
}

json::Value to_json(const Trial& trial) {
  json::Array point;
  for (const uint16_t choice : trial.point) point.push_back(choice);
  return json::Object{
      {"point", std::move(point)},       {"accuracy", trial.accuracy}, {"kept", trial.kept},
      {"kept_at_least", trial.kept_low}, {"p50_ms", trial.p50_ms},     {"p95_ms", trial.p95_ms},
      {"time_ratio", trial.time_ratio},  {"bytes", trial.bytes},       {"sha256", trial.digest}};
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
  double bytes = 0;
  for (const Field& field :
       {Field{"accuracy", &trial.accuracy}, Field{"kept", &trial.kept},
        Field{"kept_at_least", &trial.kept_low}, Field{"p50_ms", &trial.p50_ms},
        Field{"p95_ms", &trial.p95_ms}, Field{"time_ratio", &trial.time_ratio}, Field{"bytes", &bytes}}) {
    const json::Value* found = value.find(field.name);
    const auto number = found == nullptr ? std::nullopt : found->number();
    if (!number || !(*number >= -1e15 && *number <= 1e15))
      return fail(ErrorKind::invalid, cat("a trial's '", field.name, "' is missing or no number"));
    *field.to = *number;
  }
  const json::Value* digest = value.find("sha256");
  if (bytes < 0 || digest == nullptr || digest->text() == nullptr)
    return fail(ErrorKind::invalid, "a trial's 'bytes' or 'sha256' is missing or wrong");
  trial.bytes = static_cast<uint64_t>(bytes);
  trial.digest = *digest->text();
  return trial;
}

Result<Trials> Trials::begin(const Laboratory& lab, const Ways& ways, double seconds) {
  Trials trials(lab, ways, seconds);
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
  const auto time = time_of(*trials.float_model_, trials.sample_.tensor.view(), seconds);
  if (!time) return forward(time);
  const auto score = certification::score(network.task, trials.float_answers_, trials.float_answers_,
                                          lab.dataset().labels());
  // A file that keeps its weights in small integers is no measure for the size of a float network.
  const auto prepared = lab.work() / "trial.onnx";
  if (Status stored = graph::store(lab.prepared(), prepared); !stored) return forward(stored);
  std::error_code ignored;
  trials.baseline_ = {accuracy_of(score), time->p50_ms,
                      std::max<uint64_t>(network.bytes, std::filesystem::file_size(prepared, ignored))};
  return trials;
}

Result<graph::Model> Trials::build(const search::Point& point) const {
  const Way way = ways_->way_at(point);
  graph::Model model = lab_->prepared();
  if (!way.all_float) {
    auto made = lab_->integers(way.method, way.kept);
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
  trial.digest = crypto::sha256(*bytes).hex();
  const auto loaded = lab_->backend().load(file, {.threads = ways_->way_at(point).threads});
  // What this runtime has no kernels for is no way to go here.
  if (!loaded) return fail(ErrorKind::unsupported, loaded.error().what);
  auto known = scores_.find(trial.digest);
  if (known == scores_.end()) {
    const auto answers = answers_of(lab_->network(), **loaded, lab_->dataset(), lab_->dataset().evaluation());
    if (!answers) return forward(answers);
    known = scores_
                .emplace(trial.digest, certification::score(lab_->network().task, float_answers_, *answers,
                                                            lab_->dataset().labels()))
                .first;
  }
  trial.accuracy = accuracy_of(known->second);
  trial.kept = known->second.kept;
  trial.kept_low = known->second.kept_low;
  const auto time = compare_times(*float_model_, **loaded, sample_.tensor.view(), {.seconds = seconds_});
  if (!time) return forward(time);
  trial.time_ratio = 1 / std::max(time->speedup, 1e-9);
  trial.p50_ms = baseline_.p50_ms * trial.time_ratio;
  trial.p95_ms = time->optimised.p95_ms;
  return trial;
}

}  // namespace oree::workshop
