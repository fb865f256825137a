// A bundle from anywhere: it is refused with a sentence, or what it holds can be printed and read again.
#include <cstdlib>

#include "core/signature/bundle.h"
#include "core/signature/statement.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto bundle = signature::parse_bundle(text)) {
    const auto again = signature::parse_bundle(signature::print(*bundle));
    if (!again || again->payload != bundle->payload || again->signature != bundle->signature) std::abort();
    (void)signature::parse_statement(bundle->payload);
  }
  if (const auto statement = signature::parse_statement(text)) {
    const auto again = signature::parse_statement(signature::print(*statement));
    if (!again || again->root != statement->root) std::abort();
    for (const auto& one : statement->resources) {
      if (!signature::path_fault(one.path).empty()) std::abort();
    }
  }
  return 0;
}
