// A counter in this box's TPM that goes one way, even when somebody removes and makes it again: the floor
// under what a disk says (TCG TPM 2.0 library, part 3, NV_Increment). Each call opens the TPM and lets go of
// it.
//
// One thread at a time. Errors: `not_found` when the index is not there (never prepared, or the TPM was
// cleared), `conflict` when it is no such counter, `unavailable` without a TPM, `busy`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace oree::sealing {

// "0x01800010": an index of the owner's, up to 0x01BFFFFF; `invalid` otherwise.
Result<uint32_t> parse_nv_index(std::string_view text);

class TpmCounter {
 public:
  // `tcti` as tpm.h has it.
  TpmCounter(uint32_t index, std::string tcti) : index_(index), tcti_(std::move(tcti)) {}

  Result<uint64_t> prepare();  // makes it, unless it is there; its value
  Result<uint64_t> value() const;
  Result<uint64_t> raise() const;  // by one; the value then
  std::string name() const;        // "NV index 0x1800010"

 private:
  const uint32_t index_;
  const std::string tcti_;
};

}  // namespace oree::sealing
