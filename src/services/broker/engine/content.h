// A message in its stored form, shared by everybody who waits for it.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/clock.h"
#include "core/stream/stream.h"

namespace oree::broker {

using Content = std::shared_ptr<const ByteBuffer>;
using stream::Position;

struct Now {
  WallTime wall;
  MonoTime mono;
};

}  // namespace oree::broker
