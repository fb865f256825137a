// Measures one inspection over HTTP against the bare decode and the bare run of the same model, turn by turn,
// so that both see the same machine; and how fast JSON numbers are read. Prints JSON. Driven by bench/run.
//
//   oree-bench inspect URL MODEL.onnx IMAGE COUNT     interleaved: bare, trigger, bare, trigger…
//   oree-bench trigger URL IMAGE COUNT CLIENTS        closed loop of CLIENTS threads; IMAGE "-" posts nothing
//   oree-bench numbers FILE COUNT                     MB/s through json::Reader
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

#include "base/text.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "platform/http/client.h"
#include "platform/image/image.h"
#include "platform/json/reader.h"
#include "platform/json/value.h"

namespace {

using namespace oree;
using Instant = std::chrono::steady_clock::time_point;

[[noreturn]] void die(std::string_view why) {
  std::fprintf(stderr, "error: %.*s\n", static_cast<int>(why.size()), why.data());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) die(result.error().what);
  return std::move(*result);
}

double us_since(Instant start) {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

std::string read_text(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) die(cat("cannot read ", path));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

json::Value spread(std::vector<double> values) {
  std::ranges::sort(values);
  const auto at = [&](double p) {
    return values[static_cast<size_t>(p * static_cast<double>(values.size() - 1))];
  };
  return json::Object{{"p50_us", at(0.5)}, {"p95_us", at(0.95)}, {"p99_us", at(0.99)}, {"min_us", at(0)}};
}

// The same picture under another name: a comment of four bytes after the JPEG's first marker, so that the
// station has never seen its bytes and must keep them.
std::string never_seen(std::string_view jpeg) {
  static std::atomic<uint32_t> count{static_cast<uint32_t>(std::random_device{}())};
  const uint32_t number = ++count;
  std::string comment("\xFF\xFE\x00\x06", 4);
  for (int shift = 0; shift < 32; shift += 8) comment += static_cast<char>(number >> shift & 0xFF);
  return std::string(jpeg.substr(0, 2)).append(comment).append(jpeg.substr(2));
}

std::string post(http::Client& client, const http::Url& url, const std::string& body) {
  auto answer = must(client.call("POST", url, {{"Content-Type", "image/jpeg"}}, body, {}));
  if (answer.status != 200) die(cat("the station answered ", answer.status, ": ", answer.body));
  return std::move(answer.body);
}

// The network alone: its input filled once, its outputs where the runtime puts them.
class BareModel {
 public:
  explicit BareModel(const char* path)
      : backend_(must(inference::open_onnxruntime())), model_(must(backend_->load(path, {.threads = 1}))) {
    auto shape = model_->signature().inputs.at(0).shape;
    for (auto& dimension : shape) dimension = std::max<int64_t>(dimension, 1);
    input_ = must(tensor::Tensor::create(tensor::DType::f32, shape));
    std::ranges::fill(input_.as<float>(), 0.25f);
  }
  void run() {
    std::vector<inference::Output> outputs(model_->signature().outputs.size());
    const std::vector views{input_.view()};
    if (auto status = model_->run(views, outputs); !status) die(status.error().what);
  }

 private:
  std::unique_ptr<inference::Backend> backend_;
  std::unique_ptr<inference::Model> model_;
  tensor::Tensor input_;
};

int inspect(char** words) {
  const auto url = must(http::parse_url(cat(words[0], "/api/v1/trigger")));
  BareModel model(words[1]);
  const std::string jpeg = read_text(words[2]);
  const int count = std::atoi(words[3]);
  http::Client client;
  std::vector<double> bare_decode, bare_run, bare, whole;
  std::vector<std::pair<std::string, std::vector<double>>> parts;
  const auto note = [&](const std::string& name, double us) {
    const auto at = std::ranges::find(parts, name, [](const auto& part) { return part.first; });
    if (at == parts.end()) {
      parts.push_back({name, {us}});
    } else {
      at->second.push_back(us);
    }
  };
  for (int i = -count / 10; i < count; ++i) {
    const auto a = std::chrono::steady_clock::now();
    must(image::decode(as_bytes(jpeg), {}));
    const double decode_us = us_since(a);
    const auto b = std::chrono::steady_clock::now();
    model.run();
    const double run_us = us_since(b);
    const std::string fresh = never_seen(jpeg);
    const auto c = std::chrono::steady_clock::now();
    const std::string text = post(client, url, fresh);
    const double whole_us = us_since(c);
    const auto answer = must(json::parse(text));
    if (i < 0) continue;
    bare_decode.push_back(decode_us);
    bare_run.push_back(run_us);
    bare.push_back(decode_us + run_us);
    whole.push_back(whole_us);
    for (const auto& [name, value] : *answer.find("timings_us")->object()) {
      if (name != "total") note(name, value.number().value_or(0));
    }
    for (const auto& step : *answer.find("steps")->array()) {
      for (const auto& [name, value] : *step.find("timings_us")->object()) {
        note(cat("step ", name), value.number().value_or(0));
      }
    }
    const double inside = answer.find("answered_us")->number().value_or(0);
    note("commit", inside - answer.find("timings_us")->find("total")->number().value_or(0));
    note("from trigger to durable verdict", inside);
    note("receive and answer", whole_us - inside);
  }
  json::Object named;
  for (auto& [name, values] : parts) named.emplace_back(name, spread(std::move(values)));
  std::printf("%s\n", json::print(json::Object{{"bare_decode", spread(bare_decode)},
                                               {"bare_run", spread(bare_run)},
                                               {"bare", spread(bare)},
                                               {"whole", spread(whole)},
                                               {"parts", std::move(named)}})
                          .c_str());
  return 0;
}

int trigger(char** words) {
  const auto url = must(http::parse_url(cat(words[0], "/api/v1/trigger")));
  const std::string body = std::string_view(words[1]) == "-" ? "" : read_text(words[1]);
  const int count = std::atoi(words[2]);
  const int clients = std::atoi(words[3]);
  std::mutex mutex;
  std::vector<double> times;
  const auto started = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (int c = 0; c < clients; ++c) {
      threads.emplace_back([&] {
        http::Client client;
        for (int i = 0; i < count / clients; ++i) {
          const auto start = std::chrono::steady_clock::now();
          post(client, url, body);
          const double us = us_since(start);
          const std::lock_guard lock(mutex);
          times.push_back(us);
        }
      });
    }
  }
  const double seconds = us_since(started) / 1e6;
  const double per_second = static_cast<double>(times.size()) / seconds;
  std::printf("%s\n",
              json::print(json::Object{{"latency", spread(times)}, {"items_per_s", per_second}}).c_str());
  return 0;
}

int numbers(char** words) {
  const std::string text = read_text(words[0]);
  const int count = std::atoi(words[1]);
  json::Reader reader;
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    std::vector<float> values;
    const auto start = std::chrono::steady_clock::now();
    const auto status =
        reader.parse(text, [&](json::Cursor& root) { return root.numbers(values, 10'000'000); });
    if (!status) die(status.error().what);
    times.push_back(us_since(start));
  }
  std::ranges::sort(times);
  const double median = times[times.size() / 2];
  std::printf("%s\n", json::print(json::Object{{"bytes", static_cast<int64_t>(text.size())},
                                               {"p50_us", median},
                                               {"mb_per_s", static_cast<double>(text.size()) / median}})
                          .c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "inspect" && argc == 6) return inspect(argv + 2);
  if (what == "trigger" && argc == 6) return trigger(argv + 2);
  if (what == "numbers" && argc == 4) return numbers(argv + 2);
  die("usage: oree-bench inspect URL MODEL IMAGE COUNT | trigger URL IMAGE COUNT CLIENTS | numbers FILE "
      "COUNT");
}
