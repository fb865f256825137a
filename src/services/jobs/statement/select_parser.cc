#include "services/jobs/statement/select_parser.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "services/jobs/statement/window_clause.h"

namespace oree::jobs {
namespace {

constexpr std::array<std::string_view, 8> kClauses = {"WHERE", "GROUP",  "HAVING",    "ORDER",
                                                      "UNION", "EXCEPT", "INTERSECT", "LIMIT"};
// Azure Stream Analytics' own, which look at other events than those at hand.
constexpr std::array<std::string_view, 8> kRefused = {
    "LAST", "ISFIRST", "TopOne", "CollectTop", "Collect", "SnapshotWindow", "MATCH_RECOGNIZE", "Windows"};
constexpr std::array<std::string_view, 8> kAggregates = {"avg",   "sum",        "count", "total",
                                                         "stdev", "string_agg", "var",   "group_concat"};

template <size_t N>
bool one_of(const Token& token, const std::array<std::string_view, N>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return token.is_word(word); });
}

std::unexpected<Error> refuse(const Token& token, std::string_view why) {
  return fail(ErrorKind::unsupported, fail_at(token, std::string(why)).error().what);
}

// Where the GROUP BY list that begins at `at` ends.
size_t end_of_group(TokenSpan tokens, size_t at) {
  int depth = 0;
  for (; at < tokens.size(); ++at) {
    if (tokens[at].is("(")) ++depth;
    if (tokens[at].is(")") && --depth < 0) break;
    if (depth == 0 && one_of(tokens[at], kClauses)) break;
  }
  return at;
}

}  // namespace

Status find_window(TokenSpan select, JobQuery& query) {
  int depth = 0;
  for (size_t i = 0; i + 1 < select.size(); ++i) {
    if (select[i].is("(")) ++depth;
    if (select[i].is(")")) --depth;
    if (depth != 0 || !select[i].is_word("GROUP") || !select[i + 1].is_word("BY")) continue;
    const size_t end = end_of_group(select, i + 2);
    for (const TokenSpan item : split_at_commas(select.subspan(i + 2, end - i - 2))) {
      if (!is_window(item)) continue;
      auto window = parse_window(item);
      if (!window) return forward(window);
      if (query.window.kind != Window::Kind::none && query.window != *window) {
        return refuse(
            item[0],
            "a query has one window: write what the first makes INTO a stream or a table of its own");
      }
      query.window = std::move(*window);
    }
  }
  return {};
}

Result<Tokens> SelectParser::run(bool last) {
  last_ = last;
  look_at_from();
  return take_all();
}

Result<Tokens> SelectParser::inside(TokenSpan part) const {
  constexpr int kDeepest = 50;
  if (nested_ == kDeepest) return fail_behind(part, "this is nested too deeply");
  SelectParser other(part, steps_, query_);
  other.direct_ = direct_;
  other.depth_ = 1;
  other.nested_ = nested_ + 1;
  return other.take_all();
}

Result<Tokens> SelectParser::take_all() {
  while (at_ < in_.size()) {
    if (auto taken = take(); !taken) return forward(taken);
  }
  return std::move(out_);
}

bool SelectParser::is_step(const Token& name) const {
  return std::ranges::any_of(steps_, [&](const std::string& step) { return iequals(step, name.text); });
}

void SelectParser::look_at_from() {
  int depth = 0;
  for (size_t i = 0; i + 1 < in_.size(); ++i) {
    if (in_[i].is("(")) ++depth;
    if (in_[i].is(")")) --depth;
    if (depth != 0 || !in_[i].is_word("FROM")) continue;
    direct_ = in_[i + 1].names() && !is_step(in_[i + 1]) && !in_[i + 1].is_word("PREDICT");
    return;
  }
}

Status SelectParser::take() {
  const Token& token = in_[at_];
  if (token.is("(")) ++depth_;
  if (token.is(")")) --depth_;
  if (token.names()) return take_word();
  out_.push_back(token);
  ++at_;
  return {};
}

Status SelectParser::take_word() {
  const Token& token = in_[at_];
  const bool distinct = at_ > 0 && in_[at_ - 1].is_word("DISTINCT");  // IS DISTINCT FROM
  if (auto fine = check_function(token); !fine) return fine;
  if (token.is_word("INTO") && query_.out.empty()) return take_into();
  if ((token.is_word("FROM") && !distinct) || token.is_word("JOIN")) return take_from();
  if (token.is_word("GROUP") && word(at_ + 1, "BY") && depth_ == 0) return take_group();
  if (token.is_word("System") && mark(at_ + 1, ".") && word(at_ + 2, "Timestamp")) return take_timestamp();
  if (token.is_word("AnomalyDetection_SpikeAndDip") || token.is_word("AnomalyDetection_ChangePoint"))
    return take_anomaly();
  if (token.is_word("GetRecordPropertyValue")) return take_property();
  if (token.is_word("LIMIT") && word(at_ + 1, "DURATION")) {
    return refuse(token, "LIMIT DURATION stands behind AnomalyDetection_SpikeAndDip and _ChangePoint only");
  }
  query_.names.push_back(token.text);
  out_.push_back(token);
  ++at_;
  return {};
}

Status SelectParser::check_function(const Token& token) const {
  if (token.is_word("OVER") && query_.window.kind == Window::Kind::none) {
    return refuse(token,
                  "OVER looks at other events, of which there are none: give the query a window in GROUP BY");
  }
  if (!mark(at_ + 1, "(")) return {};
  if (one_of(token, kRefused)) return refuse(token, cat(token.text, " is not accepted in a streaming job"));
  if (is_window(in_.subspan(at_)))
    return refuse(token, "a window stands in the GROUP BY of a SELECT or of a step");
  if (depth_ == 0 && query_.window.kind == Window::Kind::none && one_of(token, kAggregates)) {
    return refuse(token, cat(token.text,
                             "() of which events? It wants GROUP BY TumblingWindow(minute, 5) or "
                             "another window"));
  }
  return {};
}

Status SelectParser::take_into() {
  if (!last_) return fail_at(in_[at_], "INTO stands in the last SELECT, not in a step");
  if (at_ + 1 >= in_.size() || !in_[at_ + 1].names())
    return fail_at(in_[at_], "INTO wants the name of a stream or table");
  query_.out = in_[at_ + 1].text;
  at_ += 2;
  return {};
}

// FROM or JOIN: a step, the stream, PREDICT over one of them, or a table.
Status SelectParser::take_from() {
  const Token& from = in_[at_];
  if (mark(at_ + 1, "(")) {
    out_.push_back(from);
    ++at_;
    return {};
  }
  if (at_ + 1 >= in_.size() || !in_[at_ + 1].names())
    return fail_at(from, cat(from.text, " wants the name of a stream"));
  out_.push_back(from);
  if (in_[at_ + 1].is_word("PREDICT") && mark(at_ + 2, "(")) return take_predict();
  const Token& name = in_[at_ + 1];
  const bool step = is_step(name);
  if (!step && (query_.in.empty() || iequals(query_.in, name.text))) return take_stream(at_ + 1);
  if (!step) query_.tables.push_back(name.text);
  out_.push_back(name);
  at_ += 2;
  if (word(at_, "TIMESTAMP"))
    return refuse(in_[at_], "TIMESTAMP BY stands behind the stream, where it is read");
  return {};
}

Status SelectParser::take_stream(size_t name_at) {
  query_.in = in_[name_at].text;
  Token table = in_[name_at];
  Token alias = table;
  table.kind = alias.kind = TokenKind::name;
  table.text = table_for(query_.in);
  out_.push_back(table);
  at_ = name_at + 1;
  if (word(at_, "AS")) ++at_;
  constexpr std::array<std::string_view, 10> kBehind = {"TIMESTAMP", "PARTITION", "JOIN",  "INTO",  "ON",
                                                        "LEFT",      "INNER",     "CROSS", "OUTER", "FULL"};
  if (at_ < in_.size() && in_[at_].names() && !one_of(in_[at_], kBehind) && !one_of(in_[at_], kClauses))
    alias = in_[at_++];
  put_sql(out_, " AS", alias);
  out_.back().spaced = alias.spaced = true;
  out_.push_back(alias);
  // A hint how to spread the work, which changes no answer.
  if (word(at_, "PARTITION") && word(at_ + 1, "BY") && at_ + 2 < in_.size()) at_ += 3;
  return take_time_column();
}

Status SelectParser::take_time_column() {
  if (!word(at_, "TIMESTAMP")) return {};
  if (!word(at_ + 1, "BY") || at_ + 2 >= in_.size()) return fail_at(in_[at_], "TIMESTAMP BY wants a column");
  at_ += 2;
  if (at_ + 2 < in_.size() && in_[at_ + 1].is(".")) at_ += 2;
  if (!in_[at_].names()) return fail_at(in_[at_], "TIMESTAMP BY wants a column");
  if (!query_.time_column.empty() && !iequals(query_.time_column, in_[at_].text))
    return refuse(in_[at_], "a query has one TIMESTAMP BY");
  query_.time_column = in_[at_++].text;
  if (word(at_, "OVER")) return refuse(in_[at_], "TIMESTAMP BY … OVER is not accepted");
  return {};
}

// PREDICT(MODEL = m, DATA = stream AS d, RUNTIME = ONNX) WITH (…) AS p: the door knows it; the stream's name
// becomes its table.
Status SelectParser::take_predict() {
  query_.predicts = true;
  const size_t close = closing(in_, at_ + 2);
  if (close == in_.size()) return fail_at(in_[at_ + 1], "PREDICT( is never closed");
  for (size_t i = at_ + 1; i <= close; ++i) {
    out_.push_back(in_[i]);
    if (!in_[i].is_word("DATA") || !mark(i + 1, "=") || i + 2 >= close || !in_[i + 2].names()) continue;
    out_.push_back(in_[i + 1]);
    out_.push_back(in_[i + 2]);
    i += 2;
    if (is_step(in_[i])) continue;
    if (!query_.in.empty() && !iequals(query_.in, in_[i].text)) {
      query_.tables.push_back(in_[i].text);
      continue;
    }
    query_.in = in_[i].text;
    out_.back().kind = TokenKind::name;
    out_.back().text = table_for(query_.in);
  }
  at_ = close + 1;
  if (!word(at_, "WITH") || !mark(at_ + 1, "(") || closing(in_, at_ + 1) == in_.size())
    return fail_at(in_[close], "behind PREDICT(…) stands WITH (name type, …) AS p");
  for (const size_t end = closing(in_, at_ + 1); at_ <= end; ++at_) out_.push_back(in_[at_]);
  if (word(at_, "AS")) out_.push_back(in_[at_++]);
  if (at_ < in_.size() && in_[at_].names()) out_.push_back(in_[at_++]);
  return take_time_column();
}

Status SelectParser::take_group() {
  const Token& group = in_[at_];
  const size_t end = end_of_group(in_, at_ + 2);
  Tokens kept;
  for (const TokenSpan item : split_at_commas(in_.subspan(at_ + 2, end - at_ - 2))) {
    if (is_window(item)) continue;
    const auto part = inside(item);
    if (!part) return forward(part);
    if (!kept.empty()) {
      put_sql(kept, ",", group);
      kept.back().spaced = false;
    }
    kept.insert(kept.end(), part->begin(), part->end());
  }
  if (query_.window.kind == Window::Kind::none) {
    return refuse(group,
                  "GROUP BY wants a window: TumblingWindow(minute, 5), HoppingWindow, SlidingWindow or "
                  "SessionWindow");
  }
  // All events at hand are of one window: without another column they are one group, and none without
  // events.
  if (kept.empty()) put_sql(kept, "NULL", group);
  out_.push_back(group);
  put_sql(out_, " BY ", group);
  out_.back().spaced = kept[0].spaced = true;
  out_.insert(out_.end(), kept.begin(), kept.end());
  at_ = end;
  return {};
}

Status SelectParser::take_timestamp() {
  const Token& place = in_[at_];
  if (direct_) {
    put_sql(out_, "\"$time\"", place);
    out_.back().spaced = place.spaced;
  } else if (query_.window.kind != Window::Kind::none && !query_.in.empty()) {
    const size_t first = out_.size();
    put_sql(out_, cat("(SELECT max(\"$time\") FROM ", sql::quoted_name(table_for(query_.in)), ")"), place);
    out_[first].spaced = place.spaced;
  } else {
    return refuse(place, "System.Timestamp() is known where the stream is read: select it in that step");
  }
  at_ += 3;
  if (mark(at_, "(") && mark(at_ + 1, ")")) at_ += 2;
  return {};
}

Status SelectParser::take_anomaly() {
  const Token& name = in_[at_];
  if (!direct_) return refuse(name, cat(name.text, " stands in the SELECT that reads the stream"));
  const bool spikes = name.is_word("AnomalyDetection_SpikeAndDip");
  const std::string usage =
      cat("write ", name.text, spikes ? "(x, 95, 120, 'spikesanddips')" : "(x, 80, 1200)",
          " OVER (LIMIT DURATION(minute, 20))");
  const size_t close = mark(at_ + 1, "(") ? closing(in_, at_ + 1) : in_.size();
  const bool over = word(close + 1, "OVER") && mark(close + 2, "(");
  const size_t end = over ? closing(in_, close + 2) : in_.size();
  if (end >= in_.size()) return fail_at(name, usage);
  const auto arguments = split_at_commas(in_.subspan(at_ + 2, close - at_ - 2));
  if (arguments.size() != (spikes ? 4u : 3u) || arguments[0].empty()) return fail_at(name, usage);
  AnomalyCall call;
  const auto confidence =
      arguments[1].size() == 1 ? parse_number<double>(arguments[1][0].text) : std::nullopt;
  const auto history = arguments[2].size() == 1 ? parse_number<size_t>(arguments[2][0].text) : std::nullopt;
  if (!confidence || *confidence <= 0 || *confidence >= 100)
    return fail_at(name, "the confidence is a number between 0 and 100, as 95");
  if (!history || *history < 12 || *history > 10'000)
    return fail_at(name, "the history is a number of values, 12 to 10000");
  call.confidence = *confidence;
  call.history = *history;
  if (spikes) {
    const std::string mode = arguments[3].size() == 1 ? lower(arguments[3][0].text) : "";
    call.kind = mode == "spikes" ? AnomalyCall::Kind::spikes
                : mode == "dips" ? AnomalyCall::Kind::dips
                                 : AnomalyCall::Kind::spikes_and_dips;
    if (call.kind == AnomalyCall::Kind::spikes_and_dips && mode != "spikesanddips")
      return fail_at(name, "the mode is 'spikes', 'dips' or 'spikesanddips'");
  }
  const auto value = inside(arguments[0]);
  if (!value) return forward(value);
  call.value = print(*value);
  if (auto taken = take_anomaly_over(in_.subspan(close + 3, end - close - 3), call); !taken) return taken;
  put_sql(out_, sql::quoted_name(anomaly_column(query_.anomalies.size())), name);
  out_.back().spaced = name.spaced;
  query_.anomalies.push_back(std::move(call));
  at_ = end + 1;
  return {};
}

// [PARTITION BY key, …] LIMIT DURATION(minute, 20) [WHEN condition]
Status SelectParser::take_anomaly_over(TokenSpan over, AnomalyCall& call) {
  const auto limit = std::ranges::find_if(over, [](const Token& token) { return token.is_word("LIMIT"); });
  if (limit == over.end()) return fail_behind(over, "OVER wants LIMIT DURATION(minute, 20)");
  const auto at = static_cast<size_t>(limit - over.begin());
  size_t used = 0;
  const auto duration = parse_duration_call(over.subspan(at + 1), used);
  if (!duration) return forward(duration);
  call.duration = *duration;
  const auto text_of = [&](TokenSpan part) -> Result<std::string> {
    const auto taken = inside(part);
    if (!taken) return forward(taken);
    return print(*taken);
  };
  if (at > 0) {
    if (at < 3 || !over[0].is_word("PARTITION") || !over[1].is_word("BY"))
      return fail_at(over[0], "OVER wants [PARTITION BY field] LIMIT DURATION(minute, 20) [WHEN condition]");
    auto key = text_of(over.subspan(2, at - 2));
    if (!key) return forward(key);
    call.key = std::move(*key);
  }
  const TokenSpan behind = over.subspan(at + 1 + used);
  if (behind.empty()) return {};
  if (!behind[0].is_word("WHEN") || behind.size() < 2)
    return fail_at(behind[0], "behind DURATION(…) stands WHEN condition, or nothing");
  auto when = text_of(behind.subspan(1));
  if (!when) return forward(when);
  call.when = std::move(*when);
  return {};
}

// GetRecordPropertyValue(record, 'Score') → json_extract(record, '$."Score"')
Status SelectParser::take_property() {
  const Token& name = in_[at_];
  const size_t close = mark(at_ + 1, "(") ? closing(in_, at_ + 1) : in_.size();
  if (close == in_.size()) return fail_at(name, "write GetRecordPropertyValue(record, 'Score')");
  const auto arguments = split_at_commas(in_.subspan(at_ + 2, close - at_ - 2));
  const bool fits = arguments.size() == 2 && !arguments[0].empty() && arguments[1].size() == 1 &&
                    arguments[1][0].kind == TokenKind::string && !arguments[1][0].text.contains('"');
  if (!fits) return fail_at(name, "write GetRecordPropertyValue(record, 'Score')");
  const auto record = inside(arguments[0]);
  if (!record) return forward(record);
  const size_t first = out_.size();
  put_sql(out_, "json_extract(", name);
  out_[first].spaced = name.spaced;
  out_.insert(out_.end(), record->begin(), record->end());
  put_sql(out_, ",", name);
  out_.back().spaced = false;
  out_.push_back(arguments[1][0]);
  out_.back().text = cat("$.\"", arguments[1][0].text, "\"");
  put_sql(out_, ")", name);
  out_.back().spaced = false;
  at_ = close + 1;
  return {};
}

}  // namespace oree::jobs
