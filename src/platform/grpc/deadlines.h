// Calls by their deadline: a binary heap in which each call knows its place, so that the many that end in
// time leave it at once. One thread.
#pragma once

#include <vector>

#include "platform/grpc/rpc.h"

namespace oree::grpc {

class DeadlineHeap {
 public:
  void add(Rpc& rpc);     // by rpc.deadline_, which must be set
  void remove(Rpc& rpc);  // harmless when it is not in
  Rpc* first() const { return heap_.empty() ? nullptr : heap_.front(); }

 private:
  static bool before(const Rpc& a, const Rpc& b) { return *a.deadline_ < *b.deadline_; }
  void put(size_t place, Rpc* rpc);
  void rise(size_t place);
  void sink(size_t place);

  std::vector<Rpc*> heap_;
};

}  // namespace oree::grpc
