#include "services/queries/streams/query.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "platform/sql/database.h"
#include "services/queries/script.h"
#include "services/queries/times.h"
#include "services/queries/tsql/look_ahead.h"
#include "services/queries/tsql/translate.h"

namespace oree::queries::streams {
namespace {

constexpr std::array<std::string_view, 6> kClauses = {"WHERE", "GROUP", "HAVING", "ORDER", "UNION", "INTO"};
constexpr std::array<std::string_view, 4> kRefused = {"SessionWindow", "SlidingWindow", "SnapshotWindow",
                                                      "PARTITION"};

bool begins_clause(const Token& token) {
  return std::ranges::any_of(kClauses, [&](std::string_view word) { return token.is_word(word); });
}

// SELECTs that follow one another on a new line without a semicolon.
std::vector<TokenSpan> cut_selects(TokenSpan script) {
  std::vector<TokenSpan> found;
  for (const TokenSpan one : statements(script)) {
    size_t start = 0;
    int depth = 0;
    for (size_t i = 1; i < one.size(); ++i) {
      if (one[i].is("(")) ++depth;
      if (one[i].is(")")) --depth;
      const bool set = one[i - 1].is_word("UNION") || one[i - 1].is_word("ALL");
      if (depth != 0 || set || !one[i].is_word("SELECT") || one[0].is_word("WITH")) continue;
      found.push_back(one.subspan(start, i - start));
      start = i;
    }
    found.push_back(one.subspan(start));
  }
  return found;
}

class JobParser {
 public:
  explicit JobParser(TokenSpan tokens) : in_(tokens) {}

  Result<JobQuery> run() {
    if (!in_[0].is_word("SELECT")) return fail_at(in_[0], "a job's statement is SELECT … INTO out FROM in …");
    while (at_ < in_.size()) {
      if (auto taken = take(); !taken) return forward(taken);
    }
    if (query_.out.empty()) return fail_at(in_[0], "INTO is missing: SELECT … INTO out FROM in");
    if (query_.in.empty()) return fail_at(in_[0], "FROM is missing: SELECT … INTO out FROM in");
    const auto translated = translate(out_);
    if (!translated) return forward(translated);
    query_.sql = print(*translated);
    return std::move(query_);
  }

 private:
  bool word(size_t i, std::string_view text) const { return i < in_.size() && in_[i].is_word(text); }

  Status take() {
    const Token& token = in_[at_];
    if (std::ranges::any_of(kRefused, [&](std::string_view name) { return token.is_word(name); })) {
      return fail_at(token, cat(token.text, " is not accepted: there are TumblingWindow and HoppingWindow"));
    }
    if (token.is_word("INTO") && query_.out.empty()) return take_into();
    if (token.is_word("FROM") && query_.in.empty()) return take_from();
    if (token.is_word("GROUP") && word(at_ + 1, "BY")) return take_group();
    if (token.is_word("System") && at_ + 4 < in_.size() && in_[at_ + 1].is(".") &&
        in_[at_ + 2].is_word("Timestamp")) {
      put_sql(out_, "\"$time\"", token);
      out_.back().spaced = token.spaced;
      at_ += in_[at_ + 3].is("(") ? 5 : 3;
      return {};
    }
    if (token.names()) query_.names.push_back(token.text);
    out_.push_back(token);
    ++at_;
    return {};
  }

  Status take_into() {
    if (at_ + 1 >= in_.size() || !in_[at_ + 1].names())
      return fail_at(in_[at_], "INTO wants the name of a stream or table");
    query_.out = in_[at_ + 1].text;
    at_ += 2;
    return {};
  }

  Status take_from() {
    if (at_ + 1 >= in_.size() || !in_[at_ + 1].names())
      return fail_at(in_[at_], "FROM wants the name of a stream");
    query_.in = in_[at_ + 1].text;
    Token table = in_[at_ + 1];
    Token alias = table;
    table.kind = alias.kind = TokenKind::name;
    table.text = table_for(query_.in);
    out_.push_back(in_[at_]);
    out_.push_back(table);
    at_ += 2;
    if (word(at_, "AS")) ++at_;
    if (at_ < in_.size() && in_[at_].names() && !in_[at_].is_word("TIMESTAMP") && !in_[at_].is_word("JOIN") &&
        !begins_clause(in_[at_])) {
      alias = in_[at_++];
    }
    put_sql(out_, " AS", alias);
    out_.back().spaced = alias.spaced = true;
    out_.push_back(alias);
    if (!word(at_, "TIMESTAMP")) return {};
    if (!word(at_ + 1, "BY") || at_ + 2 >= in_.size())
      return fail_at(in_[at_], "TIMESTAMP BY wants a column");
    at_ += 2;
    if (at_ + 2 < in_.size() && in_[at_ + 1].is(".")) at_ += 2;
    if (!in_[at_].names()) return fail_at(in_[at_], "TIMESTAMP BY wants a column");
    query_.time_column = in_[at_++].text;
    return {};
  }

  Status take_group() {
    const Token& group = in_[at_];
    size_t end = at_ + 2;
    while (end < in_.size() && !in_[end].is_word("HAVING") && !in_[end].is_word("ORDER")) ++end;
    Tokens kept;
    for (const TokenSpan item : split_at_commas(in_.subspan(at_ + 2, end - at_ - 2))) {
      if (item.size() > 2 && (item[0].is_word("TumblingWindow") || item[0].is_word("HoppingWindow"))) {
        if (auto window = take_window(item); !window) return window;
        continue;
      }
      for (const Token& token : item) {
        if (std::ranges::any_of(kRefused, [&](std::string_view name) { return token.is_word(name); })) {
          return fail_at(token,
                         cat(token.text, " is not accepted: there are TumblingWindow and HoppingWindow"));
        }
        if (token.names()) query_.names.push_back(token.text);
      }
      if (!kept.empty()) put_sql(kept, ",", group);
      kept.insert(kept.end(), item.begin(), item.end());
    }
    // All events at hand are of one window: without another column they are one group, and none without
    // events.
    if (kept.empty()) put_sql(kept, " \"$time\"", group);
    out_.push_back(group);
    put_sql(out_, " BY ", group);
    out_.back().spaced = kept[0].spaced = true;
    out_.insert(out_.end(), kept.begin(), kept.end());
    at_ = end;
    return {};
  }

  // TumblingWindow(minute, 5), HoppingWindow(minute, 10, 5), and both with Duration(unit, n).
  Status take_window(TokenSpan item) {
    const bool hopping = item[0].is_word("HoppingWindow");
    std::vector<int64_t> numbers;
    std::optional<Unit> unit;
    for (const Token& token : item.subspan(1)) {
      if (token.kind == TokenKind::number) numbers.push_back(parse_number<int64_t>(token.text).value_or(0));
      if (token.kind == TokenKind::word && !unit) unit = unit_of(token.text);
    }
    const size_t wanted = hopping ? 2 : 1;
    const bool fits = unit && numbers.size() == wanted &&
                      std::ranges::all_of(numbers, [](int64_t n) { return n > 0 && n < 1'000'000; });
    if (!fits || *unit >= Unit::month) {
      return fail_at(item[0], "a window is TumblingWindow(minute, 5) or HoppingWindow(minute, 10, 5)");
    }
    query_.window.size = add_units(*unit, numbers[0], 0);
    query_.window.hop = hopping ? add_units(*unit, numbers[1], 0) : query_.window.size;
    constexpr readings::Micros kLongest = 7 * 24 * readings::kHour;
    if (query_.window.size > kLongest || query_.window.size / query_.window.hop > 1000) {
      return fail_at(item[0], "a window is at most 7 days long, and hops at least every thousandth of that");
    }
    return {};
  }

  TokenSpan in_;
  size_t at_ = 0;
  Tokens out_;
  JobQuery query_;
};

}  // namespace

std::string table_for(std::string_view stream) {
  return cat("in$", lower(stream));
}

Result<std::vector<JobQuery>> parse_job(std::string_view statement) {
  const auto tokens = tokenize(statement);
  if (!tokens) return forward(tokens);
  std::vector<JobQuery> queries;
  for (const TokenSpan one : cut_selects(*tokens)) {
    auto query = JobParser(one).run();
    if (!query) return forward(query);
    queries.push_back(std::move(*query));
  }
  if (queries.empty()) return fail(ErrorKind::invalid, "the job's statement is empty");
  return queries;
}

}  // namespace oree::queries::streams
