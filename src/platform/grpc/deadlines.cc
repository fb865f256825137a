#include "platform/grpc/deadlines.h"

namespace oree::grpc {

void DeadlineHeap::put(size_t place, Rpc* rpc) {
  heap_[place] = rpc;
  rpc->deadline_place_ = place;
}

void DeadlineHeap::rise(size_t place) {
  Rpc* rpc = heap_[place];
  while (place > 0 && before(*rpc, *heap_[(place - 1) / 2])) {
    put(place, heap_[(place - 1) / 2]);
    place = (place - 1) / 2;
  }
  put(place, rpc);
}

void DeadlineHeap::sink(size_t place) {
  Rpc* rpc = heap_[place];
  for (;;) {
    size_t child = 2 * place + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child])) ++child;
    if (!before(*heap_[child], *rpc)) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, rpc);
}

void DeadlineHeap::add(Rpc& rpc) {
  heap_.push_back(&rpc);
  rise(heap_.size() - 1);
}

void DeadlineHeap::remove(Rpc& rpc) {
  const size_t place = rpc.deadline_place_;
  if (place == Rpc::kNoPlace) return;
  rpc.deadline_place_ = Rpc::kNoPlace;
  Rpc* last = heap_.back();
  heap_.pop_back();
  if (last == &rpc) return;
  put(place, last);
  rise(place);
  sink(last->deadline_place_);
}

}  // namespace oree::grpc
