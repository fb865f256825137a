// Arbitrary topics and data as a log of the contract, and as the contract's answers: nothing is read outside
// its bounds.
#include <algorithm>
#include <cstdlib>

#include "services/ethereum/order_book.h"
#include "services/ethereum/wire/abi.h"

using namespace oree;
using namespace oree::ethereum;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ByteView bytes(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  // The first byte chooses the event, so that its hash need not be guessed.
  LogEntry log{.topics = {event_topics()[data[0] % event_topics().size()]}};
  ByteView rest = bytes;
  for (size_t topics = data[0] / 4 % 4; topics > 0 && rest.size() >= 32; --topics) {
    std::ranges::copy(rest.first(32), log.topics.emplace_back().begin());
    rest = rest.subspan(32);
  }
  log.data.assign(rest.begin(), rest.end());
  if (const auto event = parse_event(log); event && event->order != log.topics[1]) std::abort();

  const abi::Reader reader(bytes);
  for (size_t i = 0; i < 4; ++i) {
    (void)reader.number(i);
    (void)reader.address(i);
    if (const auto part = reader.bytes(i); part && part->size() > bytes.size()) std::abort();
    if (const auto list = reader.addresses(i); list && list->size() > bytes.size() / 32) std::abort();
  }
  (void)abi::revert_text(bytes);
  (void)explain({.code = 3, .data = {bytes.begin(), bytes.end()}});
  return 0;
}
