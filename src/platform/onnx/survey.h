// A walk over a file's bytes before protobuf sees them: how many records it would make. Private to this room.
//
// Two bytes of a file can become two hundred in memory, so the size of a file says little about what it
// costs.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace oree::onnx {

// `corrupt` where the bytes stop in the middle of a field, `invalid` beyond `limit` records or 100 levels.
Status survey(ByteView bytes, uint64_t limit);

}  // namespace oree::onnx
