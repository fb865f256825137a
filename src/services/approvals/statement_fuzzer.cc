// Arbitrary bytes as a proposal and as a decision: what is accepted prints to the very same bytes.
#include <cstdlib>

#include "services/approvals/statement.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree::approvals;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto proposal = parse_proposal(text)) {
    if (print(*proposal) != std::string(text)) std::abort();
  }
  if (const auto decision = parse_decision(text)) {
    if (print(*decision) != std::string(text)) std::abort();
  }
  return 0;
}
