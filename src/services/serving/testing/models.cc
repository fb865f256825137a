#include "services/serving/testing/models.h"

#include <doctest/doctest.h>

#include <limits>

#include "base/text.h"

namespace oree::serving::testing {

namespace {

using inference::FakeDefinition;
using tensor::DType;
using tensor::Tensor;
using tensor::TensorView;
using Made = Result<std::vector<Tensor>>;

Made add(std::span<const TensorView> in) {
  std::vector<Tensor> out;
  out.push_back(*Tensor::create(DType::f32, {in[0].shape.begin(), in[0].shape.end()}));
  const auto sum = out[0].as<float>();
  for (size_t i = 0; i < sum.size(); ++i) sum[i] = in[0].as<float>()[i] + in[1].as<float>()[i];
  return out;
}

Made copy_bytes(std::span<const TensorView> in) {
  std::vector<Tensor> out;
  out.push_back(*Tensor::create(in[0].dtype, {in[0].shape.begin(), in[0].shape.end()}));
  std::ranges::copy(in[0].data, out[0].mutable_bytes().begin());
  return out;
}

Made copy_and_flag(std::span<const TensorView> in) {
  Made out = copy_bytes(in);
  out->push_back(*Tensor::create(DType::boolean, {1}));
  (*out)[1].as<uint8_t>()[0] = 1;
  return out;
}

Made no_number(std::span<const TensorView>) {
  std::vector<Tensor> out;
  out.push_back(*Tensor::create(DType::f32, {1}));
  out[0].as<float>()[0] = std::numeric_limits<float>::quiet_NaN();
  return out;
}

// How bright a picture is, and how dark; see the test of ImagePredictor.
Made brightness(std::span<const TensorView> in) {
  float sum = 0;
  for (const float value : in[0].as<float>()) sum += value;
  std::vector<Tensor> out;
  out.push_back(*Tensor::create(DType::f32, {1, 2}));
  out[0].as<float>()[0] = sum / 48;
  out[0].as<float>()[1] = 1 - sum / 48;
  return out;
}

}  // namespace

inference::FakeBackend fake_models() {
  inference::FakeBackend backend;
  backend.define(
      "add",
      {{{{"a", DType::f32, {-1, 3}}, {"b", DType::f32, {-1, 3}}}, {{"sum", DType::f32, {-1, 3}}}}, add});
  backend.define("bytes", {{{{"x", DType::u8, {2}}}, {{"y", DType::u8, {2}}, {"flag", DType::boolean, {1}}}},
                           copy_and_flag});
  backend.define("nan", {{{{"x", DType::f32, {1}}}, {{"y", DType::f32, {1}}}}, no_number});
  backend.define("half", {{{{"x", DType::f16, {1}}}, {{"y", DType::f16, {1}}}}, copy_bytes});
  backend.define("brightness",
                 {{{{"picture", DType::f32, {1, 3, 4, 4}}}, {{"scores", DType::f32, {1, 2}}}}, brightness});
  return backend;
}

void Models::add(std::string_view name, std::string_view version, std::string_view word) const {
  folder.write(cat(name, "/", version, "/model.onnx"), cat("oree-fake ", word));
}

std::unique_ptr<ModelRepository> Models::open() {
  auto repository = ModelRepository::open(folder.path(), backend, {}, metrics);
  REQUIRE(repository.has_value());
  return std::move(*repository);
}

http::Response call(const http::Router& router, std::string_view method, std::string_view path,
                    std::string_view body, const std::vector<http::Header>& headers) {
  const http::Router::Match match = router.match(method, path);
  if (match.route == nullptr) return http::text(match.path_known ? 405 : 404, "");
  http::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  request.headers = headers;
  request.captures = match.captures;
  return match.route->handler(request);
}

}  // namespace oree::serving::testing
