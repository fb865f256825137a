#include "services/routes/lexer.h"

#include <algorithm>

#include "base/text.h"
#include "services/routes/value.h"

namespace oree::routes {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c);
}

}  // namespace

std::unexpected<Error> Lexer::error(size_t at, std::string_view what) const {
  const std::string_view before = text_.substr(0, std::min(at, text_.size()));
  const auto line = 1 + std::ranges::count(before, '\n');
  const size_t newline = before.rfind('\n');
  const size_t column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;
  return fail(ErrorKind::invalid, cat("line ", line, ", column ", column, ": ", what));
}

Status Lexer::skip_blanks(bool comments) {
  while (at_ < text_.size()) {
    if (is_blank(text_[at_])) {
      ++at_;
    } else if (comments && text_.substr(at_).starts_with("/*")) {
      const size_t end = text_.find("*/", at_ + 2);
      if (end == std::string_view::npos) return error(at_, "this comment has no end: '*/' is missing");
      at_ = end + 2;
    } else {
      break;
    }
  }
  return {};
}

Result<Token> Lexer::source() {
  if (auto skipped = skip_blanks(false); !skipped) return forward(skipped);
  const size_t from = at_;
  while (at_ < text_.size() && !is_blank(text_[at_])) ++at_;
  return Token{TokenKind::word, text_.substr(from, at_ - from), {}, 0, from};
}

std::string_view Lexer::word(size_t from) const {
  size_t to = from;
  while (to < text_.size() && is_word(text_[to])) ++to;
  return text_.substr(from, to - from);
}

Result<Token> Lexer::next() {
  if (auto skipped = skip_blanks(true); !skipped) return forward(skipped);
  const size_t from = at_;
  if (from == text_.size()) return Token{TokenKind::end, {}, {}, 0, from};
  const char c = text_[from];
  const char after = from + 1 < text_.size() ? text_[from + 1] : '\0';
  if (c == '\'' || c == '"') return string();
  if (is_digit(c) || (c == '.' && is_digit(after))) return number();
  if (is_letter(c)) {
    at_ += word(from).size();
    return Token{TokenKind::word, text_.substr(from, at_ - from), {}, 0, from};
  }
  if (c == '$' && is_letter(after)) {
    at_ += 1 + word(from + 1).size();
    return Token{TokenKind::dollar, text_.substr(from, at_ - from), {}, 0, from};
  }
  if (c == '{') {
    const size_t end = text_.find('}', from);
    if (end == std::string_view::npos) return error(from, "this '{' has no '}'");
    at_ = end + 1;
    return Token{TokenKind::braced, text_.substr(from + 1, end - from - 1), {}, 0, from};
  }
  constexpr std::string_view kSigns[] = {"<=", ">=", "<>", "!=", "||", "??", "=", "<", ">", "+",
                                         "-",  "*",  "/",  "%",  "(",  ")",  ",", ".", "[", "]"};
  for (const std::string_view sign : kSigns) {
    if (!text_.substr(from).starts_with(sign)) continue;
    at_ += sign.size();
    return Token{TokenKind::sign, sign, {}, 0, from};
  }
  return error(from, cat("a '", c, "' cannot stand here"));
}

Result<Token> Lexer::string() {
  const size_t from = at_++;
  const char quote = text_[from];
  std::u16string units;  // so that \ud83d\ude00 becomes one character
  std::string plain;
  const auto flush = [&] { units += to_utf16(std::exchange(plain, {})); };
  while (at_ < text_.size() && text_[at_] != quote) {
    if (text_[at_] != '\\') {
      plain += text_[at_++];
      continue;
    }
    const char escaped = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (escaped == 'u') {
      uint16_t unit = 0;
      const std::string_view hex = text_.substr(std::min(at_ + 2, text_.size()), 4);
      const auto parsed = std::from_chars(hex.data(), hex.data() + hex.size(), unit, 16);
      if (hex.size() != 4 || parsed.ptr != hex.data() + 4) return error(at_, "\\u needs four hex digits");
      flush();
      units += static_cast<char16_t>(unit);
      at_ += 6;
    } else if (escaped == '\'' || escaped == '"' || escaped == '\\') {
      plain += escaped;
      at_ += 2;
    } else {
      return error(at_, "only \\' \\\" \\\\ and \\uXXXX may follow a backslash");
    }
  }
  if (at_ == text_.size()) return error(from, "this text has no closing quote");
  flush();
  ++at_;
  return Token{TokenKind::string, text_.substr(from, at_ - from), to_utf8(units), 0, from};
}

Result<Token> Lexer::number() {
  const size_t from = at_;
  const std::string_view rest = text_.substr(from);
  const auto done = [&](double value, size_t length) -> Result<Token> {
    at_ = from + length;
    if (at_ < text_.size() && is_word(text_[at_])) return error(from, "this number is not well formed");
    return Token{TokenKind::number, rest.substr(0, length), {}, value, from};
  };
  if (rest.starts_with("0x") || rest.starts_with("0X")) {
    uint64_t value = 0;
    const auto [end, failed] = std::from_chars(rest.data() + 2, rest.data() + rest.size(), value, 16);
    if (failed != std::errc{}) return error(from, "a hex number needs 1 to 16 digits after 0x");
    return done(static_cast<double>(value), static_cast<size_t>(end - rest.data()));
  }
  double value = 0;
  const auto [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (failed != std::errc{}) return error(from, "this number is too large or too small");
  return done(value, static_cast<size_t>(end - rest.data()));
}

}  // namespace oree::routes
