#include "services/serving/scheduler/metrics.h"

#include <doctest/doctest.h>

#include "services/serving/scheduler/testing/sum_model.h"

namespace oree::serving {

using testing::SumCall;
using testing::SumModel;

TEST_CASE("A model's metrics are there while it is, under Triton's names and ours") {
  SystemClock clock;
  Workers workers{clock};
  monitoring::Registry registry;
  ModelMetrics metrics(registry, nullptr);
  auto made =
      schedule({testing::sum_description(8), "{}", {}, {std::make_shared<SumModel>()}}, {workers, clock});
  REQUIRE(made);
  metrics.add(*made, {{"line", "4"}});
  SumCall two(1, 2), poison(SumModel::kPoison);
  (*made)->start(two);
  (*made)->start(poison);
  const std::string text = registry.prometheus();
  CHECK(text.find("# TYPE nv_inference_count counter\n"
                  "nv_inference_count{_line=\"4\",model=\"sum\",version=\"1\"} 2\n") != std::string::npos);
  CHECK(text.find("nv_inference_request_success{_line=\"4\",model=\"sum\",version=\"1\"} 1\n") !=
        std::string::npos);
  CHECK(text.find(
            "nv_inference_request_failure{_line=\"4\",model=\"sum\",reason=\"BACKEND\",version=\"1\"} 1\n") !=
        std::string::npos);
  CHECK(text.find("oree_inference_request_seconds_count{_line=\"4\",model=\"sum\",version=\"1\"} 1\n") !=
        std::string::npos);
  CHECK(text.find("# TYPE nv_inference_compute_infer_summary_us summary\n"
                  "nv_inference_compute_infer_summary_us{_line=\"4\",model=\"sum\",version=\"1\",quantile="
                  "\"0.5\"} ") != std::string::npos);
  CHECK(text.find("nv_inference_request_summary_us_count{_line=\"4\",model=\"sum\",version=\"1\"} 1\n") !=
        std::string::npos);
  CHECK(text.find("\nnv_cpu_utilization ") != std::string::npos);
  made->reset();
  CHECK(registry.prometheus().find("model=\"sum\"") == std::string::npos);
}

}  // namespace oree::serving
