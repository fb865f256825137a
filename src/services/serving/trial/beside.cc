#include "services/serving/trial/beside.h"

namespace oree::serving {

Beside::Loaded Beside::get(const std::filesystem::path& folder) {
  std::unique_lock lock(mutex_);
  if (const auto found = entries_.find(folder.string()); found != entries_.end()) {
    const std::shared_ptr<Entry> entry = found->second;
    entry->wanted = true;
    arrived_.wait(lock, [&] { return entry->loaded.has_value(); });
    return *entry->loaded;
  }
  const auto entry = entries_[folder.string()] = std::make_shared<Entry>();
  lock.unlock();
  Loaded loaded = load_(folder);
  lock.lock();
  if (!loaded || !entry->wanted) entries_.erase(folder.string());
  entry->loaded = loaded;
  arrived_.notify_all();
  return loaded;
}

bool Beside::holds(const std::filesystem::path& folder) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(folder.string());
  return found != entries_.end() && found->second->wanted;
}

void Beside::forget(const std::filesystem::path& folder) {
  std::shared_ptr<Entry> gone;  // let go of outside the lock
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(folder.string());
  if (found == entries_.end()) return;
  found->second->wanted = false;
  if (!found->second->loaded) return;
  gone = std::move(found->second);
  entries_.erase(found);
}

void Beside::run(std::function<void()> task) {
  std::list<Task> ended;  // joined outside the lock
  const std::lock_guard lock(mutex_);
  for (auto at = tasks_.begin(); at != tasks_.end();) {
    const auto next = std::next(at);
    if (*at->done) ended.splice(ended.end(), tasks_, at);
    at = next;
  }
  const auto done = std::make_shared<std::atomic<bool>>(false);
  tasks_.push_back({done, std::jthread([done, task = std::move(task)] {
                      task();
                      *done = true;
                    })});
}

void Beside::wait() {
  std::list<Task> under_way;  // joined outside the lock
  const std::lock_guard lock(mutex_);
  under_way.swap(tasks_);
}

}  // namespace oree::serving
