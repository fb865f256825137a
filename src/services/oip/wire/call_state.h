// What one request is while it is answered: the call, what it wants beside its tensors, and the memory of
// both. Made once, used for one request after the other.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/inference/service/service.h"
#include "services/oip/shared_memory.h"
#include "services/oip/wire/arena.h"

namespace oree::oip {

// How an output shall come; in the order of Call::outputs.
struct Wish {
  bool binary = false;
  bool binary_given = false;  // by the output itself, not by the request
  bool in_region = false;
  uint64_t region_size = 0;
  uint64_t offset = 0;
  std::string_view region;
  uint64_t classes = 0;  // 0: the tensor itself
};

// Borrowed from request, region and arena.
struct CallState : inference::Call {
  std::shared_ptr<inference::Served> served;
  std::vector<Wish> wishes;  // shorter than `outputs` when the request named none
  bool binary_default = false;
  std::vector<std::shared_ptr<const void>> regions;  // in use
  Arena arena;
  std::string answer;      // JSON, then the binary tensors
  size_t answer_json = 0;  // its length, when tensors follow
  bool answer_binary = false;

  Wish wish(size_t output) const {
    Wish wish = output < wishes.size() ? wishes[output] : Wish{};
    if (!wish.binary_given) wish.binary = binary_default;
    return wish;
  }

  void finished(Status) override {}

  // For the next request.
  void clear_state(size_t keep) {
    clear();
    served.reset();
    wishes.clear();
    binary_default = false;
    regions.clear();
    arena.clear(keep);
    answer_json = 0;
    answer_binary = false;
    if (answer.capacity() > keep) answer = {};
    answer.clear();
  }
};

}  // namespace oree::oip
