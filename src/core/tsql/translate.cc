#include "core/tsql/translate.h"

#include <array>

#include "base/text.h"

namespace oree::tsql {
namespace {

struct Rename {
  std::string_view from, to;
};
constexpr std::array<Rename, 5> kFunctions{{{"ISNULL", "ifnull"},
                                            {"LEN", "length"},
                                            {"STRING_AGG", "group_concat"},
                                            {"CEILING", "ceil"},
                                            {"DATALENGTH", "length"}}};
constexpr std::array<std::string_view, 6> kUnitFirst = {"DATE_BUCKET", "DATEADD",   "DATEDIFF",
                                                        "DATEPART",    "DATETRUNC", "DATEDIFF_BIG"};
constexpr std::array<std::string_view, 6> kRefused = {"OPENROWSET", "OPENJSON", "TRY_CONVERT",
                                                      "MERGE",      "WAITFOR",  "TRUNCATE"};

// Statements of T-SQL's that have no counterpart here, by their first words.
struct Absent {
  std::string_view first, second, instead;
};
constexpr std::array<Absent, 13> kAbsent{{
    {"IF", "", "there are no branches: use CASE, or a WHERE that finds nothing"},
    {"WHILE", "", "there are no loops: use WITH RECURSIVE"},
    {"BEGIN", "TRY", "the first statement that fails ends the text"},
    {"BEGIN", "CATCH", "the first statement that fails ends the text"},
    {"THROW", "", "the first statement that fails ends the text"},
    {"RAISERROR", "", "the first statement that fails ends the text"},
    {"CREATE", "PROCEDURE", "keep the text as a view, or as the statement of a schedule"},
    {"CREATE", "PROC", "keep the text as a view, or as the statement of a schedule"},
    {"CREATE", "FUNCTION", "keep the text as a view"},
    {"CREATE", "LOGIN", "who may come in stands in station.yaml"},
    {"CREATE", "USER", "who may come in stands in station.yaml"},
    {"GRANT", "", "who may do what stands in station.yaml"},
    {"BULK", "", "use INSERT, or a streaming job"},
}};

template <size_t N>
bool one_of(const Token& token, const std::array<std::string_view, N>& words) {
  for (const std::string_view word : words) {
    if (token.is_word(word)) return true;
  }
  return false;
}

class Translation {
 public:
  explicit Translation(TokenSpan statement) : in_(statement) {}

  Result<Tokens> run() {
    while (at_ < in_.size()) {
      if (auto taken = take(); !taken) return forward(taken);
    }
    return std::move(out_);
  }

 private:
  const Token& now() const { return in_[at_]; }
  bool next_is(std::string_view mark, size_t ahead = 1) const {
    return at_ + ahead < in_.size() && in_[at_ + ahead].is(mark);
  }

  void keep() { out_.push_back(in_[at_++]); }

  Status take() {
    const Token& token = now();
    if (token.kind != TokenKind::word) {
      keep();
      return {};
    }
    if (one_of(token, kRefused)) {
      const std::string what = token.is_word("TRUNCATE") ? "TRUNCATE TABLE is not accepted: use DELETE FROM"
                                                         : cat(token.text, " is not accepted here");
      return fail(ErrorKind::unsupported, fail_at(token, what).error().what);
    }
    if ((token.is_word("dbo") || token.is_word("sys")) && next_is(".") && at_ + 2 < in_.size()) {
      const bool spaced = token.spaced;
      at_ += 2;
      keep();
      out_.back().spaced = spaced;
      return {};
    }
    if ((token.is_word("CROSS") || token.is_word("OUTER")) && at_ + 1 < in_.size() &&
        in_[at_ + 1].is_word("APPLY")) {
      return fail(ErrorKind::unsupported,
                  fail_at(token, cat(token.text, " APPLY is not accepted: use JOIN")).error().what);
    }
    if (token.is_word("CONVERT") && next_is("(")) return take_convert();
    if (one_of(token, kUnitFirst) && next_is("(")) return take_unit();
    if (token.is_word("IDENTITY") && next_is("(")) return take_identity();
    if (at_ + 3 < in_.size() && next_is("(") && in_[at_ + 2].is_word("MAX") && in_[at_ + 3].is(")") &&
        !token.is_word("count")) {
      return take_max();
    }
    for (const Rename& rename : kFunctions) {
      if (!token.is_word(rename.from) || !next_is("(")) continue;
      keep();
      out_.back().text = rename.to;
      return {};
    }
    keep();
    return {};
  }

  Status take_max() {
    const bool bytes = now().is_word("VARBINARY");
    if (!bytes && !now().is_word("NVARCHAR") && !now().is_word("VARCHAR")) {
      keep();
      return {};
    }
    keep();
    out_.back().text = bytes ? "BLOB" : "TEXT";
    at_ += 3;
    return {};
  }

  // `id INT IDENTITY(1,1) PRIMARY KEY`: SQLite numbers an INTEGER PRIMARY KEY by itself.
  Status take_identity() {
    const size_t close = closing(in_, at_ + 1);
    if (close == in_.size()) return fail_at(now(), "IDENTITY( is never closed");
    if (!out_.empty() && out_.back().kind == TokenKind::word) out_.back().text = "INTEGER";
    at_ = close + 1;
    return {};
  }

  Status take_unit() {
    keep();
    if (out_.back().is_word("DATEDIFF_BIG")) out_.back().text = "DATEDIFF";
    keep();
    if (at_ < in_.size() && now().kind == TokenKind::word) {
      keep();
      out_.back().kind = TokenKind::string;
    }
    return {};
  }

  Status take_convert() {
    const Token place = now();
    const size_t close = closing(in_, at_ + 1);
    if (close == in_.size()) return fail_at(place, "CONVERT( is never closed");
    const auto pieces = split_at_commas(in_.subspan(at_ + 2, close - at_ - 2));
    if (pieces.size() != 2 || pieces[0].empty() || pieces[1].empty()) {
      return fail_at(place, "CONVERT is accepted as CONVERT(type, value), without a style");
    }
    auto value = Translation(pieces[1]).run();
    if (!value) return forward(value);
    auto type = Translation(pieces[0]).run();
    if (!type) return forward(type);
    put_sql(out_, " CAST(", place);
    out_.insert(out_.end(), value->begin(), value->end());
    put_sql(out_, " AS ", place);
    for (Token& token : *type) {
      token.spaced = true;
      out_.push_back(token);
    }
    put_sql(out_, ")", place);
    at_ = close + 1;
    return {};
  }

  TokenSpan in_;
  size_t at_ = 0;
  Tokens out_;
};

// Where the SELECT at `start` ends: the ')' around it, a set operator, or the end.
size_t end_of_select(TokenSpan tokens, size_t start, bool& compound) {
  int depth = 0;
  compound = false;
  for (size_t i = start + 1; i < tokens.size(); ++i) {
    if (tokens[i].is("(")) ++depth;
    if (tokens[i].is(")") && --depth < 0) return i;
    if (depth != 0) continue;
    if (tokens[i].is_word("UNION") || tokens[i].is_word("EXCEPT") || tokens[i].is_word("INTERSECT")) {
      compound = true;
      return i;
    }
  }
  return tokens.size();
}

// SELECT [DISTINCT] TOP n | TOP (n) … becomes … LIMIT n, innermost last so that places stay right.
Status move_top(Tokens& tokens) {
  for (size_t i = tokens.size(); i-- > 1;) {
    if (!tokens[i].is_word("TOP")) continue;
    const bool after_select = tokens[i - 1].is_word("SELECT") || (i > 1 && tokens[i - 2].is_word("SELECT"));
    if (!after_select || i + 1 >= tokens.size()) continue;
    size_t beyond = i + 2;
    if (tokens[i + 1].is("(")) beyond = closing(tokens, i + 1) + 1;
    if (beyond > tokens.size()) return fail_at(tokens[i], "TOP( is never closed");
    Tokens count(tokens.begin() + static_cast<ptrdiff_t>(i) + 1,
                 tokens.begin() + static_cast<ptrdiff_t>(beyond));
    const bool constant =
        count[0].kind == TokenKind::number || count[0].kind == TokenKind::variable || count[0].is("(");
    if (!constant) continue;  // a column called top
    if (beyond < tokens.size() && (tokens[beyond].is_word("PERCENT") || tokens[beyond].is_word("WITH"))) {
      return fail_at(tokens[beyond], "TOP n PERCENT and TOP n WITH TIES are not accepted");
    }
    bool compound = false;
    const size_t end = end_of_select(tokens, tokens[i - 1].is_word("SELECT") ? i - 1 : i - 2, compound);
    if (compound)
      return fail_at(tokens[i], "TOP in one part of a UNION is not accepted: put that SELECT in parentheses");
    Token limit = tokens[i];
    limit.text = "LIMIT";
    limit.spaced = true;
    count.insert(count.begin(), limit);
    count[1].spaced = true;
    tokens.insert(tokens.begin() + static_cast<ptrdiff_t>(end), count.begin(), count.end());
    tokens.erase(tokens.begin() + static_cast<ptrdiff_t>(i), tokens.begin() + static_cast<ptrdiff_t>(beyond));
  }
  return {};
}

// SELECT a INTO t FROM … → CREATE TABLE t AS SELECT a FROM …
Status move_into(Tokens& tokens) {
  if (tokens.empty() || !(tokens[0].is_word("SELECT") || tokens[0].is_word("WITH"))) return {};
  int depth = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is("(")) ++depth;
    if (tokens[i].is(")")) --depth;
    // WITH … INSERT INTO is no SELECT INTO.
    if (depth == 0 && (tokens[i].is_word("INSERT") || tokens[i].is_word("REPLACE"))) return {};
    if (depth != 0 || !tokens[i].is_word("INTO")) continue;
    if (i + 1 >= tokens.size() || !tokens[i + 1].names())
      return fail_at(tokens[i], "INTO wants the name of a new table");
    const Token table = tokens[i + 1];
    tokens.erase(tokens.begin() + static_cast<ptrdiff_t>(i), tokens.begin() + static_cast<ptrdiff_t>(i) + 2);
    Tokens front;
    put_sql(front, "CREATE TABLE", table);
    front.push_back(table);
    front.back().spaced = true;
    put_sql(front, " AS", table);
    front.back().spaced = true;
    tokens[0].spaced = true;
    tokens.insert(tokens.begin(), front.begin(), front.end());
    return {};
  }
  return {};
}

}  // namespace

Result<Tokens> translate(TokenSpan statement) {
  for (const Absent& absent : kAbsent) {
    if (statement.empty() || !statement[0].is_word(absent.first)) continue;
    if (!absent.second.empty() && (statement.size() < 2 || !statement[1].is_word(absent.second))) continue;
    const std::string what = cat(absent.first, absent.second.empty() ? "" : " ", absent.second,
                                 " is not accepted: ", absent.instead);
    return fail(ErrorKind::unsupported, fail_at(statement[0], what).error().what);
  }
  auto tokens = Translation(statement).run();
  if (!tokens) return tokens;
  if (auto moved = move_top(*tokens); !moved) return forward(moved);
  if (auto moved = move_into(*tokens); !moved) return forward(moved);
  return tokens;
}

}  // namespace oree::tsql
