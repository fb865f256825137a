#include "app/world.h"

#include <csignal>
#include <cstdio>

#include "app/terminal.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"

namespace oree::app {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Result<std::unique_ptr<World>> make_world(LogLevel least) {
  auto world = std::make_unique<World>(least);
  auto backend = inference::open_onnxruntime();
  if (!backend) return forward(backend);
  world->backend = std::move(*backend);
  return world;
}

Result<std::shared_ptr<sealing::KeySource>> open_model_key(const std::filesystem::path& file) {
  if (file.empty()) return nullptr;
  auto key = sealing::open_key_source(file);
  if (!key) return forward(key);
  if (const std::string weakness = (*key)->weakness(); !weakness.empty())
    std::fprintf(stderr, "%s\n", paint(weakness, Tone::unsure).c_str());
  return std::move(*key);
}

void block_signals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool signal_came(milliseconds wait) {
  const sigset_t set = stop_signals();
  const timespec time{.tv_sec = wait.count() / 1000, .tv_nsec = wait.count() % 1000 * 1'000'000};
  return sigtimedwait(&set, nullptr, &time) > 0;
}

void wait_for_signal() {
  const sigset_t set = stop_signals();
  int signal = 0;
  sigwait(&set, &signal);
}

}  // namespace oree::app
