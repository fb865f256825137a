#include "services/jobs/statement/window_clause.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace oree::jobs {
namespace {

using tsql::add_units;
using tsql::Unit;
using tsql::unit_of;

struct Shape {
  std::string_view name;
  Window::Kind kind;
  size_t numbers;
  std::string_view example;
};

constexpr std::array<Shape, 8> kShapes{{
    {"TumblingWindow", Window::Kind::hopping, 1, "TumblingWindow(minute, 5)"},
    {"Tumbling", Window::Kind::hopping, 1, "TumblingWindow(minute, 5)"},
    {"HoppingWindow", Window::Kind::hopping, 2, "HoppingWindow(minute, 10, 5)"},
    {"Hopping", Window::Kind::hopping, 2, "HoppingWindow(minute, 10, 5)"},
    {"SlidingWindow", Window::Kind::sliding, 1, "SlidingWindow(minute, 5)"},
    {"Sliding", Window::Kind::sliding, 1, "SlidingWindow(minute, 5)"},
    {"SessionWindow", Window::Kind::session, 2, "SessionWindow(minute, 5, 60)"},
    {"Session", Window::Kind::session, 2, "SessionWindow(minute, 5, 60)"},
}};

const Shape* shape_of(TokenSpan item) {
  if (item.size() < 3 || !item[1].is("(")) return nullptr;
  for (const Shape& shape : kShapes) {
    if (item[0].is_word(shape.name)) return &shape;
  }
  return nullptr;
}

// The lengths between the parentheses; each number goes with the unit before it.
std::optional<std::vector<Micros>> lengths_of(TokenSpan tokens) {
  std::vector<Micros> lengths;
  std::optional<Unit> unit;
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::word) {
      if (const auto named = unit_of(token.text)) unit = named;
    }
    if (token.kind != TokenKind::number) continue;
    const auto count = parse_number<int64_t>(token.text);
    if (!count || *count < 1 || *count > 1'000'000 || !unit || *unit >= Unit::month) return std::nullopt;
    lengths.push_back(add_units(*unit, *count, 0));
  }
  return lengths;
}

// OVER (PARTITION BY field) or OVER (PARTITION BY stream.field)
Result<std::string> partition_of(TokenSpan tokens) {
  const bool fits = tokens.size() >= 6 && tokens[0].is_word("OVER") && tokens[1].is("(") &&
                    tokens[2].is_word("PARTITION") && tokens[3].is_word("BY") && tokens.back().is(")");
  const TokenSpan key = fits ? tokens.subspan(4, tokens.size() - 5) : TokenSpan();
  if (key.size() == 1 && key[0].names()) return key[0].text;
  if (key.size() == 3 && key[0].names() && key[1].is(".") && key[2].names()) return key[2].text;
  return fail_at(tokens[0], "behind a session stands OVER (PARTITION BY field), or nothing");
}

}  // namespace

bool is_window(TokenSpan item) {
  return shape_of(item) != nullptr;
}

Result<Window> parse_window(TokenSpan item) {
  const Shape& shape = *shape_of(item);
  const size_t close = closing(item, 1);
  const auto lengths =
      close < item.size() ? lengths_of(item.subspan(2, close - 2)) : std::optional<std::vector<Micros>>();
  if (!lengths || lengths->size() != shape.numbers)
    return fail_at(item[0], cat("write ", shape.example, ", with units up to a week"));
  Window window{.kind = shape.kind, .size = lengths->front()};
  if (shape.kind == Window::Kind::hopping) window.hop = lengths->back();
  if (shape.kind == Window::Kind::session) window.longest = lengths->back();
  const TokenSpan behind = item.subspan(close + 1);
  if (!behind.empty() && shape.kind != Window::Kind::session)
    return fail_at(behind[0], cat("nothing may follow ", shape.example));
  if (!behind.empty()) {
    auto key = partition_of(behind);
    if (!key) return forward(key);
    window.key = std::move(*key);
  }
  constexpr Micros kLongest = 7 * 24 * readings::kHour;
  if (std::max(window.size, window.longest) > kLongest ||
      (window.hop != 0 && window.size / window.hop > 1000)) {
    return fail_at(item[0], "a window is at most 7 days long, and hops at least every thousandth of that");
  }
  return window;
}

Result<Micros> parse_duration_call(TokenSpan tokens, size_t& used) {
  const size_t close = tokens.size() > 2 && tokens[0].is_word("DURATION") && tokens[1].is("(")
                           ? closing(tokens, 1)
                           : tokens.size();
  const auto lengths =
      close < tokens.size() ? lengths_of(tokens.subspan(2, close - 2)) : std::optional<std::vector<Micros>>();
  if (!lengths || lengths->size() != 1) return fail_behind(tokens, "LIMIT wants DURATION(minute, 20)");
  used = close + 1;
  return lengths->front();
}

}  // namespace oree::jobs
