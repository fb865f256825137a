// A camera: asked for one picture, gives its encoded bytes before the deadline or says why not.
//
// capture() is called by one thread at a time. It must return by `deadline`; the lane that calls it drops
// what comes later. Pictures stay encoded: they are decoded once, where they are used.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "services/inspection/plan.h"

namespace oree::inspection {

struct Frame {
  std::shared_ptr<const ByteBuffer> bytes;
  std::string source;  // file name or address, for people
  std::string truth;   // the known label, when the source knows it
};

class Camera {
 public:
  virtual ~Camera() = default;
  virtual Result<Frame> capture(MonoTime deadline) = 0;
};

// The camera a plan asks for; nullptr for `pushed`, whose pictures come with the trigger. `invalid` or
// `not_found` when the plan cannot work here (a folder that does not exist).
Result<std::unique_ptr<Camera>> open_camera(const CameraPlan& plan, uint64_t max_bytes, const Clock& clock);

}  // namespace oree::inspection
