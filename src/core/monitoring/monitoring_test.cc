#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <thread>

#include "core/monitoring/histogram_state.h"
#include "core/monitoring/host.h"
#include "core/monitoring/metrics.h"

namespace oree::monitoring {
namespace {

TEST_CASE("EveryValueFallsWithinThreePercentOfItsBucket") {
  size_t before = 0;
  for (uint64_t us = 0; us <= kLargest; us += 1 + us / 50) {
    const size_t bucket = fine_bucket(us);
    REQUIRE(bucket < kFineBuckets);
    CHECK(bucket >= before);
    before = bucket;
    const double error = std::abs(static_cast<double>(middle_of_bucket(bucket)) - static_cast<double>(us));
    CHECK(error <= 0.03 * static_cast<double>(us));
  }
  CHECK(fine_bucket(kLargest) == kFineBuckets - 1);
}

TEST_CASE("PercentilesAreTrueOnes") {
  Histogram histogram;
  CHECK(histogram.percentile(99) == microseconds(0));
  for (int i = 1; i <= 1000; ++i) histogram.record(microseconds(i * 100));
  Registry registry;
  const auto shown =
      registry.source([&](Exposition& out) { out.summary_us("times", "How long.", {}, histogram); });
  CHECK(registry.prometheus().find("times_sum 50050000\ntimes_count 1000\n") != std::string::npos);
  CHECK(registry.prometheus().find("# TYPE times summary\ntimes{quantile=\"0.5\"} ") != std::string::npos);
  CHECK(histogram.count() == 1000);
  CHECK(histogram.sum() == microseconds(50'050'000));
  CHECK(histogram.percentile(50).count() == doctest::Approx(50'000).epsilon(0.03));
  CHECK(histogram.percentile(99).count() == doctest::Approx(99'000).epsilon(0.03));
  CHECK(histogram.percentile(100).count() == doctest::Approx(100'000).epsilon(0.03));
  CHECK(histogram.percentile(0).count() == doctest::Approx(100).epsilon(0.03));
}

TEST_CASE("NegativeAndHugeDurationsAreCountedAtTheEnds") {
  Histogram histogram;
  histogram.record(microseconds(-5));
  histogram.record(std::chrono::hours(1000));
  CHECK(histogram.count() == 2);
  CHECK(histogram.percentile(50) == microseconds(0));
  CHECK(histogram.percentile(100) > std::chrono::hours(1));
}

TEST_CASE("TheSameNameAndLabelsGiveTheSameMetric") {
  Registry registry;
  Counter& a = registry.counter("parts_total", "Parts.", {{"line", "1"}, {"decision", "OK"}});
  Counter& b = registry.counter("parts_total", "Parts.", {{"decision", "OK"}, {"line", "1"}});
  Counter& c = registry.counter("parts_total", "Parts.", {{"decision", "KO"}, {"line", "1"}});
  CHECK(&a == &b);
  CHECK(&a != &c);
}

TEST_CASE("PrintsTheTextFormatOfPrometheus") {
  Registry registry;
  registry.counter("parts_total", "Parts seen.", {{"decision", "OK"}}).add(3);
  registry.counter("parts_total", "Parts seen.", {{"decision", "KO"}}).add();
  registry.gauge("queue_length", "Waiting.").set(2.5);
  registry.callback("disk_free_bytes", "Free.", {}, [] { return 12.0; });
  CHECK(registry.prometheus() ==
        "# HELP disk_free_bytes Free.\n# TYPE disk_free_bytes gauge\ndisk_free_bytes 12\n"
        "# HELP parts_total Parts seen.\n# TYPE parts_total counter\n"
        "parts_total{decision=\"OK\"} 3\nparts_total{decision=\"KO\"} 1\n"
        "# HELP queue_length Waiting.\n# TYPE queue_length gauge\nqueue_length 2.5\n");
}

TEST_CASE("EscapesWhatWouldBreakTheText") {
  Registry registry;
  registry.gauge("a-b", "One\nline \\ \"q\"", {{"0path", "C:\\x\n\"y\""}}).set(std::nan(""));
  registry.gauge("big", "h").set(std::numeric_limits<double>::infinity());
  CHECK(registry.prometheus() ==
        "# HELP a_b One\\nline \\\\ \"q\"\n# TYPE a_b gauge\n"
        "a_b{_0path=\"C:\\\\x\\n\\\"y\\\"\"} NaN\n"
        "# HELP big h\n# TYPE big gauge\nbig +Inf\n");
}

TEST_CASE("HistogramBucketsAreCumulativeAndExactAtTheirEdges") {
  Registry registry;
  Histogram& histogram = registry.histogram("wait_seconds", "Wait.", {{"step", "x"}});
  histogram.record(microseconds(1000));
  histogram.record(microseconds(1001));
  histogram.record(std::chrono::hours(1) + microseconds(1));
  const std::string text = registry.prometheus();
  const auto has = [&](std::string_view line) { return text.find(line) != std::string::npos; };
  CHECK(has("# TYPE wait_seconds histogram\n"));
  CHECK(has("wait_seconds_bucket{step=\"x\",le=\"5e-04\"} 0\n"));
  CHECK(has("wait_seconds_bucket{step=\"x\",le=\"0.001\"} 1\n"));
  CHECK(has("wait_seconds_bucket{step=\"x\",le=\"0.0025\"} 2\n"));
  CHECK(has("wait_seconds_bucket{step=\"x\",le=\"3600\"} 2\n"));
  CHECK(has("wait_seconds_bucket{step=\"x\",le=\"+Inf\"} 3\n"));
  CHECK(has("wait_seconds_sum{step=\"x\"} 3600.002002\n"));
  CHECK(has("wait_seconds_count{step=\"x\"} 3\n"));
}

TEST_CASE("AMetricOfAnotherTypeUnderATakenNameIsUsableButNotShown") {
  Registry registry;
  registry.counter("x_total", "X.").add();
  registry.gauge("x_total", "X.").set(9);
  CHECK(registry.prometheus() == "# HELP x_total X.\n# TYPE x_total counter\nx_total 1\n");
}

TEST_CASE("ACallbackMayAskTheRegistryItself") {
  Registry registry;
  registry.callback("calls_total", "Calls.", {}, [&] {
    return static_cast<double>(registry.counter("inner_total", "Inner.").value() + 1);
  });
  CHECK(registry.prometheus().find("calls_total 1\n") != std::string::npos);
  CHECK(registry.prometheus().find("# TYPE calls_total counter\n") != std::string::npos);
}

TEST_CASE("ThreadsCountWithoutLosingAny") {
  Registry registry;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) {
          registry.counter("n_total", "N.").add();
          registry.histogram("d_seconds", "D.").record(microseconds(i));
          if (i % 100 == 0) (void)registry.prometheus();
        }
      });
    }
  }
  CHECK(registry.counter("n_total", "N.").value() == 4000);
  CHECK(registry.histogram("d_seconds", "D.").count() == 4000);
}

TEST_CASE("A source's metrics are there while its handle is, several of one name together") {
  Registry registry;
  registry.counter("a_total", "A.").add();
  Histogram histogram;
  histogram.record(microseconds(700));
  auto handle = registry.source([&](Exposition& out) {
    for (const char* model : {"x", "y"}) {
      out.counter("runs", "Runs.", {{"model", model}}, 3);
      out.gauge("load", "Load.", {{"model", model}}, 0.5);
    }
    out.histogram("run_seconds", "Run.", {}, histogram);
  });
  const std::string text = registry.prometheus();
  CHECK(text.find("# TYPE runs counter\nruns{model=\"x\"} 3\nruns{model=\"y\"} 3\n") != std::string::npos);
  CHECK(text.find("run_seconds_bucket{le=\"5e-04\"} 0\nrun_seconds_bucket{le=\"0.001\"} 1\n") !=
        std::string::npos);
  handle.reset();
  CHECK(registry.prometheus() == "# HELP a_total A.\n# TYPE a_total counter\na_total 1\n");
}

TEST_CASE("ReadsWhatThisProcessUses") {
  const HostUsage usage = read_host_usage();
  CHECK(usage.process_resident_bytes > 100'000);
  CHECK(usage.process_resident_bytes < usage.host_memory_bytes);
  CHECK(usage.host_available_bytes > 0);
  CHECK(usage.host_cpus >= 1);
  CHECK(usage.process_threads >= 1);
  CHECK(usage.uptime_seconds >= 0);
  CHECK(usage.uptime_seconds < 3600);
  CHECK_FALSE(usage.host_name.empty());
  std::jthread other([](std::stop_token stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  CHECK(read_host_usage().process_threads == usage.process_threads + 1);
}

}  // namespace
}  // namespace oree::monitoring
