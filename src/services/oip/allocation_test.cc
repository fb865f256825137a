// A request that looks like the one before costs no allocation in this room: counted between the moment when
// the route has the request and the moment when the last byte of the answer has gone.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "platform/http/testing/server_fixture.h"
#include "services/oip/testing/dialect.h"
#include "services/oip/testing/shared_object.h"

namespace {

// Of this thread, while it counts.
thread_local bool counting = false;
thread_local size_t allocations = 0;
// Of all other threads, while somebody listens.
std::atomic<bool> listening = false;
std::atomic<size_t> elsewhere = 0;
thread_local bool here = false;

void* counted(size_t size, size_t align) {
  if (counting) ++allocations;
  if (!here && listening.load(std::memory_order_relaxed)) elsewhere.fetch_add(1, std::memory_order_relaxed);
  void* const memory = align > alignof(std::max_align_t)
                           ? std::aligned_alloc(align, (size + align - 1) / align * align)
                           : std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// The pair below allocates and frees by the same means; GCC sees only the half that it inlines.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(size_t size) {
  return counted(size, 1);
}
void* operator new[](size_t size) {
  return counted(size, 1);
}
void* operator new(size_t size, std::align_val_t align) {
  return counted(size, static_cast<size_t>(align));
}
void* operator new[](size_t size, std::align_val_t align) {
  return counted(size, static_cast<size_t>(align));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace oree::oip {
namespace {

using testing::bytes_of;

// A model of the quickest kind, which allocates nothing itself: y = x.
class Echo final : public inference::Served {
 public:
  Echo() : description_{"echo", "1", "test", 0, {port("x")}, {port("y")}} {}
  const inference::Description& description() const override { return description_; }
  const std::string& config_json() const override { return config_; }
  bool quick() const override { return true; }
  inference::ModelStatistics statistics() const override { return {}; }
  void start(inference::Call& call) override {
    Status fits = inference::check_call(description_, call);
    if (fits) {
      inference::CallOutput& output = call.outputs[0];
      const inference::CallInput& input = call.inputs[0];
      output.tensor.dtype = input.dtype;
      output.tensor.shape.assign(input.shape.begin(), input.shape.end());
      output.tensor.data = input.data;
      if (!output.preset.empty()) {
        std::ranges::copy(input.data, output.preset.begin());
        output.tensor.data = output.preset.first(input.data.size());
      }
    }
    call.finished(std::move(fits));
  }

 private:
  static inference::PortDescription port(std::string name) {
    return {{std::move(name), tensor::DType::f32, {-1}}, false, {}};
  }
  inference::Description description_;
  std::string config_ = "{}";
};

class EchoService final : public inference::Service {
 public:
  Result<std::shared_ptr<inference::Served>> find(std::string_view, std::string_view,
                                                  inference::Wait) override {
    return echo_;
  }
  Result<std::vector<std::string>> versions(std::string_view) override { return std::vector<std::string>{}; }
  bool ready() const override { return true; }
  std::vector<inference::IndexRow> index() const override { return {}; }
  Status load(std::string_view, const inference::LoadRequest&) override { return {}; }
  Status unload(std::string_view, bool) override { return {}; }
  Result<std::vector<inference::ModelStatistics>> statistics(std::string_view, std::string_view) override {
    return std::vector<inference::ModelStatistics>{};
  }

 private:
  std::shared_ptr<inference::Served> echo_ = std::make_shared<Echo>();
};

// Of the third request of its kind.
size_t allocations_of(const testing::Dialect<EchoService>& dialect, std::string_view body,
                      std::vector<http::Header> headers = {}) {
  http::Request request = dialect.request("POST", "/v2/models/echo/infer", body, std::move(headers));
  http::Router::Match match = dialect.router.match("POST", request.path);
  REQUIRE(match.route != nullptr);
  request.captures = std::move(match.captures);
  for (int i = 0; i < 3; ++i) {
    allocations = 0;
    counting = true;
    {
      const bool quick = match.route->inline_when(request);
      const http::Response answer = match.route->handler(request);
      counting = false;
      CHECK(quick);
      REQUIRE_MESSAGE(answer.status == 200, answer.body);
      CHECK_FALSE(answer.borrowed.empty());
      counting = true;
    }
    counting = false;
  }
  return allocations;
}

TEST_CASE("AWarmRequestAllocatesNothing") {
  testing::Dialect<EchoService> dialect;
  std::string numbers = "[0.1";
  for (int i = 1; i < 1000; ++i) numbers += cat(",", i);
  const std::string json = cat(R"({"id":"7","inputs":[{"name":"x","shape":[1000],"datatype":"FP32","data":)",
                               numbers, R"(]}],"outputs":[{"name":"y"}]})");
  CHECK(allocations_of(dialect, json) == 0);
  const std::string late =
      cat(R"({"inputs":[{"data":)", numbers, R"(],"na\u006de":"x","datatype":"FP32","shape":[1000]}]})");
  CHECK(allocations_of(dialect, late) == 0);

  const std::string header =
      R"({"parameters":{"binary_data_output":true},"inputs":[{"name":"x","shape":[1000],"datatype":"FP32","parameters":{"binary_data_size":4000}}]})";
  CHECK(allocations_of(dialect, header + std::string(4000, '\1'),
                       {{"Inference-Header-Content-Length", cat(header.size())}}) == 0);
  CHECK(allocations_of(dialect, std::string(4000, '\1'), {{"Inference-Header-Content-Length", "0"}}) == 0);

  testing::SharedObject object(8192);
  REQUIRE(dialect.oip.shared_memory().add("r", object.key(), 0, 8192));
  const std::string shared =
      R"({"inputs":[{"name":"x","shape":[1000],"datatype":"FP32","parameters":{"shared_memory_region":"r","shared_memory_byte_size":4000}}],"outputs":[{"name":"y","parameters":{"shared_memory_region":"r","shared_memory_offset":4096,"shared_memory_byte_size":4000}}]})";
  CHECK(allocations_of(dialect, shared) == 0);
  const std::string classes =
      R"({"outputs":[{"name":"y","parameters":{"classification":3}}],"inputs":[{"name":"x","shape":[3],"datatype":"FP32","data":[1,2,3]}]})";
  CHECK(allocations_of(dialect, classes) == 0);
}

// From the first byte read to the last written, by the server's own threads.
TEST_CASE("AWarmRequestOverTheNetworkAllocatesNothing") {
  testing::Dialect<EchoService> dialect;
  http::testing::Lines log;
  auto server = http::Server::start({}, dialect.router, log);
  REQUIRE(server);
  http::testing::RawClient client((*server)->port());
  const std::string head =
      R"({"parameters":{"binary_data_output":true},"inputs":[{"name":"x","shape":[1000],"datatype":"FP32","parameters":{"binary_data_size":4000}}]})";
  const std::string json = R"({"inputs":[{"name":"x","shape":[4],"datatype":"FP32","data":[1,2,3,4]}]})";
  const std::string target = "/v2/models/echo/infer";
  for (const std::string& request :
       {http::testing::http_post(target, json),
        http::testing::http_post(target, head + std::string(4000, '\1'),
                                 cat("Inference-Header-Content-Length: ", head.size(), "\r\n"))}) {
    here = true;
    for (int i = 0; i < 100; ++i) {
      elsewhere = 0;
      listening = i >= 50;
      REQUIRE(client.send(request));
      const int status = client.answer().status;
      listening = false;
      REQUIRE(status == 200);
      if (i >= 50) REQUIRE(elsewhere == 0);
    }
    here = false;
  }
}

// The count can fail.
TEST_CASE("AllocationsAreCounted") {
  allocations = 0;
  counting = true;
  const std::string text(100, 'x');
  counting = false;
  CHECK(allocations == 1);
}

}  // namespace
}  // namespace oree::oip
