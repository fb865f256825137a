// One inference that came over gRPC: the call, what its client wants beside the tensors, and the memory of
// both. Made once, used for one request after the other. One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/inference/service/service.h"
#include "services/oip/trace.h"
#include "services/oip/wire/arena.h"

namespace oree::oip {

// How an output shall come; in the order of Call::outputs.
struct OutputWish {
  uint64_t classes = 0;  // 0: the tensor itself
  bool in_region = false;
  std::string_view region;
  uint64_t region_size = 0, region_offset = 0;
  std::span<std::byte> place;  // in the region, once it was found
};

struct InputRegion {
  bool given = false;
  std::string_view name;
  uint64_t size = 0, offset = 0;
};

class InferCall : public inference::Call {
 public:
  // Borrowed from the request.
  std::string_view model_name, model_version;
  std::vector<OutputWish> wishes;          // as many as `outputs` when the request named some, else none
  std::vector<InputRegion> input_regions;  // as many as `inputs`
  bool empty_final_response = false;       // of streams: say when nothing more comes
  std::vector<std::shared_ptr<const void>> regions;  // in use

  // What the request does not hold in the form that is needed. Filled by the decoder.
  std::vector<int64_t> dimensions;
  std::string converted;
  Arena arena;  // of the answer: classes

  std::shared_ptr<inference::Served> served;
  bool may_use_regions = false;
  TraceTicket ticket;

  void clear_call() {
    clear();
    model_name = model_version = {};
    wishes.clear();
    input_regions.clear();
    empty_final_response = false;
    regions.clear();
    dimensions.clear();
    arena.clear(kKept);
    if (converted.capacity() > kKept) std::string().swap(converted);
    converted.clear();
    served.reset();
    may_use_regions = false;
    ticket = {};
  }

 private:
  static constexpr size_t kKept = 256 << 10;
};

}  // namespace oree::oip
