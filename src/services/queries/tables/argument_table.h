// Table-valued functions whose arguments are hidden columns behind the visible ones. Private to this folder.
#pragma once

#include <array>
#include <optional>

#include "base/text.h"
#include "platform/sql/table.h"

namespace oree::queries {

// Takes every usable equality on a hidden column; `note` names them by letters from 'a'. `invalid` with
// `usage` when one of the first `needed` is missing.
inline Result<sql::Plan> plan_arguments(const sql::Question& question, int first_hidden, int needed,
                                        std::string_view usage) {
  sql::Plan plan{.cost = 1000, .rows = 1000};
  uint32_t seen = 0;
  for (size_t i = 0; i < question.constraints.size(); ++i) {
    const sql::Constraint& constraint = question.constraints[i];
    if (constraint.column < first_hidden || constraint.compare != sql::Compare::equal || !constraint.usable)
      continue;
    const int argument = constraint.column - first_hidden;
    plan.taken.push_back(i);
    plan.note += static_cast<char>('a' + argument);
    seen |= 1u << argument;
  }
  const uint32_t all = (1u << needed) - 1;
  if ((seen & all) != all) return fail(ErrorKind::invalid, std::string("call it as ") + std::string(usage));
  plan.ordered =
      question.orders.size() == 1 && question.orders[0].column == 0 && !question.orders[0].descending;
  return plan;
}

// Which of the values handed to start() is hidden column `argument`.
inline std::optional<size_t> argument_at(std::string_view note, int argument) {
  const size_t at = note.find(static_cast<char>('a' + argument));
  if (at == std::string_view::npos) return std::nullopt;
  return at;
}

}  // namespace oree::queries
