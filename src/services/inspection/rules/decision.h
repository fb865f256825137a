// What is decided about a part: OK, KO, or no decision with the reason why.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace oree::inspection {

enum class Decision { ok, ko, no_decision };

std::string_view decision_name(Decision decision);  // "OK", "KO", "NO_DECISION"
std::optional<Decision> parse_decision(std::string_view text);

// Why: a code for machines and other languages, the facts it is made of, and the English sentence.
struct Reason {
  using Fact = std::variant<std::string, double>;
  std::string code;
  std::string sentence;
  std::vector<std::pair<std::string, Fact>> facts;
};

struct Verdict {
  Decision decision = Decision::no_decision;
  Reason reason;
};

}  // namespace oree::inspection
