// The tree of a condition. Private to this room.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "services/routes/value.h"

namespace oree::routes {

enum class Op {
  literal,
  property,  // application
  dollar,    // $name
  system,    // {$name}
  negate,
  not_,
  multiply,
  divide,
  modulo,
  add,
  subtract,
  join,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  and_,
  or_,
  coalesce,
  call,
};

using PathStep = std::variant<std::string, size_t>;  // .name or [index]

struct Function;

struct Expression {
  Op op = Op::literal;
  Value literal;
  std::string name;                    // of a property, without braces, with its dollar
  bool is_body = false;                // $body, then `path`
  std::vector<PathStep> path;          // also of twin_change_includes
  const Function* function = nullptr;  // of a call
  std::vector<Expression> operands;
};

// One row of the table of functions.
struct Function {
  std::string_view name;
  size_t least;
  size_t most;
  Value (*apply)(const std::vector<Value>& arguments);  // null: needs the message
};
const Function* find_function(std::string_view name);  // in any case
std::vector<std::string> function_names();

Value apply_operator(Op op, const Value& a, const Value& b);  // of two operands, but not AND, OR, ??

}  // namespace oree::routes
