// What every SeriesStore must do, compared with MemoryStore. Called from the tests of each implementation.
#pragma once

#include <functional>
#include <string>

#include "core/readings/store.h"

namespace oree::readings::testing {

// `store` is empty. `disturb` is called between steps: close hours, reopen, whatever must not show; it gives
// the store to go on with. The answer is "" or the first difference.
std::string conformance(SeriesStore& store, const std::function<SeriesStore&()>& disturb, uint32_t seed);

}  // namespace oree::readings::testing
