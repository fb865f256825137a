// One line is an expression, a matcher and a piece of settings in turn. What is understood prints so that it
// is understood again, and judges any value without falling over.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "platform/config/node.h"
#include "services/alerts/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree::alerts;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto e = parse_expression(text)) {
    if (parse_expression(print(*e)) != *e) std::abort();
    for (const double value : {-1.0, 0.0, 1e300}) {
      const double limit = e->threshold.value_or(1);
      if (is_exceeded(*e, value, limit) && is_cleared(*e, value, limit) && e->clear != limit) std::abort();
    }
  }
  if (const auto m = parse_matcher(text)) {
    if (parse_matcher(print(*m)) != *m) std::abort();
    matches(*m, {{m->name, std::string(text)}});
  }
  fill_sentence({.name = "r", .sentence = std::string(text)}, {{"a", "b"}}, 1, 2);
  if (const auto node = oree::config::parse(text, "fuzz.yaml")) {
    const auto plan = read_plan(*node);
    if (!plan && !plan.error().what.starts_with("fuzz.yaml:")) std::abort();
  }
  return 0;
}
