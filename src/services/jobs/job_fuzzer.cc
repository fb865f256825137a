#include <cstdlib>
#include <string_view>

#include "services/jobs/external.h"
#include "services/jobs/procedures.h"
#include "services/jobs/statement/query.h"

// Any text is a job, an external, a call, or refused.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  using namespace oree::jobs;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto queries = parse_job(text);
  for (const JobQuery& query : queries ? *queries : std::vector<JobQuery>()) {
    if (query.in.empty() || query.out.empty() || query.sql.empty()) std::abort();
  }
  const auto tokens = tokenize(text);
  if (!tokens) return 0;
  for (const TokenSpan statement : statements(*tokens)) {
    (void)parse_create_external(statement);
    (void)parse_drop_external(statement);
    (void)parse_call(statement, [](TokenSpan) -> Result<sql::Value> { return sql::Value(); });
  }
  return 0;
}
