#include "services/inspection/rules/decision.h"

#include <array>

namespace oree::inspection {
namespace {
constexpr std::array<std::pair<Decision, std::string_view>, 3> kNames{{
    {Decision::ok, "OK"},
    {Decision::ko, "KO"},
    {Decision::no_decision, "NO_DECISION"},
}};
}  // namespace

std::string_view decision_name(Decision decision) {
  return kNames[static_cast<size_t>(decision)].second;
}

std::optional<Decision> parse_decision(std::string_view text) {
  for (const auto& [decision, name] : kNames) {
    if (name == text) return decision;
  }
  return std::nullopt;
}

}  // namespace oree::inspection
