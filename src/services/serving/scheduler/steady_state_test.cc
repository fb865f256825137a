// What a request costs once everything is warm: no allocation. Counts every operator new of the program.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <new>

#include "services/serving/scheduler/scheduled.h"
#include "services/serving/scheduler/testing/sum_model.h"

namespace {
std::atomic<uint64_t> allocations{0};

void* counted(size_t size, size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  const size_t whole = (size + alignment - 1) / alignment * alignment;
  void* memory =
      alignment <= alignof(std::max_align_t) ? std::malloc(size) : std::aligned_alloc(alignment, whole);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
}  // namespace

void* operator new(size_t size) {
  return counted(size, 1);
}
void* operator new(size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace oree::serving {
namespace {

using testing::SumCall;
using testing::SumModel;

std::shared_ptr<Scheduled> model_of(SchedulerSettings settings, Workers& workers, const Clock& clock) {
  auto made = schedule(
      {testing::sum_description(16), "{}", std::move(settings), {std::make_shared<SumModel>()}, 0, 0},
      {workers, clock});
  REQUIRE(made);
  return *made;
}

}  // namespace

TEST_CASE("A direct run allocates nothing") {
  SystemClock clock;
  Workers workers{clock};
  const auto model = model_of({}, workers, clock);
  SumCall call(1);
  const auto ask = [&](int times) {
    for (int i = 0; i < times; ++i) {
      call.again();
      model->start(call);
    }
  };
  ask(10);
  const uint64_t before = allocations.load();
  ask(1000);
  CHECK(allocations.load() - before == 0);
  CHECK(call.wait());
}

TEST_CASE("Queued and batched runs allocate nothing") {
  SystemClock clock;
  Workers workers{clock};
  SchedulerSettings settings;
  settings.batching.emplace();
  const auto model = model_of(settings, workers, clock);
  std::deque<SumCall> calls(32);
  const auto ask = [&](int times) {
    for (int i = 0; i < times; ++i) {
      for (SumCall& call : calls) {
        call.again();
        call.may_run_here = false;
        model->start(call);
      }
      for (SumCall& call : calls) CHECK(call.wait());
    }
  };
  // Until every batch size has been seen: rows of the statistics, memory of each size.
  ask(300);
  const uint64_t before = allocations.load();
  ask(300);
  CHECK(allocations.load() - before <= 100);  // of 300 runs at least: sizes that came for the first time
  CHECK(model->statistics().success.count == 600 * calls.size());
}

}  // namespace oree::serving
