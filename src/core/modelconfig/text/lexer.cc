#include "core/modelconfig/text/lexer.h"

#include <charconv>

#include "base/text.h"

namespace oree::modelconfig {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

void append_utf8(std::string& out, uint32_t code) {
  const auto push = [&out](uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return push(code);
  if (code < 0x800) {
    push(0xC0 | (code >> 6));
  } else {
    if (code < 0x10000) {
      push(0xE0 | (code >> 12));
    } else {
      push(0xF0 | (code >> 18));
      push(0x80 | ((code >> 12) & 0x3F));
    }
    push(0x80 | ((code >> 6) & 0x3F));
  }
  push(0x80 | (code & 0x3F));
}

}  // namespace

char Lexer::take() {
  const char c = rest_.front();
  rest_.remove_prefix(1);
  if (c == '\n') {
    ++place_.line;
    place_.column = 1;
  } else {
    ++place_.column;
  }
  return c;
}

void Lexer::skip_space() {
  while (!rest_.empty()) {
    const char c = peek();
    if (c == '#') {
      while (!rest_.empty() && peek() != '\n') take();
    } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
      take();
    } else {
      return;
    }
  }
}

Result<Token> Lexer::next() {
  skip_space();
  Token token{Token::Kind::end, place_, ""};
  if (rest_.empty()) return token;
  const char first = peek();
  if (is_letter(first)) {
    token.kind = Token::Kind::name;
    while (is_letter(peek()) || is_digit(peek())) token.text += take();
  } else if (is_digit(first) || (first == '.' && is_digit(peek(1)))) {
    token.kind = Token::Kind::number;
    while (is_letter(peek()) || is_digit(peek()) || peek() == '.' ||
           ((peek() == '-' || peek() == '+') && (token.text.back() == 'e' || token.text.back() == 'E') &&
            !token.text.starts_with("0x"))) {
      token.text += take();
    }
  } else if (first == '"' || first == '\'') {
    token.kind = Token::Kind::text;
    if (Status taken = take_string(token.text); !taken) return forward(taken);
  } else if (std::string_view("{}[]<>:,;-").contains(first)) {
    token.kind = Token::Kind::sign;
    token.text = take();
  } else {
    return fail(ErrorKind::invalid, static_cast<unsigned char>(first) < 0x20 || first == 0x7F
                                        ? "a control character stands here"
                                        : cat("'", first, "' has no meaning here"));
  }
  return token;
}

Status Lexer::take_string(std::string& out) {
  const char quote = take();
  for (;;) {
    if (rest_.empty() || peek() == '\n') {
      return fail(ErrorKind::invalid, cat("the string has no closing ", quote, " on its line"));
    }
    const char c = take();
    if (c == quote) return {};
    if (c != '\\') {
      out += c;
    } else if (Status taken = take_escape(out); !taken) {
      return taken;
    }
  }
}

// Up to `at_most` digits of the base.
Result<uint32_t> Lexer::take_digits(int base, int at_most, int at_least) {
  std::string digits;
  while (static_cast<int>(digits.size()) < at_most) {
    const char c = peek();
    const bool fits =
        base == 8 ? c >= '0' && c <= '7' : is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!fits) break;
    digits += take();
  }
  if (static_cast<int>(digits.size()) < at_least) {
    return fail(ErrorKind::invalid, cat("the escape needs ", at_least, " digits of base ", base));
  }
  uint32_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  return value;
}

Status Lexer::take_escape(std::string& out) {
  if (rest_.empty()) return fail(ErrorKind::invalid, "the text ends inside a string");
  if (peek() >= '0' && peek() <= '7') {
    const Result<uint32_t> code = take_digits(8, 3, 1);
    if (!code) return forward(code);
    if (*code > 0xFF) return fail(ErrorKind::invalid, "the escape is no byte");
    out += static_cast<char>(*code);
    return {};
  }
  const char c = take();
  constexpr std::string_view kNames = "abfnrtv\\'\"?";
  constexpr std::string_view kBytes = "\a\b\f\n\r\t\v\\'\"?";
  if (const size_t at = kNames.find(c); at != std::string_view::npos) {
    out += kBytes[at];
    return {};
  }
  if (c != 'x' && c != 'X' && c != 'u' && c != 'U') {
    return fail(ErrorKind::invalid, cat("'\\", c, "' is no escape"));
  }
  const bool byte = c == 'x' || c == 'X';
  const int digits = byte ? 2 : c == 'u' ? 4 : 8;
  const Result<uint32_t> code = take_digits(16, digits, byte ? 1 : digits);
  if (!code) return forward(code);
  if (byte) {
    out += static_cast<char>(*code);
    return {};
  }
  if (*code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF)) {
    return fail(ErrorKind::invalid, "the escape is no character of Unicode");
  }
  append_utf8(out, *code);
  return {};
}

}  // namespace oree::modelconfig
