// A text of several statements, cut where one ends: at semicolons, at GO, and where a new T-SQL statement
// begins on a new line (T-SQL needs no semicolons). Pure.
#pragma once

#include "core/tsql/token.h"

namespace oree::tsql {

// None is empty.
std::vector<TokenSpan> statements(TokenSpan script);

}  // namespace oree::tsql
