#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "services/inspection/triggers/trigger_source.h"

namespace oree::inspection {
namespace {

// Beats that a slow part or a busy machine held up are made good at once, up to this many.
constexpr int kCaughtUp = 8;

class Timer final : public TriggerSource {
 public:
  Timer(microseconds period, const Clock& clock, Fire fire)
      : period_(period),
        clock_(clock),
        fire_(std::move(fire)),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}

  TriggerStatus status() const override {
    return {"timer", cat("every ", duration_text(period_)), fired_.load(), missed_.load()};
  }

 private:
  void run(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    MonoTime next = clock_.mono();
    while (true) {
      std::unique_lock lock(mutex);
      wake.wait_until(lock, stop, next, [] { return false; });
      if (stop.stop_requested()) return;
      fire_({"timer", cat("every ", duration_text(period_))}, {});
      ++fired_;
      next += period_;
      const MonoTime now = clock_.mono();
      if (now - next <= kCaughtUp * period_) continue;
      const auto late = static_cast<uint64_t>((now - next) / period_) + 1;
      missed_ += late;
      next += period_ * static_cast<int64_t>(late);
    }
  }

  microseconds period_;
  const Clock& clock_;
  Fire fire_;
  std::atomic<uint64_t> fired_{0};
  std::atomic<uint64_t> missed_{0};
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<TriggerSource> start_timer(microseconds period, const Clock& clock, Fire fire) {
  return std::make_unique<Timer>(period, clock, std::move(fire));
}

}  // namespace oree::inspection
