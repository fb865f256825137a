// From text to Route: a precedence-climbing parser over the lexer's words.
#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "services/routes/expression.h"
#include "services/routes/lexer.h"
#include "services/routes/route.h"

namespace oree::routes {
namespace {

constexpr size_t kMaxText = 64 << 10;
constexpr int kMaxOperands = 2000;
constexpr int kMaxLevels = 100;
constexpr int kUnary = 8;

struct Binary {
  std::string_view sign;
  int precedence;
  Op op;
};
constexpr Binary kBinaries[] = {
    {"??", 1, Op::coalesce},  {"OR", 2, Op::or_},           {"AND", 3, Op::and_}, {"=", 4, Op::equal},
    {"!=", 4, Op::not_equal}, {"<>", 4, Op::not_equal},     {"<", 5, Op::less},   {"<=", 5, Op::less_equal},
    {">", 5, Op::greater},    {">=", 5, Op::greater_equal}, {"+", 6, Op::add},    {"-", 6, Op::subtract},
    {"||", 6, Op::join},      {"*", 7, Op::multiply},       {"/", 7, Op::divide}, {"%", 7, Op::modulo},
};

struct Constant {
  std::string_view word;
  Value value;
};

std::string shown(const Token& token) {
  return token.kind == TokenKind::end ? "the end" : cat("'", token.text, "'");
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  Result<Route> route();

 private:
  bool is(std::string_view sign_or_keyword) const {
    return (token_.kind == TokenKind::word || token_.kind == TokenKind::sign) &&
           iequals(token_.text, sign_or_keyword);
  }
  Status advance() {
    auto next = lexer_.next();
    if (!next) return forward(next);
    token_ = std::move(*next);
    return {};
  }
  std::unexpected<Error> wrong(std::string_view wanted) const {
    return lexer_.error(token_.at, cat("expected ", wanted, ", found ", shown(token_)));
  }
  Status expect(std::string_view word) {
    if (!is(word)) return wrong(cat("'", word, "'"));
    return advance();
  }

  Result<std::string> source();
  Result<Sink> sink();
  Result<Expression> expression(int least);
  Result<Expression> unary();
  Result<Expression> primary();
  Result<Expression> word();
  Result<Expression> call(const Token& name);
  Result<Expression> dollar();
  Result<Expression> braced();
  Result<std::vector<PathStep>> path();

  Lexer lexer_;
  Token token_;
  int operands_ = 0;
  int level_ = 0;
};

Result<Route> Parser::route() {
  if (auto done = advance(); !done) return forward(done);
  if (is("SELECT")) {
    if (auto done = advance(); !done) return forward(done);
    if (auto done = expect("*"); !done) return forward(done);
  }
  if (!is("FROM")) return wrong("FROM");
  Route route;
  auto from = source();
  if (!from) return forward(from);
  route.source = std::move(*from);
  if (auto done = advance(); !done) return forward(done);
  if (is("WHERE")) {
    if (auto done = advance(); !done) return forward(done);
    auto condition = expression(1);
    if (!condition) return forward(condition);
    route.condition = std::make_shared<const Expression>(std::move(*condition));
  }
  if (auto done = expect("INTO"); !done) return forward(done);
  auto into = sink();
  if (!into) return forward(into);
  route.sink = std::move(*into);
  if (token_.kind != TokenKind::end) return wrong("the end of the route");
  return route;
}

Result<std::string> Parser::source() {
  const auto token = lexer_.source();
  if (!token) return forward(token);
  const std::string_view text = token->text;
  if (!text.starts_with('/') || text.size() < 2) {
    return lexer_.error(token->at, "expected a source such as /messages/modules/NAME/outputs/* or /*");
  }
  for (const std::string_view part : split(text.substr(1), '/')) {
    const bool star = part.find('*') != std::string_view::npos;
    if (part.empty() || (star && part != "*") || part.find_first_of("\"'(){}") != std::string_view::npos) {
      return lexer_.error(token->at, cat("the source '", text, "' has a part that is neither a name nor *"));
    }
  }
  const size_t last = text.find_last_not_of("*/");
  std::string prefix = last == std::string_view::npos ? "" : lower(text.substr(0, last + 1));
  return prefix + "/";
}

Result<Sink> Parser::sink() {
  if (token_.kind == TokenKind::dollar && iequals(token_.text, "$upstream")) {
    if (auto done = advance(); !done) return forward(done);
    return Sink{};
  }
  constexpr std::pair<std::string_view, Sink::Kind> kSinks[] = {
      {"BrokeredEndpoint", Sink::Kind::input}, {"Topic", Sink::Kind::topic}, {"Table", Sink::Kind::table}};
  const auto* kind = std::ranges::find_if(kSinks, [&](const auto& one) { return is(one.first); });
  if (kind == std::end(kSinks)) {
    return wrong(R"($upstream, BrokeredEndpoint("/modules/NAME/inputs/NAME"), Topic("…") or Table("…"))");
  }
  if (auto done = advance(); !done) return forward(done);
  if (auto done = expect("("); !done) return forward(done);
  if (token_.kind != TokenKind::string || token_.value.empty()) return wrong("a name in quotes");
  Sink sink{kind->second, token_.value};
  if (sink.kind == Sink::Kind::input) {
    const auto parts = split(sink.name, '/');
    const bool well = parts.size() == 5 && parts[0].empty() && iequals(parts[1], "modules") &&
                      !parts[2].empty() && iequals(parts[3], "inputs") && !parts[4].empty();
    if (!well) return wrong("\"/modules/NAME/inputs/NAME\"");
  }
  if (auto done = advance(); !done) return forward(done);
  if (auto done = expect(")"); !done) return forward(done);
  return sink;
}

Result<Expression> Parser::expression(int least) {
  if (++level_ > kMaxLevels) return lexer_.error(token_.at, "too many levels of parentheses");
  auto left = unary();
  while (left) {
    const auto* binary = std::ranges::find_if(kBinaries, [&](const Binary& one) { return is(one.sign); });
    if (binary == std::end(kBinaries) || binary->precedence < least) break;
    if (auto done = advance(); !done) return forward(done);
    auto right = expression(binary->precedence + 1);
    if (!right) return right;
    Expression both{.op = binary->op};
    both.operands.push_back(std::move(*left));
    both.operands.push_back(std::move(*right));
    left = std::move(both);
  }
  --level_;
  return left;
}

Result<Expression> Parser::unary() {
  const bool minus = is("-");
  if (!minus && !is("NOT")) return primary();
  if (++level_ > kMaxLevels) return lexer_.error(token_.at, "too many signs in a row");
  if (auto done = advance(); !done) return forward(done);
  auto operand = unary();
  if (!operand) return operand;
  --level_;
  Expression one{.op = minus ? Op::negate : Op::not_};
  one.operands.push_back(std::move(*operand));
  return one;
}

Result<Expression> Parser::primary() {
  if (++operands_ > kMaxOperands) return lexer_.error(token_.at, "too many operands");
  if (token_.kind == TokenKind::dollar) return dollar();
  if (token_.kind == TokenKind::braced) return braced();
  if (token_.kind == TokenKind::word) return word();
  if (is("(")) {
    if (auto done = advance(); !done) return forward(done);
    auto inside = expression(1);
    if (!inside) return inside;
    if (auto done = expect(")"); !done) return forward(done);
    return inside;
  }
  Expression literal;
  if (token_.kind == TokenKind::string) {
    literal.literal = token_.value;
  } else if (token_.kind == TokenKind::number) {
    literal.literal = token_.number;
  } else {
    return wrong("a value");
  }
  if (auto done = advance(); !done) return forward(done);
  return literal;
}

Result<Expression> Parser::word() {
  static const std::array<Constant, 4> kConstants{
      {{"true", true}, {"false", false}, {"null", Null{}}, {"undefined", Undefined{}}}};
  constexpr std::string_view kKeywords[] = {"SELECT", "FROM", "WHERE", "INTO", "AND", "OR", "NOT"};
  if (std::ranges::any_of(kKeywords, [&](std::string_view one) { return is(one); })) return wrong("a value");
  const Token name = token_;
  if (auto done = advance(); !done) return forward(done);
  if (is("(")) return call(name);
  for (const Constant& one : kConstants) {
    if (iequals(name.text, one.word)) return Expression{.literal = one.value};
  }
  return Expression{.op = Op::property, .name = std::string(name.text)};
}

Result<Expression> Parser::call(const Token& name) {
  const Function* const function = find_function(name.text);
  if (!function) {
    return lexer_.error(name.at, cat("there is no function '", name.text, "'",
                                     did_you_mean(lower(name.text), function_names())));
  }
  if (auto done = advance(); !done) return forward(done);
  Expression one{.op = Op::call, .function = function};
  if (function->apply == nullptr) {  // twin_change_includes(properties.reported.x), quoted or not
    if (token_.kind == TokenKind::string) {
      for (const std::string_view part : split(token_.value, '.')) one.path.emplace_back(std::string(part));
    } else if (token_.kind == TokenKind::word) {
      one.path.emplace_back(std::string(token_.text));
    } else {
      return wrong("a path such as properties.reported.level");
    }
    if (auto done = advance(); !done) return forward(done);
    auto more = path();
    if (!more) return forward(more);
    std::ranges::move(*more, std::back_inserter(one.path));
    if (auto done = expect(")"); !done) return forward(done);
    return one;
  }
  while (!is(")")) {
    if (!one.operands.empty()) {
      if (auto done = expect(","); !done) return forward(done);
    }
    auto argument = expression(1);
    if (!argument) return argument;
    one.operands.push_back(std::move(*argument));
  }
  const size_t count = one.operands.size();
  if (count < function->least || count > function->most) {
    return lexer_.error(name.at,
                        cat(function->name, "() takes ", function->least,
                            function->most > function->least ? " or more" : "", " arguments, not ", count));
  }
  if (auto done = advance(); !done) return forward(done);
  return one;
}

Result<Expression> Parser::dollar() {
  Expression one{.op = Op::dollar, .name = std::string(token_.text)};
  one.is_body = iequals(token_.text, "$body");
  if (auto done = advance(); !done) return forward(done);
  if (!one.is_body) return one;
  auto steps = path();
  if (!steps) return forward(steps);
  one.path = std::move(*steps);
  for (const PathStep& step : one.path) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      one.name += cat(".", *name);
    } else {
      one.name += cat("[", std::get<size_t>(step), "]");
    }
  }
  return one;
}

// {$name}
Result<Expression> Parser::braced() {
  Lexer inside(token_.text);
  const auto name = inside.next();
  const bool well = name && name->kind == TokenKind::dollar && name->text.size() == token_.text.size();
  if (!well) return wrong("{$name}");
  Expression one{.op = Op::system, .name = std::string(token_.text)};
  if (auto done = advance(); !done) return forward(done);
  return one;
}

Result<std::vector<PathStep>> Parser::path() {
  std::vector<PathStep> steps;
  while (is(".") || is("[")) {
    const bool by_name = is(".");
    if (auto done = advance(); !done) return forward(done);
    const auto index = parse_number<uint32_t>(token_.text);
    if (by_name) {
      if (token_.kind != TokenKind::word) return wrong("a name after '.'");
      steps.emplace_back(std::string(token_.text));
    } else {
      if (token_.kind != TokenKind::number || !index) return wrong("an index");
      steps.emplace_back(static_cast<size_t>(*index));
    }
    if (auto done = advance(); !done) return forward(done);
    if (!by_name) {
      if (auto done = expect("]"); !done) return forward(done);
    }
  }
  return steps;
}

}  // namespace

std::string Sink::text() const {
  switch (kind) {
    case Kind::upstream:
      return "$upstream";
    case Kind::input:
      return cat("BrokeredEndpoint(\"", name, "\")");
    case Kind::topic:
      return cat("Topic(\"", name, "\")");
    case Kind::table:
      return cat("Table(\"", name, "\")");
  }
  return {};
}

Result<Route> parse_route(std::string_view text) {
  if (text.size() > kMaxText) return fail(ErrorKind::invalid, "a route has at most 64 KB");
  return Parser(text).route();
}

}  // namespace oree::routes
