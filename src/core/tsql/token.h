// SQL text as tokens that know their place: T-SQL's spelling and SQLite's, side by side. Pure.
//
// Words keep their spelling; [a] and "a" and `a` are names with `text` unquoted; N'it''s' and 'it''s' are
// strings with `text` unescaped; @x is a variable. Comments (-- and /* */) vanish. A line that holds GO alone
// is a separator. `invalid` names line and column, both from 1.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oree::tsql {

enum class TokenKind { word, name, string, number, variable, blob, punctuation, separator };

struct Token {
  TokenKind kind = TokenKind::punctuation;
  std::string text;  // unquoted for names and strings
  int line = 1, column = 1;
  bool spaced = false;  // something blank stood before it

  bool is(std::string_view mark) const { return kind == TokenKind::punctuation && text == mark; }
  bool is_word(std::string_view word) const;  // whatever the case
  // Can be the name of something.
  bool names() const { return kind == TokenKind::word || kind == TokenKind::name; }
};

using Tokens = std::vector<Token>;
using TokenSpan = std::span<const Token>;

Result<Tokens> tokenize(std::string_view text);

// As SQLite reads it.
std::string print(const Token& token);
std::string print(TokenSpan tokens);

// "line 3, column 7: what"
std::unexpected<Error> fail_at(const Token& token, std::string what);
std::unexpected<Error> fail_behind(TokenSpan tokens, std::string what);

// Index of the ')' that closes the '(' at `open`; tokens.size() when there is none.
size_t closing(TokenSpan tokens, size_t open);
// Pieces between commas that stand in no parentheses; one empty piece for no tokens.
std::vector<TokenSpan> split_at_commas(TokenSpan tokens);

// Tokens of a made-up piece of SQL that stand where `place` stood.
void put_sql(Tokens& out, std::string_view sql, const Token& place);

}  // namespace oree::tsql
