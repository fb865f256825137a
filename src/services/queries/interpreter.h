// One statement after the other: what is T-SQL's own is done here, everything else is translated and goes to
// SQLite.
#pragma once

#include "services/queries/session.h"
#include "services/queries/streams/jobs.h"
#include "services/queries/token.h"

namespace oree::queries {

class Interpreter {
 public:
  // `jobs` is null for readers, who cannot change any.
  Interpreter(Session& session, streams::Jobs* jobs) : session_(session), jobs_(jobs) {}
  // The answer of the last statement that has one.
  Result<ResultSet> run(std::string_view text);

 private:
  Result<ResultSet> statement(TokenSpan tokens);
  Result<ResultSet> plain(TokenSpan tokens);
  Result<ResultSet> declare(TokenSpan tokens);
  Result<ResultSet> assign(TokenSpan tokens);  // SET @x = …
  Result<ResultSet> select_into_variables(TokenSpan tokens);
  Result<ResultSet> external(TokenSpan tokens, bool create);
  Result<ResultSet> procedure(TokenSpan tokens);
  Result<ResultSet> data_retention(TokenSpan tokens);  // ALTER DATABASE d SET DATA_RETENTION ON
  Result<ResultSet> table_option(TokenSpan tokens, size_t option);
  Result<sql::Value> value_of(TokenSpan expression);
  Result<std::string> prepared_text(TokenSpan tokens, std::vector<std::pair<size_t, Token>>& places);
  Status need_admin(const Token& place) const;

  Session& session_;
  streams::Jobs* jobs_;
};

}  // namespace oree::queries
