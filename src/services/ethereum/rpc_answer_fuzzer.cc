// Arbitrary text as a node's answer: what is accepted is within its limits.
#include <cstdlib>

#include "services/ethereum/chain_ledger.h"
#include "services/ethereum/rpc_answers.h"

using namespace oree;
using namespace oree::ethereum;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(data, data + size);  // an answer's body is never a null pointer
  const auto answer = parse_answer(text, "eth_test", 1);
  if (!answer) {
    (void)explain(answer.error());
    (void)parse_position(text);
    if (const auto address = parse_address(text);
        address && parse_address(address->text()).value() != *address)
      std::abort();
    return 0;
  }
  (void)parse_block(*answer);
  (void)parse_receipt(*answer);
  (void)parse_data_value(*answer);
  if (const auto number = parse_quantity_value(*answer);
      number && parse_quantity(quantity_text(*number)).value() != *number)
    std::abort();
  if (const auto logs = parse_logs(*answer)) {
    for (const LogEntry& log : *logs) {
      if (log.topics.size() > 4) std::abort();
      (void)parse_event(log);
    }
  }
  return 0;
}
