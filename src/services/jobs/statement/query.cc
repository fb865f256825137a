#include "services/jobs/statement/query.h"

#include <algorithm>

#include "base/text.h"
#include "services/jobs/statement/select_parser.h"

namespace oree::jobs {
namespace {

struct Step {
  Token name;
  TokenSpan body;
};

// Behind the WITH at the statement's beginning; `rest` is where its SELECTs begin.
Result<std::vector<Step>> read_steps(TokenSpan statement, size_t& rest) {
  std::vector<Step> steps;
  size_t at = 1;
  while (true) {
    const bool opens = at + 2 < statement.size() && statement[at].names() &&
                       statement[at + 1].is_word("AS") && statement[at + 2].is("(");
    if (!opens)
      return fail_behind(statement.first(std::min(at, statement.size())), "WITH wants name AS (SELECT …)");
    const size_t close = closing(statement, at + 2);
    if (close == statement.size()) return fail_at(statement[at + 2], "this ( is never closed");
    steps.push_back({statement[at], statement.subspan(at + 3, close - at - 3)});
    if (steps.back().body.empty() || !steps.back().body[0].is_word("SELECT"))
      return fail_at(statement[at], "a step is name AS (SELECT …)");
    at = close + 1;
    if (at >= statement.size() || !statement[at].is(",")) break;
    ++at;
  }
  rest = at;
  return steps;
}

// SELECTs that follow one another on a new line without a semicolon.
std::vector<TokenSpan> cut_selects(TokenSpan statement) {
  std::vector<TokenSpan> found;
  size_t start = 0;
  int depth = 0;
  for (size_t i = 1; i < statement.size(); ++i) {
    if (statement[i].is("(")) ++depth;
    if (statement[i].is(")")) --depth;
    const bool set = statement[i - 1].is_word("UNION") || statement[i - 1].is_word("ALL") ||
                     statement[i - 1].is_word("EXCEPT") || statement[i - 1].is_word("INTERSECT");
    if (depth != 0 || set || !statement[i].is_word("SELECT")) continue;
    found.push_back(statement.subspan(start, i - start));
    start = i;
  }
  found.push_back(statement.subspan(start));
  return found;
}

// The steps that `text` needs, in their order.
std::vector<bool> needed(const std::vector<Step>& steps, TokenSpan text) {
  std::vector<bool> wanted(steps.size(), false);
  const auto mark = [&](TokenSpan tokens, size_t before) {
    for (const Token& token : tokens) {
      for (size_t i = 0; token.names() && i < before; ++i) {
        if (iequals(steps[i].name.text, token.text)) wanted[i] = true;
      }
    }
  };
  mark(text, steps.size());
  for (size_t i = steps.size(); i-- > 0;) {
    if (wanted[i]) mark(steps[i].body, i);
  }
  return wanted;
}

Result<JobQuery> parse_query(const std::vector<Step>& steps, TokenSpan select) {
  if (!select[0].is_word("SELECT"))
    return fail_at(select[0], "a job's statement is SELECT … INTO out FROM in …");
  const auto wanted = needed(steps, select);
  JobQuery query;
  std::vector<std::string> names;
  Tokens all;
  // The window first: whether there is one decides what may stand in the other SELECTs.
  for (size_t i = 0; i < steps.size(); ++i) {
    if (!wanted[i]) continue;
    if (auto found = find_window(steps[i].body, query); !found) return forward(found);
  }
  if (auto found = find_window(select, query); !found) return forward(found);
  for (size_t i = 0; i < steps.size(); ++i) {
    if (!wanted[i]) continue;
    const auto body = SelectParser(steps[i].body, names, query).run(false);
    if (!body) return forward(body);
    const bool first = all.empty();
    put_sql(all, first ? "WITH" : ",", steps[i].name);
    all.back().spaced = first;
    all.push_back(steps[i].name);
    all.back().spaced = true;
    put_sql(all, " AS (", steps[i].name);
    all[all.size() - 2].spaced = true;
    all.insert(all.end(), body->begin(), body->end());
    put_sql(all, ")", steps[i].name);
    all.back().spaced = false;
    names.push_back(steps[i].name.text);
  }
  const auto last = SelectParser(select, names, query).run(true);
  if (!last) return forward(last);
  const size_t begins = all.size();
  all.insert(all.end(), last->begin(), last->end());
  all[begins].spaced = true;
  if (query.out.empty()) return fail_at(select[0], "INTO is missing: SELECT … INTO out FROM in");
  if (query.in.empty()) return fail_at(select[0], "FROM is missing: SELECT … INTO out FROM in");
  if (auto translated = tsql::translate(all); !translated) return forward(translated);
  query.sql = print(all);
  return query;
}

}  // namespace

std::string table_for(std::string_view stream) {
  return cat("in$", lower(stream));
}

std::string anomaly_column(size_t index) {
  return cat("$anomaly", index);
}

Result<std::vector<JobQuery>> parse_job(std::string_view statement) {
  const auto tokens = tokenize(statement);
  if (!tokens) return forward(tokens);
  std::vector<JobQuery> queries;
  for (TokenSpan one : statements(*tokens)) {
    std::vector<Step> steps;
    if (one[0].is_word("WITH")) {
      size_t rest = 0;
      auto read = read_steps(one, rest);
      if (!read) return forward(read);
      steps = std::move(*read);
      if (rest >= one.size()) return fail_behind(one, "SELECT … INTO out FROM step is missing");
      one = one.subspan(rest);
    }
    for (const TokenSpan select : cut_selects(one)) {
      auto query = parse_query(steps, select);
      if (!query) return forward(query);
      queries.push_back(std::move(*query));
    }
  }
  if (queries.empty()) return fail(ErrorKind::invalid, "the job's statement is empty");
  return queries;
}

}  // namespace oree::jobs
