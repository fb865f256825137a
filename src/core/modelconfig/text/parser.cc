#include "core/modelconfig/text/parser.h"

#include "base/bytes.h"
#include "base/text.h"
#include "core/modelconfig/text/lexer.h"

namespace oree::modelconfig {

namespace {

class Parser {
 public:
  Parser(std::string_view text, std::string_view file) : lexer_(text), file_(file) {}

  Result<Node> parse() {
    Node root{Node::Kind::message, {1, 1}, "", {}};
    if (Status first = advance(); !first) return forward(first);
    if (Status fields = parse_fields(root, "", 0); !fields) return forward(fields);
    return root;
  }

 private:
  bool at(std::string_view sign) const { return now_.kind == Token::Kind::sign && now_.text == sign; }

  std::unexpected<Error> wrong(Place place, std::string_view what) const {
    return fail(ErrorKind::invalid, cat(file_, ":", place.line, ":", place.column, ": ", what));
  }
  std::unexpected<Error> expected(std::string_view what) const {
    const std::string found = now_.kind == Token::Kind::end    ? "the end of the file"
                              : now_.kind == Token::Kind::text ? "a string"
                                                               : cat("'", now_.text, "'");
    return wrong(now_.place, cat("expected ", what, ", found ", found));
  }

  Status advance() {
    Result<Token> next = lexer_.next();
    if (!next) return wrong(lexer_.place(), next.error().what);
    now_ = std::move(*next);
    return {};
  }

  Status count(Place place) {
    if (++nodes_ <= kMaxNodes) return {};
    return wrong(place, cat("more than ", kMaxNodes, " values"));
  }

  // Up to `closing`, which is taken too; "" = the end of the text.
  Status parse_fields(Node& message, std::string_view closing, int depth) {
    if (depth > kMaxDepth) return wrong(now_.place, cat("nested deeper than ", kMaxDepth));
    while (!(closing.empty() ? now_.kind == Token::Kind::end : at(closing))) {
      if (at("[")) return wrong(now_.place, "extensions and Any are not read here");
      if (now_.kind != Token::Kind::name) {
        return expected(closing.empty() ? "a field's name" : cat("a field's name or '", closing, "'"));
      }
      if (Status field = parse_field(message, depth); !field) return field;
      if (!at(",") && !at(";")) continue;
      if (Status separator = advance(); !separator) return separator;
    }
    return closing.empty() ? Status{} : advance();
  }

  Status parse_field(Node& message, int depth) {
    const std::string name = now_.text;
    const Place place = now_.place;
    if (Status named = advance(); !named) return named;
    const bool colon = at(":");
    if (colon) {
      if (Status taken = advance(); !taken) return taken;
    }
    if (at("[")) return parse_list(message, name, place, colon, depth);
    return parse_one(message, name, place, colon, depth);
  }

  Status parse_list(Node& message, const std::string& name, Place place, bool colon, int depth) {
    if (Status taken = advance(); !taken) return taken;
    if (at("]")) {
      message.members.push_back({name, place, Node{Node::Kind::nothing, place, "", {}}});
      return advance();
    }
    for (;;) {
      if (Status one = parse_one(message, name, place, colon, depth); !one) return one;
      if (at("]")) return advance();
      if (!at(",")) return expected("',' or ']'");
      if (Status taken = advance(); !taken) return taken;
    }
  }

  Status parse_one(Node& message, const std::string& name, Place place, bool colon, int depth) {
    if (Status counted = count(place); !counted) return counted;
    Node value{Node::Kind::message, now_.place, "", {}};
    if (at("{") || at("<")) {
      const std::string_view closing = at("{") ? "}" : ">";
      if (Status taken = advance(); !taken) return taken;
      if (Status fields = parse_fields(value, closing, depth + 1); !fields) return fields;
    } else if (!colon) {
      return expected(cat("':' or '{' after '", name, "'"));
    } else if (Status scalar = parse_scalar(value, name); !scalar) {
      return scalar;
    }
    message.members.push_back({name, place, std::move(value)});
    return {};
  }

  Status parse_scalar(Node& value, std::string_view name) {
    if (now_.kind == Token::Kind::text) {
      value.kind = Node::Kind::text;
      while (now_.kind == Token::Kind::text) {
        value.text += now_.text;
        if (Status taken = advance(); !taken) return taken;
      }
      return {};
    }
    value.kind = Node::Kind::word;
    if (at("-")) {
      value.text = "-";
      if (Status taken = advance(); !taken) return taken;
    }
    if (now_.kind != Token::Kind::name && now_.kind != Token::Kind::number) {
      return expected(cat("a value of '", name, "'"));
    }
    value.text += now_.text;
    return advance();
  }

  Lexer lexer_;
  const std::string_view file_;
  Token now_;
  size_t nodes_ = 0;
};

}  // namespace

Result<Node> parse_text(std::string_view text, std::string_view file) {
  if (text.size() > kMaxText) {
    return fail(ErrorKind::invalid,
                cat(file, ": ", size_text(text.size()), "; a configuration has at most 4 MiB"));
  }
  return Parser(text, file).parse();
}

}  // namespace oree::modelconfig
