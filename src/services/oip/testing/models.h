// Networks over every datatype for tests of this dialect, behind core/inference/testing's ModelService.
//
//   simple    INPUT0, INPUT1 INT32[-1,16] → OUTPUT0 = sum, OUTPUT1 = difference; batches of 8
//   <type>    e.g. "fp32", "bool", "bytes": x [-1] → y, the same
//   classes   x FP32[-1,4] → y, the same, with labels; batches of 4
//   pair      a FP32[2], b INT64[-1] → a, b
//   fixed     x FP32[2,3] → y;   wild: x FP32[-1,-1] → y;   text: x BYTES[1] → y
#pragma once

#include <memory>
#include <string>

#include "core/inference/testing/model_service.h"

namespace oree::oip::testing {

void add_models(inference::testing::ModelService& service);

// A Service that answers from another thread, when it is told to.
class LateService final : public inference::Service {
 public:
  LateService();
  ~LateService() override;
  // Waits until so many calls are there, then finishes them all on a thread of its own.
  void release(size_t calls);

  Result<std::shared_ptr<inference::Served>> find(std::string_view, std::string_view,
                                                  inference::Wait) override;
  Result<std::vector<std::string>> versions(std::string_view) override;
  bool ready() const override { return false; }
  std::vector<inference::IndexRow> index() const override;
  Status load(std::string_view, const inference::LoadRequest&) override { return {}; }
  Status unload(std::string_view, bool) override { return {}; }
  Result<std::vector<inference::ModelStatistics>> statistics(std::string_view, std::string_view) override;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace oree::oip::testing
