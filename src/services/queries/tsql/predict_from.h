// FROM PREDICT(MODEL = m, DATA = t AS d, RUNTIME = ONNX) WITH (score FLOAT) AS p, as a subquery that looks
// ahead.
//
// The model's inputs are columns of DATA by their names; a model with one input of k values takes the last k
// columns. The columns in WITH are the model's outputs by their names: FLOAT, REAL, INT or BIGINT; of an
// output with several numbers the first is given. p.score becomes a column of d.
#pragma once

#include "services/queries/language.h"
#include "services/queries/session.h"

namespace oree::queries {

Result<Tokens> rewrite_predict(TokenSpan statement, Session& session);

// The model that an expression gives: a string, a variable, or a query in parentheses. NULL is `invalid`.
Result<sql::Value> model_value(TokenSpan expression, Session& session);

}  // namespace oree::queries
