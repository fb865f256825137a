#include "services/queries/tsql/look_ahead.h"

#include <array>

#include "base/text.h"
#include "services/queries/models/model_functions.h"

namespace oree::queries {
namespace {

constexpr std::array<std::string_view, 12> kAggregates = {
    "avg",   "sum",          "min",        "max",   "count",
    "total", "group_concat", "string_agg", "stdev", "json_group_array",
    "over",  "filter"};

bool is_aggregate(const Token& token) {
  for (const std::string_view name : kAggregates) {
    if (token.is_word(name)) return true;
  }
  return false;
}

bool ends_list(const Token& token) {
  constexpr std::array<std::string_view, 9> kWords = {"FROM",  "WHERE",  "GROUP", "HAVING", "ORDER",
                                                      "LIMIT", "WINDOW", "UNION", "VALUES"};
  for (const std::string_view word : kWords) {
    if (token.is_word(word)) return true;
  }
  return false;
}

// n of ROWS n PRECEDING or ROWS BETWEEN n PRECEDING AND CURRENT ROW, at the end of a window's definition.
std::optional<size_t> rows_before(TokenSpan definition, size_t& rows_at) {
  for (rows_at = 0; rows_at < definition.size() && !definition[rows_at].is_word("ROWS"); ++rows_at) {
  }
  TokenSpan frame = definition.subspan(std::min(rows_at + 1, definition.size()));
  if (frame.size() == 6 && frame[0].is_word("BETWEEN") && frame[3].is_word("AND") &&
      frame[4].is_word("CURRENT") && frame[5].is_word("ROW")) {
    frame = frame.subspan(1, 2);
  }
  if (frame.size() != 2 || frame[0].kind != TokenKind::number || !frame[1].is_word("PRECEDING"))
    return std::nullopt;
  return parse_number<size_t>(frame[0].text);
}

class Rewriter {
 public:
  Rewriter(TokenSpan statement, const ModelKey& key) : in_(statement), key_(key) {}

  Tokens run() {
    bool in_list[kDepth] = {};
    size_t depth = 0;
    while (at_ < in_.size()) {
      const Token& token = in_[at_];
      if (token.is("(") && depth + 1 < kDepth) {
        const bool inside_aggregate = at_ > 0 && is_aggregate(in_[at_ - 1]);
        in_list[depth + 1] = in_list[depth] && !inside_aggregate;
        ++depth;
      } else if (token.is(")") && depth > 0) {
        --depth;
      } else if (token.is_word("SELECT")) {
        in_list[depth] = true;
      } else if (ends_list(token)) {
        in_list[depth] = false;
      } else if (in_list[depth] && rewrite_call()) {
        continue;
      }
      out_.push_back(token);
      ++at_;
    }
    return std::move(out_);
  }

 private:
  static constexpr size_t kDepth = 1000;

  bool rewrite_call() {
    const Token& name = in_[at_];
    if (at_ + 1 >= in_.size() || !in_[at_ + 1].is("(")) return false;
    const bool window = name.is_word("ae_error");
    if (!window && !name.is_word("predict") && !name.is_word("predict_all")) return false;
    const size_t close = closing(in_, at_ + 1);
    if (close >= in_.size()) return false;
    const auto arguments = split_at_commas(in_.subspan(at_ + 2, close - at_ - 2));
    if (arguments.size() < 2) return false;
    const bool over = close + 2 < in_.size() && in_[close + 1].is_word("OVER");
    return window ? over && rewrite_window(arguments, close + 2)
                  : !over && rewrite_rows(arguments, close + 1);
  }

  bool rewrite_rows(const std::vector<TokenSpan>& arguments, size_t next) {
    const auto key = key_(arguments[0]);
    if (!key) return false;
    put_call(cat(lower(in_[at_].text), "_ahead("), *key, arguments);
    put_sql(out_, cat(" OVER (ROWS BETWEEN CURRENT ROW AND ", kRowsAhead, " FOLLOWING)"), in_[at_]);
    at_ = next;
    return true;
  }

  bool rewrite_window(const std::vector<TokenSpan>& arguments, size_t open) {
    const size_t close = in_[open].is("(") ? closing(in_, open) : in_.size();
    if (close >= in_.size()) return false;
    const TokenSpan definition = in_.subspan(open + 1, close - open - 1);
    size_t rows_at = 0;
    const auto before = rows_before(definition, rows_at);
    const auto key = before ? key_(arguments[0]) : std::nullopt;
    if (!key) return false;
    put_call(cat("ae_error_ahead(", *before + 1, ", "), *key, arguments);
    put_sql(out_, " OVER (", in_[at_]);
    for (const Token& token : definition.first(rows_at)) out_.push_back(token);
    put_sql(out_, cat(" ROWS BETWEEN ", *before, " PRECEDING AND ", kRowsAhead, " FOLLOWING)"), in_[at_]);
    at_ = close + 1;
    return true;
  }

  void put_call(std::string_view opening, std::string_view key, const std::vector<TokenSpan>& arguments) {
    put_sql(out_, opening, in_[at_]);
    Token model = in_[at_];
    model.kind = TokenKind::string;
    model.text = key;
    out_.push_back(model);
    for (size_t i = 1; i < arguments.size(); ++i) {
      put_sql(out_, ",", in_[at_]);
      out_.insert(out_.end(), arguments[i].begin(), arguments[i].end());
    }
    put_sql(out_, ")", in_[at_]);
  }

  TokenSpan in_;
  const ModelKey& key_;
  size_t at_ = 0;
  Tokens out_;
};

}  // namespace

Tokens look_ahead(TokenSpan statement, const ModelKey& key) {
  return Rewriter(statement, key).run();
}

}  // namespace oree::queries
