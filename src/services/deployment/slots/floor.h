// What stands under the state of the slots, so that an older copy of the data folder is not believed: a
// counter outside the disk that goes one way, and a mark on the state that only this station can make.
//
//   each commit and each condemnation: the state is written with generation counter + 1 and its mark,
//                                      then the counter is raised
//   each start:                        a state whose mark is not ours, or whose generation is below the
//                                      counter, is refused
//
// The counter is raised last, so a power cut in between leaves a state that is ahead, never one that is
// locked out; and going back to the last good package is a change of the newest state, which the floor does
// not concern.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace oree::deployment {

class Floor {
 public:
  virtual ~Floor() = default;
  virtual Result<uint64_t> value() = 0;                            // of the counter
  virtual Result<uint64_t> raise() = 0;                            // by one; the value then
  virtual Result<std::string> mark_of(std::string_view text) = 0;  // 64 hex digits
  // Generation of a state that was written before there was a floor.
  virtual uint64_t first() const = 0;
  // What to do when the counter cannot be asked: false: the state is believed as if there was no floor.
  virtual bool is_required() const = 0;
  virtual std::string name() const = 0;  // "the TPM's NV index 0x01800010"
};

}  // namespace oree::deployment
