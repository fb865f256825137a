#include "core/tsql/token.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "platform/sql/database.h"

namespace oree::tsql {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '#' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool goes_on(char c) {
  return starts_word(c) || is_digit(c) || c == '$';
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Result<Tokens> run() {
    Tokens tokens;
    for (;;) {
      if (auto skipped = skip_blank(); !skipped) return forward(skipped);
      if (at_ == text_.size()) break;
      Token token;
      token.line = line_;
      token.column = static_cast<int>(at_ - line_start_) + 1;
      token.spaced = spaced_;
      if (auto taken = take(token); !taken) return forward(taken);
      tokens.push_back(std::move(token));
    }
    mark_separators(tokens);
    return tokens;
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void step() {
    if (text_[at_++] == '\n') {
      ++line_;
      line_start_ = at_;
    }
  }

  Status skip_blank() {
    spaced_ = at_ == 0;
    while (at_ < text_.size()) {
      if (peek() == ' ' || peek() == '\t' || peek() == '\r' || peek() == '\n') {
        step();
      } else if (peek() == '-' && peek(1) == '-') {
        while (at_ < text_.size() && peek() != '\n') step();
      } else if (peek() == '/' && peek(1) == '*') {
        if (auto skipped = skip_comment(); !skipped) return skipped;
      } else {
        return {};
      }
      spaced_ = true;
    }
    return {};
  }

  Status skip_comment() {
    const Token start{.line = line_, .column = static_cast<int>(at_ - line_start_) + 1};
    at_ += 2;
    while (at_ < text_.size() && !(peek() == '*' && peek(1) == '/')) step();
    if (at_ == text_.size()) return fail_at(start, "this comment is never closed with */");
    at_ += 2;
    return {};
  }

  // Up to `end`, which is doubled to stand for itself.
  Status take_quoted(Token& token, char end, size_t opening) {
    at_ += opening;
    while (at_ < text_.size()) {
      if (peek() == end) {
        if (peek(1) != end) {
          ++at_;
          return {};
        }
        ++at_;
      }
      token.text += peek();
      step();
    }
    return fail_at(token, cat("this is never closed with ", std::string(1, end)));
  }

  void take_number(Token& token) {
    token.kind = TokenKind::number;
    const size_t start = at_;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
      at_ += 2;
      while (goes_on(peek())) ++at_;
    } else {
      while (is_digit(peek())) ++at_;
      if (peek() == '.') ++at_;
      while (is_digit(peek())) ++at_;
      const bool sign = peek(1) == '-' || peek(1) == '+';
      if ((peek() == 'e' || peek() == 'E') && is_digit(peek(sign ? 2 : 1))) {
        at_ += sign ? 2 : 1;
        while (is_digit(peek())) ++at_;
      }
    }
    token.text = text_.substr(start, at_ - start);
  }

  void take_punctuation(Token& token) {
    constexpr std::array<std::string_view, 12> kLong = {
        "->>", "<=", ">=", "<>", "!=", "==", "||", "<<", ">>", "->", "+=", "-="};
    const std::string_view rest = text_.substr(at_);
    const auto* found =
        std::ranges::find_if(kLong, [&](std::string_view mark) { return rest.starts_with(mark); });
    token.text = found != kLong.end() ? *found : rest.substr(0, 1);
    at_ += token.text.size();
  }

  Status take(Token& token) {
    const char c = peek();
    if ((c == 'N' || c == 'n') && peek(1) == '\'') {
      token.kind = TokenKind::string;
      return take_quoted(token, '\'', 2);
    }
    if ((c == 'x' || c == 'X') && peek(1) == '\'') {
      token.kind = TokenKind::blob;
      return take_quoted(token, '\'', 2);
    }
    if (c == '\'') {
      token.kind = TokenKind::string;
      return take_quoted(token, '\'', 1);
    }
    if (c == '"' || c == '`' || c == '[') {
      token.kind = TokenKind::name;
      return take_quoted(token, c == '[' ? ']' : c, 1);
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      take_number(token);
      return {};
    }
    if (starts_word(c) || (c == '@' && goes_on(peek(1)))) {
      token.kind = c == '@' ? TokenKind::variable : TokenKind::word;
      const size_t start = at_++;
      while (goes_on(peek())) ++at_;
      token.text = text_.substr(start, at_ - start);
      return {};
    }
    if (c == '\0') return fail_at(token, "a zero byte has no place in SQL");
    take_punctuation(token);
    return {};
  }

  static void mark_separators(Tokens& tokens) {
    for (size_t i = 0; i < tokens.size(); ++i) {
      const bool first = i == 0 || tokens[i - 1].line < tokens[i].line;
      const bool last = i + 1 == tokens.size() || tokens[i + 1].line > tokens[i].line;
      if (first && last && tokens[i].is_word("GO")) tokens[i].kind = TokenKind::separator;
    }
  }

  std::string_view text_;
  size_t at_ = 0, line_start_ = 0;
  int line_ = 1;
  bool spaced_ = false;
};

}  // namespace

bool Token::is_word(std::string_view word) const {
  return kind == TokenKind::word && iequals(text, word);
}

Result<Tokens> tokenize(std::string_view text) {
  return Scanner(text).run();
}

std::string print(const Token& token) {
  switch (token.kind) {
    case TokenKind::name:
      return sql::quoted_name(token.text);
    case TokenKind::string: {
      std::string quoted = "'";
      for (const char c : token.text) {
        quoted += c;
        if (c == '\'') quoted += c;
      }
      return quoted + "'";
    }
    case TokenKind::blob:
      return cat("x'", token.text, "'");
    case TokenKind::word:
    case TokenKind::number:
    case TokenKind::variable:
    case TokenKind::punctuation:
    case TokenKind::separator:
      break;
  }
  return token.text;
}

std::string print(TokenSpan tokens) {
  std::string out;
  for (const Token& token : tokens) {
    if (token.spaced && !out.empty()) out += ' ';
    out += print(token);
  }
  return out;
}

std::unexpected<Error> fail_at(const Token& token, std::string what) {
  return fail(ErrorKind::invalid, cat("line ", token.line, ", column ", token.column, ": ", what));
}

std::unexpected<Error> fail_behind(TokenSpan tokens, std::string what) {
  if (tokens.empty()) return fail(ErrorKind::invalid, std::move(what));
  const Token& last = tokens.back();
  Token behind = last;
  behind.column += static_cast<int>(last.text.size());
  return fail_at(behind, std::move(what));
}

size_t closing(TokenSpan tokens, size_t open) {
  int depth = 0;
  for (size_t i = open; i < tokens.size(); ++i) {
    if (tokens[i].is("(")) ++depth;
    if (tokens[i].is(")") && --depth == 0) return i;
  }
  return tokens.size();
}

std::vector<TokenSpan> split_at_commas(TokenSpan tokens) {
  std::vector<TokenSpan> pieces;
  size_t start = 0;
  int depth = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is("(")) ++depth;
    if (tokens[i].is(")")) --depth;
    if (depth == 0 && tokens[i].is(",")) {
      pieces.push_back(tokens.subspan(start, i - start));
      start = i + 1;
    }
  }
  pieces.push_back(tokens.subspan(start));
  return pieces;
}

void put_sql(Tokens& out, std::string_view sql, const Token& place) {
  auto tokens = tokenize(sql);
  if (!tokens) return;
  for (Token& token : *tokens) {
    token.line = place.line;
    token.column = place.column;
    out.push_back(std::move(token));
  }
}

}  // namespace oree::tsql
