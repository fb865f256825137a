// A text of several statements, cut where one ends: at semicolons, at GO, and where a new T-SQL statement
// begins on a new line (T-SQL needs no semicolons). Pure.
#pragma once

#include "services/queries/token.h"

namespace oree::queries {

// None is empty.
std::vector<TokenSpan> statements(TokenSpan script);

}  // namespace oree::queries
