#include "services/alerts/rule.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"

namespace oree::alerts {

namespace {

constexpr std::array<std::string_view, 3> kSources{"series", "score", "counter"};
constexpr std::array<std::string_view, 3> kSeverities{"info", "ticket", "page"};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (const auto word : split(text, ' ')) {
    if (!trim(word).empty()) out.push_back(trim(word));
  }
  return out;
}

std::optional<double> finite(std::string_view word) {
  const auto number = parse_number<double>(word);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

template <size_t N>
std::optional<size_t> place_of(const std::array<std::string_view, N>& names, std::string_view word) {
  const auto found = std::ranges::find(names, word);
  if (found == names.end()) return std::nullopt;
  return static_cast<size_t>(found - names.begin());
}

// Four digits that count, without a tail of zeros.
std::string short_number(double value) {
  if (!std::isfinite(value)) return cat(value);
  const double size = std::abs(value);
  std::string out = fixed(value, size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4);
  if (out.find('.') == out.npos) return out;
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out;
}

class ExpressionReader {
 public:
  explicit ExpressionReader(std::string_view text) : text_(text), words_(words_of(text)) {}

  Result<Expression> read() {
    if (text_.size() > 512) return mistake("is longer than 512 bytes");
    const auto source = place_of(kSources, next());
    if (!source) return mistake("must begin with series, score or counter");
    out_.source = static_cast<Source>(*source);
    if (!is_operator(peek())) out_.name = next();
    if (out_.name.empty() && out_.source != Source::score) return mistake("must name what it looks at");
    const std::string_view how = next();
    if (!is_operator(how)) return mistake("must have >, >=, < or <= after the name");
    out_.above = how[0] == '>';
    out_.or_equal = how.size() == 2;
    if (auto status = read_values(); !status) return forward(status);
    return out_;
  }

 private:
  static bool is_operator(std::string_view word) {
    return word == ">" || word == ">=" || word == "<" || word == "<=";
  }
  std::string_view peek() const { return at_ < words_.size() ? words_[at_] : std::string_view(); }
  std::string_view next() {
    const auto word = peek();
    ++at_;
    return word;
  }
  std::unexpected<Error> mistake(std::string_view why) const {
    return fail(ErrorKind::invalid, cat("expression '", text_.substr(0, 200), "' ", why,
                                        ", such as `series drill_temperature > 80 clear 75`"));
  }

  Status read_values() {
    const std::string_view limit = next();
    if (limit != "threshold") {
      out_.threshold = finite(limit);
      if (!out_.threshold) return mistake("must end with a number");
    } else if (out_.source != Source::score) {
      return mistake("asks for a threshold, which only scores bring along");
    }
    if (peek().empty()) return {};
    if (next() != "clear") return mistake("has words after its number; only `clear NUMBER` may follow");
    out_.clear = finite(next());
    if (!out_.clear) return mistake("must have a number after clear");
    if (!peek().empty()) return mistake("has words after its end");
    const double reference = out_.threshold.value_or(1);
    if (out_.above ? *out_.clear > reference : *out_.clear < reference) {
      return mistake("has its clear on the wrong side of its limit");
    }
    return {};
  }

  std::string_view text_;
  std::vector<std::string_view> words_;
  size_t at_ = 0;
  Expression out_;
};

}  // namespace

Result<Expression> parse_expression(std::string_view text) {
  return ExpressionReader(text).read();
}

std::string print(const Expression& e) {
  std::string out(kSources[static_cast<size_t>(e.source)]);
  if (!e.name.empty()) out += cat(" ", e.name);
  out += cat(e.above ? " >" : " <", e.or_equal ? "= " : " ");
  out += e.threshold ? cat(*e.threshold) : "threshold";
  if (e.clear) out += cat(" clear ", *e.clear);
  return out;
}

std::string_view severity_name(Severity severity) {
  return kSeverities[static_cast<size_t>(severity)];
}

std::optional<Severity> parse_severity(std::string_view name) {
  const auto place = place_of(kSeverities, name);
  if (!place) return std::nullopt;
  return static_cast<Severity>(*place);
}

bool concerns(const Rule& rule, const Observation& observation) {
  const Expression& e = rule.expression;
  return e.source == observation.source && (e.name.empty() || e.name == observation.name) &&
         matches_all(rule.only, observation.labels);
}

std::optional<double> limit_of(const Rule& rule, const Observation& observation) {
  return rule.expression.threshold ? rule.expression.threshold : observation.threshold;
}

bool is_exceeded(const Expression& e, double value, double limit) {
  if (e.or_equal && value == limit) return true;
  return e.above ? value > limit : value < limit;
}

bool is_cleared(const Expression& e, double value, double limit) {
  if (!e.clear) return !is_exceeded(e, value, limit);
  const double end = e.threshold ? *e.clear : *e.clear * limit;
  return e.above ? value <= end : value >= end;
}

std::string fill_sentence(const Rule& rule, const Labels& labels, double value, double limit) {
  std::string_view rest = rule.sentence;
  std::string fallback;
  if (rest.empty()) {
    fallback = cat(rule.name, ": {value} is ", rule.expression.above ? "above" : "below", " {threshold}");
    rest = fallback;
  }
  std::string out;
  while (!rest.empty()) {
    const size_t open = rest.find('{');
    const size_t close = open == rest.npos ? rest.npos : rest.find('}', open);
    out += rest.substr(0, close == rest.npos ? rest.npos : open);
    if (close == rest.npos) break;
    const auto word = rest.substr(open + 1, close - open - 1);
    if (word == "value") {
      out += short_number(value);
    } else if (word == "threshold") {
      out += short_number(limit);
    } else if (word == "rule") {
      out += rule.name;
    } else if (const auto label = labels.find(word); label != labels.end()) {
      out += label->second;
    } else {
      out += rest.substr(open, close - open + 1);
    }
    rest.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace oree::alerts
