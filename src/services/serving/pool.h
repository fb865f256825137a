// Things that are costly to make and used by one thread at a time: taken for the length of a call, kept after
// it. Holds as many as were ever in use at once. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace oree::serving {

template <class T>
class Pool {
 public:
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<T> thing) : pool_(&pool), thing_(std::move(thing)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (thing_) pool_->put(std::move(thing_));
    }
    T* operator->() const { return thing_.get(); }
    T& operator*() const { return *thing_; }

   private:
    Pool* pool_;
    std::unique_ptr<T> thing_;
  };

  // `make()` gives a std::unique_ptr<T>; called when all are in use.
  template <class Make>
  Lease take(Make make) {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<T> thing = std::move(idle_.back());
        idle_.pop_back();
        return Lease(*this, std::move(thing));
      }
    }
    return Lease(*this, make());
  }

 private:
  void put(std::unique_ptr<T> thing) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(thing));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> idle_;
};

}  // namespace oree::serving
