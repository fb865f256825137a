#include "core/inference/backends/fake/fake_backend.h"

#include <doctest/doctest.h>

#include "core/inference/testing/conformance.h"

namespace oree::inference {
namespace {

using tensor::DType;
using tensor::Tensor;
using tensor::TensorView;

FakeBackend backend_with_models() {
  FakeBackend backend;
  backend.define("add",
                 {{{{"a", DType::f32, {-1, 3}}, {"b", DType::f32, {-1, 3}}}, {{"sum", DType::f32, {-1, 3}}}},
                  [](std::span<const TensorView> in) -> Result<std::vector<Tensor>> {
                    std::vector<Tensor> out;
                    out.push_back(*Tensor::create(DType::f32, {in[0].shape.begin(), in[0].shape.end()}));
                    const auto sum = out[0].as<float>();
                    for (size_t i = 0; i < sum.size(); ++i)
                      sum[i] = in[0].as<float>()[i] + in[1].as<float>()[i];
                    return out;
                  }});
  backend.define("widen", {{{{"x", DType::u8, {2, 2}}}, {{"y", DType::f32, {2, 2}}}},
                           [](std::span<const TensorView> in) -> Result<std::vector<Tensor>> {
                             std::vector<Tensor> out;
                             out.push_back(*Tensor::create(DType::f32, {2, 2}));
                             for (size_t i = 0; i < 4; ++i) out[0].as<float>()[i] = in[0].as<uint8_t>()[i];
                             return out;
                           }});
  return backend;
}

TEST_CASE("TheFakeBackendConforms") {
  FakeBackend backend = backend_with_models();
  testing::check_backend(backend, {"oree-fake add", "oree-fake widen", "oree-fake unheard-of"});
}

}  // namespace
}  // namespace oree::inference
