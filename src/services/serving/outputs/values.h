// What decoders share: getting at the numbers of an output, with its shape checked, and labels by index.
#pragma once

#include <span>
#include <string>

#include "services/serving/outputs/decoder.h"

namespace oree::serving {

// Output `index` as FP32. `invalid` when it is absent or of another datatype.
Result<std::span<const float>> floats(Outputs outputs, size_t index);
// `invalid` naming the first NaN or infinity.
Status check_finite(std::span<const float> values);

// A [1,rows,columns] output (or [rows,columns]).
struct Grid {
  std::span<const float> values;
  size_t rows = 0;
  size_t columns = 0;
};
Result<Grid> grid(Outputs outputs, size_t index);
// The same with its number of values per box checked: `fixed` and one per label. All finite.
Result<Grid> boxes_in_rows(const DecodeContext& context, Outputs outputs, size_t fixed);

// The label with this index; its number where the package has no such label.
std::string label_of(const package::Manifest& manifest, size_t index);

}  // namespace oree::serving
