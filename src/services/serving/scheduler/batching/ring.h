// A queue in a ring of memory that grows and is kept: pushing and popping allocate nothing once it has been
// as long as it gets. Order is kept by everything. Not thread-safe.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace oree::serving {

template <class T>
class Ring {
 public:
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t at) { return items_[(first_ + at) & (items_.size() - 1)]; }
  const T& operator[](size_t at) const { return items_[(first_ + at) & (items_.size() - 1)]; }
  T& front() { return (*this)[0]; }

  void push(T item) {
    if (size_ == items_.size()) grow();
    ++size_;
    (*this)[size_ - 1] = std::move(item);
  }
  T pop() {
    T item = std::move(front());
    first_ = (first_ + 1) & (items_.size() - 1);
    --size_;
    return item;
  }
  // Removes what `goes` says, in order; `goes` may take the item away.
  template <class Goes>
  void remove_if(Goes goes) {
    size_t kept = 0;
    for (size_t i = 0; i < size_; ++i) {
      if (goes((*this)[i])) continue;
      if (kept != i) (*this)[kept] = std::move((*this)[i]);
      ++kept;
    }
    size_ = kept;
  }

 private:
  void grow() {
    std::vector<T> larger(items_.empty() ? 16 : items_.size() * 2);
    for (size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
    items_ = std::move(larger);
    first_ = 0;
  }

  std::vector<T> items_;  // a power of two
  size_t first_ = 0, size_ = 0;
};

}  // namespace oree::serving
