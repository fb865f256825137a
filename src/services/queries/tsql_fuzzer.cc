#include <cstdlib>
#include <string_view>

#include "services/queries/script.h"
#include "services/queries/streams/query.h"
#include "services/queries/token.h"
#include "services/queries/tsql/external.h"
#include "services/queries/tsql/look_ahead.h"
#include "services/queries/tsql/procedures.h"
#include "services/queries/tsql/translate.h"

// Any text is taken apart or refused; what is printed reads back as the same tokens.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  using namespace oree::queries;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)streams::parse_job(text);
  const auto tokens = tokenize(text);
  if (!tokens) return 0;
  for (const TokenSpan statement : statements(*tokens)) {
    if (statement.empty()) std::abort();
    (void)parse_create_external(statement);
    (void)parse_drop_external(statement);
    (void)parse_call(statement, [](TokenSpan) -> Result<sql::Value> { return sql::Value(); });
    const auto translated = translate(statement);
    if (!translated) continue;
    const Tokens ahead = look_ahead(*translated, [](TokenSpan) -> std::optional<std::string> { return "k"; });
    if (ahead.size() < translated->size() / 2) std::abort();
  }
  return 0;
}
