// predict() and ae_error() as SQL functions.
//
//   predict(model, x1 … xn)                 the first number the model gives for the row
//   predict_all(model, x1 … xn)             all of them, as a JSON array
//   ae_error(model, v1 … vn) OVER (… ROWS 59 PRECEDING)   the error of the window that ends at this row
// A row with a NULL among its values gives NULL, and so does a window that is not full.
//
// Called like this they run the model once per row. look_ahead.h rewrites what it can into
//   predict_ahead(model, x1 …) OVER (ROWS BETWEEN CURRENT ROW AND 1023 FOLLOWING)
//   ae_error_ahead(60, model, v1 …) OVER (… ROWS BETWEEN 59 PRECEDING AND 1023 FOLLOWING)
// SQLite then hands these the following rows before it asks for this row's answer: when the first is asked
// for, the model runs once for all that are there, and the answers wait for their rows.
#pragma once

#include "services/queries/run_context.h"

namespace oree::queries {

inline constexpr int kRowsAhead = 1023;

Status add_model_functions(sql::Database& database, const std::shared_ptr<RunContext>& context);

}  // namespace oree::queries
