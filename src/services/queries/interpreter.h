// One statement after the other: what is T-SQL's own is done here, everything else is translated and goes to
// SQLite.
#pragma once

#include "services/queries/language.h"
#include "services/queries/session.h"

namespace oree::queries {

class Interpreter {
 public:
  // What `automation` takes is handed to it; it may be null.
  Interpreter(Session& session, tsql::Automation* automation) : session_(session), automation_(automation) {}
  // The answer of the last statement that has one.
  Result<ResultSet> run(std::string_view text);

 private:
  Result<ResultSet> statement(TokenSpan tokens);
  Result<ResultSet> plain(TokenSpan tokens);
  Result<ResultSet> declare(TokenSpan tokens);
  Result<ResultSet> assign(TokenSpan tokens);  // SET @x = …
  Result<ResultSet> select_into_variables(TokenSpan tokens);
  Result<ResultSet> data_retention(TokenSpan tokens);  // ALTER DATABASE d SET DATA_RETENTION ON
  Result<ResultSet> table_option(TokenSpan tokens, size_t option);
  Result<sql::Value> value_of(TokenSpan expression);
  Result<std::string> prepared_text(TokenSpan tokens, std::vector<std::pair<size_t, Token>>& places);
  Status need_admin(const Token& place) const;

  Session& session_;
  tsql::Automation* automation_;
};

}  // namespace oree::queries
