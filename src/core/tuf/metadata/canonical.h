// Canonical JSON (the OLPC dialect that TUF signs, specification §4.1): keys sorted by code point, no white
// space, no fractions, and in strings only '"' and '\' escaped. Pure.
#pragma once

#include <string>

#include "base/result.h"
#include "platform/json/value.h"

namespace oree::tuf {

// `invalid` for a number that is no integer and for a key that stands twice in one object: two readers could
// take different values for signed.
Result<std::string> canonical_json(const json::Value& value);

}  // namespace oree::tuf
