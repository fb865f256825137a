// Holds a message against a route.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "platform/json/value.h"
#include "services/routes/body.h"
#include "services/routes/expression.h"
#include "services/routes/route.h"

namespace oree::routes {
namespace {

const std::string* find_last(const Properties& properties, std::string_view name) {
  const auto found = std::find_if(properties.rbegin(), properties.rend(),
                                  [&](const auto& property) { return property.first == name; });
  return found == properties.rend() ? nullptr : &found->second;
}

Value text_or_undefined(const std::string* text) {
  return text ? Value(*text) : Value();
}

const json::Value* walk(const json::Value* at, const std::vector<PathStep>& path) {
  for (const PathStep& step : path) {
    if (!at) return nullptr;
    if (const auto* name = std::get_if<std::string>(&step)) {
      at = at->find(*name);
      continue;
    }
    const json::Array* const array = at->array();
    const size_t index = std::get<size_t>(step);
    at = array && index < array->size() ? &(*array)[index] : nullptr;
  }
  return at;
}

Value value_of(const json::Value* found) {
  if (!found || found->array() || found->object()) return {};
  if (found->is_null()) return Null{};
  if (const bool* b = found->boolean()) return *b;
  if (const std::string* s = found->text()) return *s;
  const auto number = found->number();
  return number ? Value(*number) : Value();
}

}  // namespace

struct Evaluation::State {
  const RoutedMessage& message;
  EvaluateOptions options;
  std::string source;  // lower case, with a slash at its end
  std::optional<Body> body;
  std::optional<Body> twin;
  bool body_not_declared = false;

  Value evaluate(const Expression& one);
  Value evaluate_logic(const Expression& one);
  Value evaluate_call(const Expression& one);
  Value dollar(const Expression& one);
  Value twin_change_includes(const Expression& one);
};

Evaluation::Evaluation(const RoutedMessage& message, EvaluateOptions options)
    : state_(std::make_unique<State>(State{message, options, lower(message.source), {}, {}})) {
  if (!state_->source.ends_with('/')) state_->source += '/';
}

Evaluation::~Evaluation() = default;

Verdict Evaluation::evaluate(const Route& route) {
  Verdict verdict;
  verdict.from_source = state_->source.starts_with(route.source);
  if (!verdict.from_source) return verdict;
  state_->body_not_declared = false;
  const Value value = route.condition ? state_->evaluate(*route.condition) : Value(true);
  const bool* const truth = std::get_if<bool>(&value);
  if (truth) verdict.condition = *truth ? Truth::yes : Truth::no;
  verdict.body_not_declared = state_->body_not_declared;
  return verdict;
}

Value Evaluation::State::evaluate(const Expression& one) {
  switch (one.op) {
    case Op::literal:
      return one.literal;
    case Op::property:
      return text_or_undefined(find_last(message.properties, one.name));
    case Op::dollar:
      return dollar(one);
    case Op::system:
      return text_or_undefined(find_last(message.system, std::string_view(one.name).substr(1)));
    case Op::call:
      return evaluate_call(one);
    case Op::negate: {
      const Value value = evaluate(one.operands[0]);
      const double* const x = std::get_if<double>(&value);
      return x ? Value(-*x) : Value();
    }
    case Op::not_: {
      const Value value = evaluate(one.operands[0]);
      const bool* const b = std::get_if<bool>(&value);
      return b ? Value(!*b) : Value();
    }
    case Op::coalesce: {
      Value value = evaluate(one.operands[0]);
      return is_undefined(value) ? evaluate(one.operands[1]) : value;
    }
    case Op::and_:
    case Op::or_:
      return evaluate_logic(one);
    default:
      return apply_operator(one.op, evaluate(one.operands[0]), evaluate(one.operands[1]));
  }
}

// One operand of the deciding value decides, whatever the other is.
Value Evaluation::State::evaluate_logic(const Expression& one) {
  const bool deciding = one.op == Op::or_;
  bool all_known = true;
  for (const Expression& operand : one.operands) {
    const Value value = evaluate(operand);
    const bool* const b = std::get_if<bool>(&value);
    if (b && *b == deciding) return deciding;
    all_known = all_known && b;
  }
  return all_known ? Value(!deciding) : Value();
}

Value Evaluation::State::evaluate_call(const Expression& one) {
  if (one.function->apply == nullptr) return twin_change_includes(one);
  std::vector<Value> arguments;
  for (const Expression& operand : one.operands) arguments.push_back(evaluate(operand));
  return one.function->apply(arguments);
}

Value Evaluation::State::dollar(const Expression& one) {
  if (const std::string* own = find_last(message.properties, one.name)) return *own;
  if (!one.is_body) return text_or_undefined(find_last(message.system, std::string_view(one.name).substr(1)));
  if (!body) {
    const std::string* type = find_last(message.system, "contentType");
    const std::string* encoding = find_last(message.system, "contentEncoding");
    body = read_body(message.body, type ? *type : "", encoding ? *encoding : "", options.sniff_json);
  }
  body_not_declared = body_not_declared || !body->declared;
  return value_of(walk(body->json ? &*body->json : nullptr, one.path));
}

Value Evaluation::State::twin_change_includes(const Expression& one) {
  if (!source.starts_with("/twinchangenotifications/")) return {};
  if (!twin) twin = read_body(message.body, "application/json", "utf-8", false);
  if (!twin->json) return {};
  return walk(&*twin->json, one.path) != nullptr;
}

}  // namespace oree::routes
