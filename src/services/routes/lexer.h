// A route in words. Private to this room.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace oree::routes {

enum class TokenKind { end, word, dollar, braced, string, number, sign };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;  // as written; of `braced` without the braces
  std::string value;      // of a string, unescaped
  double number = 0;
  size_t at = 0;
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Result<Token> next();
  // Where a source is expected, /* is no comment: the text up to the next blank.
  Result<Token> source();
  // "line 1, column 27: …"
  std::unexpected<Error> error(size_t at, std::string_view what) const;

 private:
  Status skip_blanks(bool comments);
  Result<Token> string();
  Result<Token> number();
  std::string_view word(size_t from) const;

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace oree::routes
