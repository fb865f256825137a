// Rewrites predict() and ae_error() in select lists so that one run of the model serves many rows: see
// models/model_functions.h. Pure, but for the model's key that the caller finds.
//
// What is left as it is, and runs row by row: calls in WHERE, GROUP BY or inside an aggregate, calls that
// have an OVER of their own, models that change from row to row, ae_error() over other frames than ROWS n
// PRECEDING.
#pragma once

#include <functional>
#include <optional>

#include "services/queries/language.h"

namespace oree::queries {

// The short text that stands for the model an expression names; nullopt when it cannot be known beforehand.
using ModelKey = std::function<std::optional<std::string>(TokenSpan expression)>;

Tokens look_ahead(TokenSpan statement, const ModelKey& key);

}  // namespace oree::queries
