#include "services/queries/tsql/predict_from.h"

#include <algorithm>

#include "base/text.h"
#include "services/queries/models/model_functions.h"
#include "services/queries/tsql/look_ahead.h"

namespace oree::queries {
namespace {

struct OutputColumn {
  Token name;
  bool whole = false;  // INT, BIGINT
};

struct Predict {
  size_t begin = 0, end = 0;  // of the clause in the statement
  TokenSpan model, data;
  Token data_alias, alias;
  std::vector<OutputColumn> outputs;
};

// At most one: PREDICT( behind FROM, JOIN or a comma.
size_t find_predict(TokenSpan statement) {
  for (size_t i = 1; i + 1 < statement.size(); ++i) {
    if (!statement[i].is_word("PREDICT") || !statement[i + 1].is("(")) continue;
    const Token& before = statement[i - 1];
    if (before.is_word("FROM") || before.is_word("JOIN")) return i;
  }
  return statement.size();
}

Status take_argument(TokenSpan argument, Predict& predict) {
  if (argument.size() < 3 || !argument[1].is("=")) {
    return fail_behind(argument.first(std::min<size_t>(1, argument.size())),
                       "PREDICT wants MODEL = …, DATA = … AS alias, RUNTIME = ONNX");
  }
  const TokenSpan value = argument.subspan(2);
  if (argument[0].is_word("MODEL")) {
    predict.model = value;
  } else if (argument[0].is_word("RUNTIME")) {
    if (!value[0].is_word("ONNX")) return fail_at(value[0], "the only RUNTIME is ONNX");
  } else if (argument[0].is_word("DATA")) {
    const size_t size = value.size();
    if (size < 3 || !value[size - 2].is_word("AS") || !value[size - 1].names()) {
      return fail_behind(value, "DATA wants an alias: DATA = table AS d");
    }
    predict.data = value.first(size - 2);
    predict.data_alias = value[size - 1];
  } else {
    return fail_at(argument[0], cat("PREDICT knows no ", argument[0].text));
  }
  return {};
}

Status take_outputs(TokenSpan columns, Predict& predict) {
  for (const TokenSpan column : split_at_commas(columns)) {
    if (column.size() < 2 || !column[0].names())
      return fail_behind(column, "WITH wants columns as (score FLOAT)");
    const Token& type = column[1];
    const bool whole = type.is_word("INT") || type.is_word("BIGINT") || type.is_word("INTEGER");
    if (!whole && !type.is_word("FLOAT") && !type.is_word("REAL")) {
      return fail_at(type, cat(type.text, " is no type of an output; there are FLOAT, REAL, INT and BIGINT"));
    }
    predict.outputs.push_back({column[0], whole});
  }
  return {};
}

Result<Predict> parse_predict(TokenSpan statement, size_t at) {
  Predict predict{.begin = at};
  const size_t close = closing(statement, at + 1);
  if (close == statement.size()) return fail_at(statement[at], "PREDICT( is never closed");
  for (const TokenSpan argument : split_at_commas(statement.subspan(at + 2, close - at - 2))) {
    if (auto taken = take_argument(argument, predict); !taken) return forward(taken);
  }
  if (predict.model.empty() || predict.data.empty())
    return fail_at(statement[at], "PREDICT wants both MODEL and DATA");
  size_t next = close + 1;
  if (next + 1 >= statement.size() || !statement[next].is_word("WITH") || !statement[next + 1].is("(")) {
    return fail_at(statement[close], "behind PREDICT(…) stands WITH (name type, …)");
  }
  const size_t end = closing(statement, next + 1);
  if (end == statement.size()) return fail_at(statement[next], "WITH( is never closed");
  if (auto taken = take_outputs(statement.subspan(next + 2, end - next - 2), predict); !taken)
    return forward(taken);
  next = end + 1;
  if (next < statement.size() && statement[next].is_word("AS")) ++next;
  if (next >= statement.size() || !statement[next].names())
    return fail_at(statement[end], "WITH (…) wants an alias: AS p");
  predict.alias = statement[next];
  predict.end = next + 1;
  return predict;
}

// The WITH clause in front of the statement's SELECT, which DATA may name a table of.
std::string common_tables(TokenSpan statement) {
  int depth = 0;
  size_t with = statement.size();
  for (size_t i = 0; i < statement.size(); ++i) {
    if (statement[i].is("(")) ++depth;
    if (statement[i].is(")")) --depth;
    if (depth != 0) continue;
    if (with == statement.size() && statement[i].is_word("WITH")) with = i;
    if (with < i && statement[i].is_word("SELECT")) return print(statement.subspan(with, i - with));
  }
  return {};
}

bool is_one_of(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::any_of(names, [&](const std::string& known) { return iequals(known, name); });
}

Result<std::vector<std::string>> choose_inputs(const BatchModel& model,
                                               const std::vector<std::string>& columns, const Token& place) {
  if (model.inputs().size() == 1 && !is_one_of(columns, model.inputs()[0])) {
    if (columns.size() < model.features()) {
      return fail_at(
          place, cat("the model wants ", model.features(), " values; DATA has ", columns.size(), " columns"));
    }
    return std::vector<std::string>(columns.end() - static_cast<ptrdiff_t>(model.features()), columns.end());
  }
  for (const std::string& input : model.inputs()) {
    if (!is_one_of(columns, input)) {
      return fail_at(place, cat("DATA has no column '", input, "', which the model wants; it has ",
                                join(columns, ", ")));
    }
  }
  return model.inputs();
}

// Names of the outputs as columns beside those of DATA.
std::string column_for(const OutputColumn& output, const Predict& predict,
                       const std::vector<std::string>& columns) {
  if (!is_one_of(columns, output.name.text)) return output.name.text;
  return cat(predict.alias.text, "$", output.name.text);
}

Result<std::string> subquery(const Predict& predict, const std::vector<std::string>& columns,
                             const BatchModel& model, std::string_view key) {
  const auto inputs = choose_inputs(model, columns, predict.data_alias);
  if (!inputs) return forward(inputs);
  const std::string alias = sql::quoted_name(predict.data_alias.text);
  Token model_text{.kind = TokenKind::string, .text = std::string(key)};
  std::string inner = cat("SELECT ", alias, ".*, predict_packed_ahead(", print(model_text));
  for (const std::string& input : *inputs) inner += cat(", ", alias, ".", sql::quoted_name(input));
  inner += cat(") OVER (ROWS BETWEEN CURRENT ROW AND ", kRowsAhead, " FOLLOWING) AS \"$p\" FROM ",
               print(predict.data), " AS ", alias);
  std::string outer = "(SELECT ";
  for (const std::string& column : columns) outer += cat(sql::quoted_name(column), ", ");
  for (size_t i = 0; i < predict.outputs.size(); ++i) {
    const OutputColumn& output = predict.outputs[i];
    const auto found = std::ranges::find_if(
        model.outputs(), [&](const std::string& name) { return iequals(name, output.name.text); });
    if (found == model.outputs().end()) {
      return fail_at(output.name, cat("the model has no output '", output.name.text, "'; it has ",
                                      join(model.outputs(), ", ")));
    }
    outer += cat(i > 0 ? ", " : "", "CAST(predicted_output(\"$p\", ", found - model.outputs().begin(),
                 ") AS ", output.whole ? "INTEGER" : "REAL", ") AS ",
                 sql::quoted_name(column_for(output, predict, columns)));
  }
  return cat(outer, " FROM (", inner, ")) AS ", alias);
}

// Everything but the clause, with p.score as a column of d.
void copy_rest(TokenSpan tokens, const Predict& predict, const std::vector<std::string>& columns,
               Tokens& out) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    const bool ours = tokens[i].names() && iequals(tokens[i].text, predict.alias.text) &&
                      i + 2 < tokens.size() && tokens[i + 1].is(".") &&
                      (tokens[i + 2].names() || tokens[i + 2].is("*"));
    if (!ours) {
      out.push_back(tokens[i]);
      continue;
    }
    std::string text;
    for (const OutputColumn& output : predict.outputs) {
      if (tokens[i + 2].names() && !iequals(output.name.text, tokens[i + 2].text)) continue;
      const std::string name = column_for(output, predict, columns);
      text += cat(text.empty() ? "" : ", ", sql::quoted_name(predict.data_alias.text), ".",
                  sql::quoted_name(name));
      // What is selected keeps the name it was written with.
      const bool last = i + 3 >= tokens.size() || !tokens[i + 3].is_word("AS");
      const bool plain = i + 3 < tokens.size() && (tokens[i + 3].is(",") || tokens[i + 3].is_word("FROM"));
      if (name != output.name.text && last && plain) text += cat(" AS ", sql::quoted_name(output.name.text));
    }
    const size_t first = out.size();
    put_sql(out, text, tokens[i]);
    if (first < out.size()) out[first].spaced = tokens[i].spaced;
    i += 2;
  }
}

}  // namespace

Result<sql::Value> model_value(TokenSpan expression, Session& session) {
  if (expression.size() == 1 && expression[0].kind == TokenKind::string)
    return sql::Value(expression[0].text);
  if (expression.size() == 1 && expression[0].kind == TokenKind::variable) {
    const auto known = session.variables().find(lower(expression[0].text));
    if (known == session.variables().end()) {
      return fail_at(expression[0], cat("the variable ", expression[0].text, " is not declared"));
    }
    return known->second;
  }
  if (expression.size() > 2 && expression[0].is("("))
    return session.scalar(cat("SELECT ", print(expression)));
  return fail_behind(expression, "a model is a name in quotes, a variable or a query in parentheses");
}

Result<Tokens> rewrite_predict(TokenSpan statement, Session& session) {
  const size_t at = find_predict(statement);
  if (at == statement.size()) return Tokens(statement.begin(), statement.end());
  const auto predict = parse_predict(statement, at);
  if (!predict) return forward(predict);
  const auto value = model_value(predict->model, session);
  if (!value) return forward(value);
  if (std::holds_alternative<std::monostate>(*value))
    return fail_at(predict->model[0], "the model is NULL: no row holds it");
  const auto key = session.context().models().key_of(*value);
  if (!key) return forward(key);
  const auto model = session.context().model(sql::Value(*key));
  if (!model) return forward(model);
  if ((*model)->window() > 1) {
    return fail_at(predict->model[0], cat("this model judges windows of ", (*model)->window(),
                                          " rows: use ae_error(…) OVER (…) or predict_window()"));
  }
  const auto columns =
      session.columns(cat(common_tables(statement), " SELECT * FROM ", print(predict->data)));
  if (!columns) return forward(columns);
  const auto text = subquery(*predict, *columns, **model, *key);
  if (!text) return forward(text);
  Tokens out;
  copy_rest(statement.first(predict->begin), *predict, *columns, out);
  const size_t first = out.size();
  put_sql(out, *text, statement[at]);
  if (first < out.size()) out[first].spaced = true;
  copy_rest(statement.subspan(predict->end), *predict, *columns, out);
  return out;
}

}  // namespace oree::queries
