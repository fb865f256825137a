#include <cstdlib>
#include <string_view>

#include "core/tsql/script.h"
#include "core/tsql/translate.h"

// Any text is taken apart or refused, and what is translated prints.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  using namespace oree::tsql;
  const auto tokens = tokenize({reinterpret_cast<const char*>(data), size});
  if (!tokens) return 0;
  for (const TokenSpan statement : statements(*tokens)) {
    if (statement.empty()) std::abort();
    const auto translated = translate(statement);
    if (translated && print(*translated).empty() != translated->empty()) std::abort();
  }
  return 0;
}
