// A model folder with fake models, and calls to routes without a server. For tests.
#pragma once

#include <string>
#include <string_view>

#include "core/inference/backends/fake/fake_backend.h"
#include "core/monitoring/metrics.h"
#include "platform/files/testing/temp_folder.h"
#include "platform/http/router.h"
#include "services/serving/repository/model_repository.h"

namespace oree::serving::testing {

// Fake models: "add" (a, b FP32 [-1,3] → sum), "bytes" (x UINT8 [2] → y UINT8 [2], flag BOOL [1]),
// "nan" (x FP32 [1] → y FP32 [1], always NaN), "half" (x FP16 [1] → y FP16 [1]), "brightness" (picture FP32
// [1,3,4,4] of 0..1 → scores FP32 [1,2]: bright, dark).
inference::FakeBackend fake_models();

struct Models {
  files::testing::TempFolder folder;
  inference::FakeBackend backend = fake_models();
  monitoring::Registry metrics;

  // Puts models/<name>/<version>/model.onnx there; `word` chooses the fake.
  void add(std::string_view name, std::string_view version, std::string_view word) const;
  std::unique_ptr<ModelRepository> open();
};

// What the router's handler answers; status 404 or 405 without one.
http::Response call(const http::Router& router, std::string_view method, std::string_view path,
                    std::string_view body = "", const std::vector<http::Header>& headers = {});

}  // namespace oree::serving::testing
