// The rules of shape inference: one function per way of making a shape, one row per operator. Private to this
// room.
#pragma once

#include <limits>
#include <optional>
#include <span>

#include "core/graph/graph.h"
#include "core/graph/shapes/infer.h"

namespace oree::graph {

using Dims = std::vector<Dim>;

// Contents are numbers that may be negative, so an unknown one needs another mark than -1.
inline constexpr int64_t kUnknownNumber = std::numeric_limits<int64_t>::min();

// A node with what is known about its inputs, and room for what a rule finds out about its outputs.
class NodeTypes {
 public:
  NodeTypes(const Node& of, int64_t version, std::vector<Type> inputs,
            std::vector<std::optional<Dims>> contents)
      : node(of),
        opset(version),
        inputs_(std::move(inputs)),
        contents_(std::move(contents)),
        outputs(of.outputs.size()) {}

  const Node& node;
  int64_t opset;

  const Type& in(size_t i) const;  // unknown when left out
  DataType element(size_t i) const { return in(i).element; }
  bool shaped(size_t i) const { return in(i).has_shape; }
  const Dims& dims(size_t i) const { return in(i).dims; }  // precondition: shaped(i)
  int64_t rank(size_t i) const { return static_cast<int64_t>(dims(i).size()); }
  const std::optional<Dims>& contents(size_t i) const;          // some elements may be unknown
  std::optional<std::vector<int64_t>> numbers(size_t i) const;  // all elements known
  // Attribute `name`, or since `opset` the numbers of input i; nullopt when they are not known, {} when left
  // out.
  std::optional<std::vector<int64_t>> list(std::string_view name, size_t i) const;

  std::optional<std::vector<float>> scales;  // of Resize and Upsample, where they are constants

  void out(size_t o, DataType element, Dims dims);
  void out(size_t o, DataType element);  // shape unknown
  void out(size_t o, Type type);
  std::unexpected<Error> wrong(const std::string& what) const { return fail(ErrorKind::invalid, what); }

 private:
  std::vector<Type> inputs_;
  std::vector<std::optional<Dims>> contents_;

 public:
  std::vector<Type> outputs;
  std::optional<Dims> output_contents;  // of output 0
};

using Rule = Status (*)(NodeTypes& types);
struct RuleRow {
  std::string_view op;
  Rule rule;
};

std::span<const RuleRow> elementwise_rules();
std::span<const RuleRow> window_rules();  // convolutions, pools
std::span<const RuleRow> matrix_rules();
std::span<const RuleRow> shape_rules();   // that move elements or make shapes
std::span<const RuleRow> select_rules();  // that choose elements
std::span<const RuleRow> reduce_rules();
std::span<const RuleRow> other_rules();  // recurrent, quantised, random, signals

// nullptr when the operator has none.
Rule find_rule(std::string_view op);

Dims known(std::span<const int64_t> sizes);
// -1-based axes made positive; nullopt when out of range.
std::optional<size_t> axis_of(int64_t axis, int64_t rank);
Result<Dims> broadcast(const Dims& a, const Dims& b);
// Unknown when either is; exact otherwise.
Dim times(const Dim& a, const Dim& b);
Dim plus(const Dim& a, int64_t b);

}  // namespace oree::graph
