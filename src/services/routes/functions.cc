// The functions and operators of the route language, each a pure function of its operands.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "services/routes/expression.h"

namespace oree::routes {
namespace {

using Values = std::vector<Value>;

const double* number(const Value& value) {
  return std::get_if<double>(&value);
}
const std::string* text(const Value& value) {
  return std::get_if<std::string>(&value);
}

template <class F>
Value of_number(const Values& values, F f) {
  const double* x = number(values[0]);
  return x ? Value(static_cast<double>(f(*x))) : Value();
}

template <class F>
Value of_texts(const Values& values, F f) {
  const std::string* a = text(values[0]);
  const std::string* b = text(values[1]);
  return a && b ? Value(f(*a, *b)) : Value();
}

template <class T>
Value holds(const Values& values) {
  return std::holds_alternative<T>(values[0]);
}

Value power(const Values& values) {
  const double* x = number(values[0]);
  const double* y = number(values[1]);
  return x && y ? Value(std::pow(*x, *y)) : Value();
}

Value sign(const Values& values) {
  const double* x = number(values[0]);
  if (!x || std::isnan(*x)) return {};
  return static_cast<double>((*x > 0) - (*x < 0));
}

Value as_number(const Values& values) {
  if (number(values[0])) return values[0];
  const std::string* s = text(values[0]);
  const auto x = s ? number_of(*s) : std::nullopt;
  return x ? Value(*x) : Value();
}

Value concat(const Values& values) {
  std::string all;
  for (const Value& value : values) {
    const std::string* s = text(value);
    if (!s) return {};
    all += *s;
  }
  return all;
}

Value length(const Values& values) {
  const std::string* s = text(values[0]);
  return s ? Value(static_cast<double>(to_utf16(*s).size())) : Value();
}

template <char kFrom, char kTo>
Value change_case(const Values& values) {
  const std::string* s = text(values[0]);
  if (!s) return {};
  std::string changed = *s;
  for (char& c : changed) {
    if (c >= kFrom && c <= kFrom + 25) c = static_cast<char>(c - kFrom + kTo);
  }
  return changed;
}

// A count or index; towards zero, and never beyond `most`.
std::optional<size_t> index(const Value& value, size_t most) {
  const double* x = number(value);
  if (!x || !(std::trunc(*x) >= 0) || std::trunc(*x) > static_cast<double>(most)) return std::nullopt;
  return static_cast<size_t>(*x);
}

Value substring(const Values& values) {
  const std::string* s = text(values[0]);
  if (!s) return {};
  const std::u16string units = to_utf16(*s);
  const auto from = index(values[1], units.size());
  if (!from) return {};
  if (values.size() == 2) return to_utf8(std::u16string_view(units).substr(*from));
  const auto count = index(values[2], units.size() - *from);
  return count ? Value(to_utf8(std::u16string_view(units).substr(*from, *count))) : Value();
}

Value index_of(const Values& values) {
  return of_texts(values, [](const std::string& a, const std::string& b) {
    const size_t at = to_utf16(a).find(to_utf16(b));
    return at == std::u16string::npos ? -1.0 : static_cast<double>(at);
  });
}

constexpr size_t kAny = 100;

const Function kFunctions[] = {
    {"abs", 1, 1, [](const Values& v) { return of_number(v, [](double x) { return std::fabs(x); }); }},
    {"as_number", 1, 1, as_number},
    {"ceiling", 1, 1, [](const Values& v) { return of_number(v, [](double x) { return std::ceil(x); }); }},
    {"concat", 1, kAny, concat},
    {"contains", 2, 2,
     [](const Values& v) {
       return of_texts(v, [](auto& a, auto& b) { return a.find(b) != std::string::npos; });
     }},
    {"ends_with", 2, 2,
     [](const Values& v) { return of_texts(v, [](auto& a, auto& b) { return a.ends_with(b); }); }},
    {"exp", 1, 1, [](const Values& v) { return of_number(v, [](double x) { return std::exp(x); }); }},
    {"floor", 1, 1, [](const Values& v) { return of_number(v, [](double x) { return std::floor(x); }); }},
    {"index_of", 2, 2, index_of},
    {"is_bool", 1, 1, holds<bool>},
    {"is_defined", 1, 1, [](const Values& v) { return Value(!is_undefined(v[0])); }},
    {"is_null", 1, 1, holds<Null>},
    {"is_number", 1, 1, holds<double>},
    {"is_string", 1, 1, holds<std::string>},
    {"length", 1, 1, length},
    {"lower", 1, 1, change_case<'A', 'a'>},
    {"power", 2, 2, power},
    {"sign", 1, 1, sign},
    {"sqrt", 1, 1, [](const Values& v) { return of_number(v, [](double x) { return std::sqrt(x); }); }},
    {"square", 1, 1, [](const Values& v) { return of_number(v, [](double x) { return x * x; }); }},
    {"starts_with", 2, 2,
     [](const Values& v) { return of_texts(v, [](auto& a, auto& b) { return a.starts_with(b); }); }},
    {"substring", 2, 3, substring},
    {"twin_change_includes", 1, 1, nullptr},
    {"upper", 1, 1, change_case<'a', 'A'>},
};

Value compute(Op op, double a, double b) {
  switch (op) {
    case Op::multiply:
      return a * b;
    case Op::divide:
      return a / b;
    case Op::modulo:
      return std::fmod(a, b);
    case Op::add:
      return a + b;
    case Op::subtract:
      return a - b;
    case Op::less:
      return a < b;
    case Op::less_equal:
      return a <= b;
    case Op::greater:
      return a > b;
    case Op::greater_equal:
      return a >= b;
    case Op::equal:
      return a == b;
    case Op::not_equal:
      return a != b;
    default:
      return {};
  }
}

Value compute(Op op, const std::string& a, const std::string& b) {
  switch (op) {
    case Op::join:
      return a + b;
    case Op::equal:
      return a == b;
    case Op::not_equal:
      return a != b;
    case Op::less:
      return compare_ordinal(a, b) < 0;
    case Op::less_equal:
      return compare_ordinal(a, b) <= 0;
    case Op::greater:
      return compare_ordinal(a, b) > 0;
    case Op::greater_equal:
      return compare_ordinal(a, b) >= 0;
    default:
      return {};
  }
}

}  // namespace

const Function* find_function(std::string_view name) {
  const auto* found =
      std::ranges::find_if(kFunctions, [&](const Function& one) { return iequals(one.name, name); });
  return found == std::end(kFunctions) ? nullptr : found;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const Function& one : kFunctions) names.emplace_back(one.name);
  return names;
}

Value apply_operator(Op op, const Value& a, const Value& b) {
  if (a.index() != b.index() || is_undefined(a)) return {};
  if (const double* x = number(a)) return compute(op, *x, std::get<double>(b));
  if (const std::string* s = text(a)) return compute(op, *s, std::get<std::string>(b));
  if (op == Op::equal) return a == b;  // of two bools or two nulls
  if (op == Op::not_equal) return a != b;
  return {};
}

}  // namespace oree::routes
