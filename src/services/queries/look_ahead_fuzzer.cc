#include <cstdlib>
#include <string_view>

#include "services/queries/language.h"
#include "services/queries/tsql/look_ahead.h"

// Whatever is translated can be looked ahead of, and nothing of it is lost.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  using namespace oree::queries;
  const auto tokens = tokenize({reinterpret_cast<const char*>(data), size});
  if (!tokens) return 0;
  for (const TokenSpan statement : statements(*tokens)) {
    const auto translated = translate(statement);
    if (!translated) continue;
    const Tokens ahead = look_ahead(*translated, [](TokenSpan) -> std::optional<std::string> { return "k"; });
    if (ahead.size() < translated->size() / 2) std::abort();
  }
  return 0;
}
