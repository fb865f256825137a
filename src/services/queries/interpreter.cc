#include "services/queries/interpreter.h"

#include <algorithm>

#include "base/text.h"
#include "services/queries/ageing.h"
#include "services/queries/language.h"
#include "services/queries/tsql/look_ahead.h"
#include "services/queries/tsql/predict_from.h"

namespace oree::queries {
namespace {

bool starts_with(TokenSpan tokens, std::initializer_list<std::string_view> words) {
  size_t i = 0;
  for (const std::string_view word : words) {
    if (i >= tokens.size() || !tokens[i++].is_word(word)) return false;
  }
  return true;
}

// Where `WITH (DATA_DELETION` or `SET (DATA_DELETION` begins; the end when nowhere.
size_t find_option(TokenSpan tokens) {
  for (size_t i = 0; i + 2 < tokens.size(); ++i) {
    const bool opens = (tokens[i].is_word("WITH") || tokens[i].is_word("SET")) && tokens[i + 1].is("(");
    if (opens && tokens[i + 2].is_word("DATA_DELETION")) return i;
  }
  return tokens.size();
}

ResultSet said(std::string note) {
  return {.note = std::move(note)};
}

}  // namespace

Result<ResultSet> Interpreter::run(std::string_view text) {
  const auto tokens = tokenize(text);
  if (!tokens) return forward(tokens);
  ResultSet last;
  for (const TokenSpan one : statements(*tokens)) {
    auto answer = statement(one);
    if (!answer) return answer;
    if (!answer->columns.empty() || last.columns.empty()) {
      const int64_t before = last.changes;
      last = std::move(*answer);
      last.changes += before;
    }
  }
  return last;
}

Result<ResultSet> Interpreter::statement(TokenSpan tokens) {
  if (auto go_on = session_.context().go_on(); !go_on) return forward(go_on);
  if (starts_with(tokens, {"DECLARE"})) return declare(tokens.subspan(1));
  if (starts_with(tokens, {"SET"})) return assign(tokens.subspan(1));
  if (automation_ != nullptr && automation_->takes(tokens)) {
    return automation_->run({.statement = tokens,
                             .database = session_.database(),
                             .admin = session_.role() == Role::admin,
                             .value_of = [this](TokenSpan value) { return value_of(value); }});
  }
  if (starts_with(tokens, {"EXEC"}) || starts_with(tokens, {"EXECUTE"}) ||
      starts_with(tokens, {"CREATE", "EXTERNAL"}) || starts_with(tokens, {"DROP", "EXTERNAL"})) {
    return fail(ErrorKind::unavailable,
                "there are no streams, jobs and schedules here: this door has no automation");
  }
  if (starts_with(tokens, {"ALTER", "DATABASE"})) return data_retention(tokens);
  if (starts_with(tokens, {"USE"}) || starts_with(tokens, {"PRINT"})) return ResultSet{};
  if (tokens.size() > 2 && tokens[0].is_word("SELECT") && tokens[1].kind == TokenKind::variable &&
      tokens[2].is("=")) {
    return select_into_variables(tokens);
  }
  const size_t option = find_option(tokens);
  if (option < tokens.size() && (tokens[0].is_word("CREATE") || tokens[0].is_word("ALTER"))) {
    return table_option(tokens, option);
  }
  return plain(tokens);
}

Result<std::string> Interpreter::prepared_text(TokenSpan tokens,
                                               std::vector<std::pair<size_t, Token>>& places) {
  const auto translated = translate(tokens);
  if (!translated) return forward(translated);
  const auto predicting = rewrite_predict(*translated, session_);
  if (!predicting) return forward(predicting);
  // What a view keeps must mean the same tomorrow: a name does, the digest of bytes may be forgotten.
  const bool kept = starts_with(tokens, {"CREATE", "VIEW"}) || starts_with(tokens, {"CREATE", "TRIGGER"});
  const Tokens ahead = look_ahead(*predicting, [&](TokenSpan model) -> std::optional<std::string> {
    if (kept && (model.size() != 1 || model[0].kind != TokenKind::string)) return std::nullopt;
    const auto value = model_value(model, session_);
    if (!value) return std::nullopt;
    const auto key = session_.context().models().key_of(*value);
    if (!key) return std::nullopt;
    return *key;
  });
  std::string text;
  for (const Token& token : ahead) {
    if (token.spaced && !text.empty()) text += ' ';
    places.emplace_back(text.size(), token);
    text += print(token);
  }
  return text;
}

Result<ResultSet> Interpreter::plain(TokenSpan tokens) {
  std::vector<std::pair<size_t, Token>> places;
  const auto text = prepared_text(tokens, places);
  if (!text) return forward(text);
  auto answer = session_.run(*text);
  if (answer) return answer;
  const int offset = session_.database().error_offset();
  if (offset < 0 || answer.error().kind != ErrorKind::invalid) return answer;
  for (size_t i = places.size(); i-- > 0;) {
    if (places[i].first <= static_cast<size_t>(offset)) return fail_at(places[i].second, answer.error().what);
  }
  return answer;
}

Result<sql::Value> Interpreter::value_of(TokenSpan expression) {
  std::vector<std::pair<size_t, Token>> places;
  const auto text = prepared_text(expression, places);
  if (!text) return forward(text);
  auto value = session_.scalar(cat("SELECT ", *text));
  if (!value && !expression.empty())
    return fail(value.error().kind, fail_at(expression[0], value.error().what).error().what);
  return value;
}

// DECLARE @a INT, @m VARBINARY(MAX) = (SELECT …)
Result<ResultSet> Interpreter::declare(TokenSpan tokens) {
  for (const TokenSpan piece : split_at_commas(tokens)) {
    if (piece.size() < 2 || piece[0].kind != TokenKind::variable) {
      return fail_behind(piece.first(std::min<size_t>(1, piece.size())),
                         "DECLARE wants @name TYPE [= value]");
    }
    const auto equals = std::ranges::find_if(piece, [](const Token& token) { return token.is("="); });
    sql::Value& variable = session_.variables()[lower(piece[0].text)];
    variable = {};
    if (equals == piece.end()) continue;
    auto value = value_of(piece.subspan(static_cast<size_t>(equals - piece.begin()) + 1));
    if (!value) return forward(value);
    variable = std::move(*value);
  }
  return ResultSet{};
}

Result<ResultSet> Interpreter::assign(TokenSpan tokens) {
  if (!tokens.empty() && tokens[0].kind == TokenKind::word)
    return ResultSet{};  // SET NOCOUNT ON and the like
  if (tokens.size() < 3 || tokens[0].kind != TokenKind::variable || !tokens[1].is("=")) {
    return fail_behind(tokens, "SET wants @name = value");
  }
  const auto known = session_.variables().find(lower(tokens[0].text));
  if (known == session_.variables().end())
    return fail_at(tokens[0], cat("the variable ", tokens[0].text, " is not declared"));
  auto value = value_of(tokens.subspan(2));
  if (!value) return forward(value);
  known->second = std::move(*value);
  return ResultSet{};
}

// SELECT @a = x, @b = y FROM …: the last row's values; without a row nothing changes.
Result<ResultSet> Interpreter::select_into_variables(TokenSpan tokens) {
  Tokens rest;
  std::vector<std::string> names;
  int depth = 0;
  bool item_begins = false, in_list = true;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is("(")) ++depth;
    if (tokens[i].is(")")) --depth;
    if (depth == 0 && tokens[i].is_word("FROM")) in_list = false;
    if (in_list && item_begins && i + 1 < tokens.size() && tokens[i].kind == TokenKind::variable &&
        tokens[i + 1].is("=")) {
      names.push_back(lower(tokens[i].text));
      if (!session_.variables().contains(names.back())) {
        return fail_at(tokens[i], cat("the variable ", tokens[i].text, " is not declared"));
      }
      ++i;
      item_begins = false;
      continue;
    }
    item_begins = depth == 0 && (tokens[i].is_word("SELECT") || tokens[i].is(","));
    rest.push_back(tokens[i]);
  }
  const auto answer = plain(rest);
  if (!answer) return answer;
  if (answer->columns.size() != names.size())
    return fail_at(tokens[0], "a SELECT either sets variables or answers rows");
  if (answer->rows.empty()) return ResultSet{};
  for (size_t i = 0; i < names.size(); ++i) session_.variables()[names[i]] = answer->rows.back()[i];
  return ResultSet{};
}

Status Interpreter::need_admin(const Token& place) const {
  if (session_.role() == Role::admin) return {};
  return fail(ErrorKind::denied,
              fail_at(place, "this needs the role admin; readers may only ask").error().what);
}

Result<ResultSet> Interpreter::data_retention(TokenSpan tokens) {
  if (auto may = need_admin(tokens[0]); !may) return forward(may);
  if (tokens.size() != 6 || !tokens[3].is_word("SET") || !tokens[4].is_word("DATA_RETENTION")) {
    return fail_at(tokens[0], "accepted is ALTER DATABASE name SET DATA_RETENTION ON | OFF");
  }
  if (auto set = set_data_retention(session_.database(), tokens[5].is_word("ON")); !set) return forward(set);
  return said(cat("data retention is ", tokens[5].is_word("ON") ? "on" : "off"));
}

// CREATE TABLE t (…) WITH (DATA_DELETION = ON (…)), ALTER TABLE t SET (DATA_DELETION = …)
Result<ResultSet> Interpreter::table_option(TokenSpan tokens, size_t option) {
  if (auto may = need_admin(tokens[0]); !may) return forward(may);
  const auto policy = parse_data_deletion(tokens, option);
  if (!policy) return forward(policy);
  ResultSet answer =
      said(cat("data deletion of '", policy->table, "' is ", policy->period.count() > 0 ? "on" : "off"));
  if (tokens[0].is_word("CREATE")) {
    auto created = plain(tokens.first(option));
    if (!created) return created;
  }
  if (auto kept = keep_policy(session_.database(), *policy); !kept) return forward(kept);
  return answer;
}

}  // namespace oree::queries
