// Models in memory beside what serves, by their folders. A load that is under way is joined, never begun
// twice; one that nobody wants any more is not waited for, and let go of when it is done. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "services/serving/repository/model_repository.h"

namespace oree::serving {

class Beside {
 public:
  using Loaded = Result<std::shared_ptr<const ServedModel>>;
  using Load = std::function<Loaded(const std::filesystem::path& folder)>;

  explicit Beside(Load load) : load_(std::move(load)) {}
  ~Beside() { wait(); }

  // From memory, from the load that is under way, or loaded now, by whoever asks. A failure is not kept.
  Loaded get(const std::filesystem::path& folder);
  bool holds(const std::filesystem::path& folder) const;  // or will in a moment
  void forget(const std::filesystem::path& folder);

  // What takes its time, on a thread of its own.
  void run(std::function<void()> task);
  void wait();  // for all that is under way

 private:
  struct Entry {
    bool wanted = true;
    std::optional<Loaded> loaded;  // none while it is under way
  };
  struct Task {
    std::shared_ptr<std::atomic<bool>> done;
    std::jthread thread;
  };

  const Load load_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
  std::list<Task> tasks_;
};

}  // namespace oree::serving
