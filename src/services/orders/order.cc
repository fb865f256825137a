#include "services/orders/order.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace oree::orders {
namespace {

constexpr std::array<std::string_view, 9> kStates{
    "proposed", "approved", "refused", "expired", "ordered", "scheduled", "in_progress", "done", "cancelled"};
constexpr std::array<std::string_view, 4> kPriorities{"low", "normal", "high", "urgent"};

template <class Enum, size_t N>
std::optional<Enum> parse_name(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto at = std::ranges::find(names, name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

}  // namespace

std::string_view name(State state) {
  return kStates[static_cast<size_t>(state)];
}

std::optional<State> parse_state(std::string_view name) {
  return parse_name<State>(kStates, name);
}

bool is_open(State state) {
  return state == State::proposed || state == State::approved || state == State::ordered ||
         state == State::scheduled || state == State::in_progress;
}

std::string_view name(Priority priority) {
  return kPriorities[static_cast<size_t>(priority)];
}

std::optional<Priority> parse_priority(std::string_view name) {
  return parse_name<Priority>(kPriorities, name);
}

int64_t to_ms(WallTime time) {
  return std::chrono::floor<milliseconds>(time.time_since_epoch()).count();
}

WallTime from_ms(int64_t ms) {
  return WallTime(milliseconds(ms));
}

}  // namespace oree::orders
