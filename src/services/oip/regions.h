// The shared-memory extensions: which regions there are, register, unregister. CUDA's is spoken as by a
// server without a GPU. /v2/systemsharedmemory/… and /v2/cudasharedmemory/…
#pragma once

#include "platform/http/message.h"
#include "services/oip/infer.h"
#include "services/oip/shared_memory.h"

namespace oree::oip {

class Regions {
 public:
  Regions(SharedMemory& memory, RegionsFor allowed) : memory_(memory), allowed_(allowed) {}
  http::Response status(const http::Request& request) const;
  http::Response add(const http::Request& request) const;
  http::Response remove(const http::Request& request) const;
  http::Response cuda_status(const http::Request& request) const;
  http::Response cuda_add(const http::Request& request) const;
  http::Response cuda_remove(const http::Request& request) const;

 private:
  http::Response denied() const;
  SharedMemory& memory_;
  RegionsFor allowed_;
};

}  // namespace oree::oip
