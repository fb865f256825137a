// oree-series-bench STORY WORK…: what the series store and the models inside SQL take, as one line of JSON.
//
// - rows DIR: 116 sensors × a day of seconds: durable rows a second, then the file closed and small.
// - query DIR: the average of every minute of that day, all sensors and one, through SQL.
// - ae MODELS NAME ROWS: ae_error over so many rows against the runtime alone, its windows made beforehand.
// - robots MODEL N: N robots judged once each by the detector, against the runtime alone.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <random>
#include <string>

#include "base/log.h"
#include "base/text.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "services/detection/networks/autoencoder.h"
#include "services/queries/models/backend_models.h"
#include "services/queries/queries.h"
#include "services/series/sqlite_store.h"

using namespace oree;
using namespace std::chrono_literals;

namespace {

constexpr int64_t kMachines = 29, kSensors = 4, kSeconds = 86'400;
constexpr int64_t kStart = 1'767'225'600'000'000;  // a day of 2026
constexpr size_t kCommit = 1'000;                  // rows

double seconds_since(MonoTime start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "error: %s\n", result.error().what.c_str());
  std::exit(1);
}

void must(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "error: %s\n", status.error().what.c_str());
  std::exit(1);
}

int rows(const std::string& folder) {
  const auto store = must(series::SqliteStore::open(folder + "/series.db"));
  std::vector<readings::SeriesId> ids;
  for (int64_t m = 0; m < kMachines; ++m) {
    for (int64_t s = 0; s < kSensors; ++s)
      ids.push_back(must(store->series(cat("robot-", m), cat("sensor-", s))));
  }
  std::vector<readings::Reading> batch;
  std::mt19937 random(1);
  std::normal_distribution<double> noise(0, 5);
  uint64_t position = 0;
  const MonoTime start = std::chrono::steady_clock::now();
  for (int64_t t = 0; t < kSeconds; ++t) {
    for (size_t i = 0; i < ids.size(); ++i) {
      const double value =
          std::round(100 * std::sin(static_cast<double>(t) * 0.001 + static_cast<double>(i)) +
                     noise(random)) /
          100;
      batch.push_back({ids[i], kStart + t * 1'000'000, value});
    }
    if (batch.size() < kCommit && t + 1 < kSeconds) continue;
    must(store->append(batch, "bench", ++position));
    batch.clear();
  }
  const double took = seconds_since(start);
  const MonoTime closing = std::chrono::steady_clock::now();
  must(store->close_hours(WallTime(microseconds(kStart + 2 * kSeconds * 1'000'000)),
                          series::Closing::everything));
  must(store->compact());
  const auto stats = must(store->stats());
  const auto count = static_cast<double>(kSeconds * kMachines * kSensors);
  std::printf(R"({"rows": %.0f, "rows_per_s": %.0f, "commits": %llu, "close_s": %.2f, "file_mb": %.1f})"
              "\n",
              count, count / took, static_cast<unsigned long long>(position), seconds_since(closing),
              static_cast<double>(stats.file_bytes) / 1e6);
  return 0;
}

std::unique_ptr<queries::Queries> open_queries(const std::string& file, readings::SeriesStore* store,
                                               queries::ModelSource* models, Clock& clock, Log& log) {
  return must(queries::Queries::open({.file = file, .store = store, .models = models}, clock, log));
}

double time_query(queries::Queries& queries, const char* text, size_t& found) {
  std::vector<double> times;
  for (int i = 0; i < 5; ++i) {
    const MonoTime start = std::chrono::steady_clock::now();
    const auto answer = must(
        queries.run(text, queries::Role::reader, {.time = 600s, .memory = 2'000'000'000, .rows = 1'000'000}));
    times.push_back(seconds_since(start));
    found = answer.rows.size();
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

int query(const std::string& folder) {
  const auto store = must(series::SqliteStore::open(folder + "/series.db"));
  SystemClock clock;
  NullLog log;
  const auto queries = open_queries(folder + "/tables.db", store.get(), nullptr, clock, log);
  size_t all = 0, one = 0, raw = 0;
  const double all_s = time_query(*queries, "SELECT machine, sensor, time, mean FROM rollup_1m", all);
  const double one_s = time_query(
      *queries, "SELECT time, mean FROM rollup_1m WHERE machine='robot-7' AND sensor='sensor-2'", one);
  const double raw_s = time_query(*queries,
                                  "SELECT time_bucket('1min', time) AS t, avg(value) FROM readings WHERE "
                                  "machine='robot-7' AND sensor='sensor-2' GROUP BY 1",
                                  raw);
  std::printf(R"({"all_s": %.3f, "all_groups": %zu, "one_ms": %.2f, "raw_ms": %.2f, "raw_groups": %zu})"
              "\n",
              all_s, all, one_s * 1e3, raw_s * 1e3, raw);
  return 0;
}

// A file for tables, gone at the end.
class Scratch {
 public:
  Scratch() : folder_(std::filesystem::temp_directory_path() / cat("oree-series-bench-", getpid())) {
    std::filesystem::create_directories(folder_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(folder_); }
  std::string file() const { return (folder_ / "tables.db").string(); }

 private:
  const std::filesystem::path folder_;
};

// Windows made beforehand, 64 at a time: what the runtime takes by itself.
double bare(const inference::Model& model, size_t window, size_t columns, size_t count) {
  constexpr size_t kAtOnce = 64;
  std::vector<float> items(kAtOnce * window * columns);
  for (size_t i = 0; i < items.size(); ++i) items[i] = static_cast<float>(i % 17) * 0.05f;
  const MonoTime start = std::chrono::steady_clock::now();
  for (size_t done = 0; done < count; done += kAtOnce) {
    const auto now = static_cast<int64_t>(std::min(kAtOnce, count - done));
    const tensor::Shape shape{now, static_cast<int64_t>(window), static_cast<int64_t>(columns)};
    const auto bytes = std::as_bytes(std::span(items).first(static_cast<size_t>(now) * window * columns));
    const tensor::TensorView input{tensor::DType::f32, shape, bytes};
    std::vector<inference::Output> outputs(model.signature().outputs.size());
    must(model.run({&input, 1}, outputs));
  }
  return seconds_since(start);
}

int ae(const std::string& folder, const std::string& name, size_t count) {
  const auto backend = must(inference::open_onnxruntime());
  queries::BackendModels models(*backend, folder);
  const auto model = must(models.find(name));
  const auto& shape = model->signature().inputs.front().shape;
  const auto window = static_cast<size_t>(shape[1]), columns = static_cast<size_t>(shape[2]);
  SystemClock clock;
  NullLog log;
  const Scratch scratch;
  const auto queries = open_queries(scratch.file(), nullptr, &models, clock, log);
  std::string made = "CREATE TABLE points(t INTEGER PRIMARY KEY", values = "x", call;
  for (size_t i = 0; i < columns; ++i) {
    made += cat(", v", i, " REAL");
    values += cat(", (x * ", i + 3, " % 17) * 0.05");
    call += cat(", v", i);
  }
  const queries::Limits limits{.time = 3600s, .memory = 2'000'000'000, .rows = 10};
  must(queries->run(cat(made, ")"), queries::Role::admin, limits));
  must(queries->run(cat("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT ", count,
                        ") INSERT INTO points SELECT ", values, " FROM n"),
                    queries::Role::admin, limits));
  const std::string text = cat("SELECT count(e), avg(e) FROM (SELECT ae_error('", name, "'", call,
                               ") OVER (ORDER BY t ROWS ", window - 1, " PRECEDING) AS e FROM points)");
  std::vector<double> ratios, sql_s;
  for (int i = 0; i < 3; ++i) {
    const double alone = bare(*model, window, columns, count - window + 1);
    const MonoTime start = std::chrono::steady_clock::now();
    must(queries->run(text, queries::Role::reader, limits));
    sql_s.push_back(seconds_since(start));
    ratios.push_back(alone / sql_s.back());
  }
  std::ranges::sort(ratios);
  std::ranges::sort(sql_s);
  std::printf(R"({"rows": %zu, "sql_s": %.3f, "of_bare": %.3f})"
              "\n",
              count, sql_s[1], ratios[1]);
  return 0;
}

int robots(const std::string& folder, size_t count) {
  const auto backend = must(inference::open_onnxruntime());
  const auto file = must(detection::load_detector_file(folder));
  const auto detector = must(detection::open_autoencoder(file, *backend));
  const size_t columns = file.columns.size();
  std::vector<double> values(file.window * columns);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 13);
  const std::vector<detection::Rows> each(count, detection::Rows{values, columns});
  const double before = cpu_seconds();
  for (const auto& judged : detector->judge_each(each)) must(judged ? Status() : forward(judged));
  const double together = cpu_seconds() - before;
  const auto network = must(backend->load(file.model_file, {}));
  std::vector<double> ratios;
  for (int i = 0; i < 5; ++i) {
    MonoTime start = std::chrono::steady_clock::now();
    for (int n = 0; n < 50; ++n) must(detector->judge(each.front()));
    const double ours = seconds_since(start);
    start = std::chrono::steady_clock::now();
    for (int n = 0; n < 50; ++n) bare(*network, file.window, columns, 1);
    ratios.push_back(ours / seconds_since(start));
  }
  std::ranges::sort(ratios);
  std::printf(R"({"robots": %zu, "cpu_s": %.3f, "window_of_bare": %.3f})"
              "\n",
              count, together, ratios[2]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view story = argc > 2 ? argv[1] : "";
  if (story == "rows") return rows(argv[2]);
  if (story == "query") return query(argv[2]);
  if (story == "ae" && argc > 4) return ae(argv[2], argv[3], parse_number<size_t>(argv[4]).value_or(1000));
  if (story == "robots" && argc > 3) return robots(argv[2], parse_number<size_t>(argv[3]).value_or(500));
  std::fprintf(stderr, "usage: oree-series-bench rows|query DIR | ae MODELS NAME ROWS | robots MODEL N\n");
  return 2;
}
