// Words, strings and signs of a text-format protocol buffer, each with its place. Private to this room.
#pragma once

#include <string>
#include <string_view>

#include "core/modelconfig/text/node.h"

namespace oree::modelconfig {

struct Token {
  enum class Kind { end, name, number, text, sign } kind = Kind::end;
  Place place;
  std::string text;  // a string's without quotes and escapes
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) {}
  // The next one. `invalid` without a place in its sentence; see place().
  Result<Token> next();
  Place place() const { return place_; }

 private:
  void skip_space();
  char take();
  char peek(size_t ahead = 0) const { return ahead < rest_.size() ? rest_[ahead] : '\0'; }
  Status take_string(std::string& out);
  Status take_escape(std::string& out);
  Result<uint32_t> take_digits(int base, int at_most, int at_least);

  std::string_view rest_;
  Place place_{1, 1};
};

}  // namespace oree::modelconfig
