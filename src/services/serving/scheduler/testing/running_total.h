// A network of sequences for tests: TOTAL = INPUT + (START ? 0 : STATE), STATE_OUT = TOTAL, END_SEEN = END,
// WHO = CORRID; all [-1, 1]. Stateless itself: the state comes and goes with every run.
#pragma once

#include <cstring>

#include "core/inference/checks.h"
#include "core/inference/model.h"
#include "core/inference/service/service.h"
#include "services/serving/scheduler/settings.h"

namespace oree::serving::testing {

class RunningTotal final : public inference::Model {
 public:
  RunningTotal() {
    using tensor::DType;
    signature_.inputs = {{"INPUT", DType::i32, {-1, 1}},
                         {"START", DType::i32, {-1, 1}},
                         {"END", DType::boolean, {-1, 1}},
                         {"CORRID", DType::u64, {-1, 1}},
                         {"STATE", DType::i32, {-1, 1}}};
    signature_.outputs = {
        {"TOTAL", DType::i32, {-1, 1}}, {"STATE_OUT", DType::i32, {-1, 1}}, {"WHO", DType::u64, {-1, 1}}};
  }
  const inference::Signature& signature() const override { return signature_; }
  std::string_view backend() const override { return "fake"; }

  Status run(std::span<const tensor::TensorView> inputs,
             std::span<inference::Output> outputs) const override {
    if (Status fits = inference::check_inputs(signature_, inputs); !fits) return fits;
    const auto input = inputs[0].as<int32_t>(), start = inputs[1].as<int32_t>(),
               state = inputs[4].as<int32_t>();
    std::array<std::shared_ptr<tensor::Tensor>, 3> made;
    for (size_t i = 0; i < 3; ++i) {
      made[i] = std::make_shared<tensor::Tensor>(
          *tensor::Tensor::create(signature_.outputs[i].dtype, {static_cast<int64_t>(input.size()), 1}));
    }
    for (size_t i = 0; i < input.size(); ++i) {
      made[0]->as<int32_t>()[i] = made[1]->as<int32_t>()[i] = input[i] + (start[i] == 1 ? 0 : state[i]);
      made[2]->as<uint64_t>()[i] = inputs[3].as<uint64_t>()[i];
    }
    for (size_t i = 0; i < 3; ++i) {
      outputs[i].dtype = signature_.outputs[i].dtype;
      outputs[i].shape = made[i]->shape();
      if (outputs[i].preset.empty()) {
        outputs[i].data = made[i]->bytes();
        outputs[i].keep = made[i];
      } else {
        std::ranges::copy(made[i]->bytes(), outputs[i].preset.begin());
        outputs[i].data = outputs[i].preset;
      }
    }
    return {};
  }

 private:
  inference::Signature signature_;
};

inline inference::Description total_description() {
  using tensor::DType;
  return {"total",
          "1",
          "fake",
          4,
          {{{"INPUT", DType::i32, {-1, 1}}, false, {}}},
          {{{"TOTAL", DType::i32, {-1, 1}}, false, {}}, {{"WHO", DType::u64, {-1, 1}}, false, {}}}};
}

inline SchedulerSettings total_settings() {
  using modelconfig::ControlKind;
  SchedulerSettings settings;
  modelconfig::SequenceBatching& sequences = settings.sequences.emplace();
  sequences.control_input = {{"START", {{.kind = ControlKind::start, .int32_false_true = {0, 1}}}},
                             {"END", {{.kind = ControlKind::end, .bool_false_true = {false, true}}}},
                             {"CORRID", {{.kind = ControlKind::corrid, .data_type = tensor::DType::u64}}}};
  sequences.state = {{.input_name = "STATE", .output_name = "STATE_OUT", .data_type = tensor::DType::i32}};
  return settings;
}

}  // namespace oree::serving::testing
