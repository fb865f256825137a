// POST …/infer and …/generate: from an HTTP request to a call, and from its outcome to an answer.
//
// Runs on the I/O thread what is_quick() says, on a worker what has to be inflated, parsed at length or
// loaded first. The state of a request comes from a pool and lives until the last byte of its answer is out,
// however long the network takes and whoever answers. Thread-safe; the service and the options must outlive
// it, and no call may be under way when it goes.
#pragma once

#include <memory>

#include "core/inference/service/service.h"
#include "platform/http/router.h"
#include "services/oip/shared_memory.h"

namespace oree::oip {

class InferState;
class Trace;

// Who may name regions of shared memory.
enum class RegionsFor { nobody, this_machine, everybody };

class InferPool;

enum class Dress : uint8_t { infer, generate, generate_stream };

class Infer {
 public:
  Infer(inference::Service& service, const SharedMemory& shared_memory, RegionsFor regions, Trace& trace);
  ~Infer();

  // Whether handle() is short enough for the I/O thread: the model is there, the body binary or short, and
  // nothing to inflate or deflate.
  bool is_quick(const http::Request& request) const;
  http::Response handle(const http::Request& request, Dress dress) const;

 private:
  Status read(const http::Request& request, InferState& state) const;

  inference::Service& service_;
  const SharedMemory& shared_memory_;
  RegionsFor regions_;
  Trace& trace_;
  std::shared_ptr<InferPool> pool_;
};

// The model that the request's path names, in the protocol's sentences.
Result<std::shared_ptr<inference::Served>> find_model(inference::Service& service,
                                                      const http::Request& request, inference::Wait wait);

// Whether regions are allowed for whoever sent this.
bool may_use_regions(RegionsFor regions, std::string_view peer);

}  // namespace oree::oip
