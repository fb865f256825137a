#include "services/oip/testing/models.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <thread>

#include "base/text.h"

namespace oree::oip::testing {

namespace {

using inference::Output;
using inference::PortDescription;
using tensor::DType;
using tensor::TensorView;

using Compute = std::function<void(std::span<const TensorView>, std::span<Output>)>;

class Network final : public inference::Model {
 public:
  Network(inference::Signature signature, Compute compute)
      : signature_(std::move(signature)), compute_(std::move(compute)) {}
  const inference::Signature& signature() const override { return signature_; }
  std::string_view backend() const override { return "test"; }
  Status run(std::span<const TensorView> inputs, std::span<Output> outputs) const override {
    compute_(inputs, outputs);
    return {};
  }

 private:
  inference::Signature signature_;
  Compute compute_;
};

void lend(Output& output, const TensorView& like, std::shared_ptr<std::vector<std::byte>> bytes) {
  output.dtype = like.dtype;
  output.shape.assign(like.shape.begin(), like.shape.end());
  output.data = *bytes;
  output.keep = std::move(bytes);
}

void same(std::span<const TensorView> inputs, std::span<Output> outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const ByteView data = inputs[i].data;
    lend(outputs[i], inputs[i], std::make_shared<std::vector<std::byte>>(data.begin(), data.end()));
  }
}

void sum_and_difference(std::span<const TensorView> inputs, std::span<Output> outputs) {
  const auto a = inputs[0].as<int32_t>(), b = inputs[1].as<int32_t>();
  for (int sign : {1, -1}) {
    auto bytes = std::make_shared<std::vector<std::byte>>(inputs[0].data.size());
    for (size_t i = 0; i < a.size(); ++i) {
      const int32_t value = a[i] + sign * b[i];
      std::memcpy(bytes->data() + 4 * i, &value, 4);
    }
    lend(outputs[sign == 1 ? 0 : 1], inputs[0], std::move(bytes));
  }
}

PortDescription port(std::string name, DType dtype, tensor::Shape shape,
                     std::vector<std::string> labels = {}) {
  return {{std::move(name), dtype, std::move(shape)}, false, std::move(labels)};
}

void add(inference::testing::ModelService& service, std::string name, int64_t max_batch_size,
         std::vector<PortDescription> inputs, std::vector<PortDescription> outputs, Compute compute = same) {
  inference::Signature signature;
  for (const PortDescription& each : inputs) signature.inputs.push_back(each.spec);
  for (const PortDescription& each : outputs) signature.outputs.push_back(each.spec);
  auto network = std::make_unique<Network>(std::move(signature), std::move(compute));
  std::string config = cat("{\"name\":\"", name, "\"}");
  service.add({std::move(name), "1", "test_network", max_batch_size, std::move(inputs), std::move(outputs)},
              std::move(network), std::move(config));
}

constexpr DType kTypes[] = {DType::boolean, DType::u8,  DType::u16, DType::u32, DType::u64,
                            DType::i8,      DType::i16, DType::i32, DType::i64, DType::f16,
                            DType::bf16,    DType::f32, DType::f64, DType::text};

}  // namespace

void add_models(inference::testing::ModelService& service) {
  add(service, "simple", 8, {port("INPUT0", DType::i32, {-1, 16}), port("INPUT1", DType::i32, {-1, 16})},
      {port("OUTPUT0", DType::i32, {-1, 16}), port("OUTPUT1", DType::i32, {-1, 16})}, sum_and_difference);
  for (const DType dtype : kTypes)
    add(service, lower(tensor::facts(dtype).name), 0, {port("x", dtype, {-1})}, {port("y", dtype, {-1})});
  add(service, "classes", 4, {port("x", DType::f32, {-1, 4})},
      {port("y", DType::f32, {-1, 4}, {"cat", "dog", "", "duck"})});
  add(service, "pair", 0, {port("a", DType::f32, {2}), port("b", DType::i64, {-1})},
      {port("a", DType::f32, {2}), port("b", DType::i64, {-1})});
  add(service, "fixed", 0, {port("x", DType::f32, {2, 3})}, {port("y", DType::f32, {2, 3})});
  add(service, "wild", 0, {port("x", DType::f32, {-1, -1})}, {port("y", DType::f32, {-1, -1})});
  add(service, "text", 0, {port("x", DType::text, {1})}, {port("y", DType::text, {1})});
}

struct LateService::State {
  inference::testing::ModelService inner;
  std::mutex mutex;
  std::condition_variable more;
  std::vector<std::pair<std::shared_ptr<inference::Served>, inference::Call*>> waiting;
};

namespace {

class LateServed final : public inference::Served {
 public:
  LateServed(std::shared_ptr<inference::Served> inner, std::shared_ptr<LateService::State> state)
      : inner_(std::move(inner)), state_(std::move(state)) {}
  const inference::Description& description() const override { return inner_->description(); }
  const std::string& config_json() const override { return inner_->config_json(); }
  bool quick() const override { return false; }
  void start(inference::Call& call) override {
    const std::lock_guard lock(state_->mutex);
    state_->waiting.emplace_back(inner_, &call);
    state_->more.notify_all();
  }
  inference::ModelStatistics statistics() const override { return inner_->statistics(); }

 private:
  std::shared_ptr<inference::Served> inner_;
  std::shared_ptr<LateService::State> state_;
};

}  // namespace

LateService::LateService() : state_(std::make_shared<State>()) {
  add_models(state_->inner);
}

LateService::~LateService() = default;

void LateService::release(size_t calls) {
  std::unique_lock lock(state_->mutex);
  state_->more.wait(lock, [&] { return state_->waiting.size() >= calls; });
  const auto all = std::move(state_->waiting);
  state_->waiting.clear();
  lock.unlock();
  std::jthread([&all] {
    for (const auto& [served, call] : all) served->start(*call);
  });
}

Result<std::shared_ptr<inference::Served>> LateService::find(std::string_view name, std::string_view version,
                                                             inference::Wait wait) {
  Result<std::shared_ptr<inference::Served>> inner = state_->inner.find(name, version, wait);
  if (!inner) return inner;
  return std::make_shared<LateServed>(*std::move(inner), state_);
}

Result<std::vector<std::string>> LateService::versions(std::string_view name) {
  return state_->inner.versions(name);
}

std::vector<inference::IndexRow> LateService::index() const {
  return state_->inner.index();
}

Result<std::vector<inference::ModelStatistics>> LateService::statistics(std::string_view name,
                                                                        std::string_view version) {
  return state_->inner.statistics(name, version);
}

}  // namespace oree::oip::testing
