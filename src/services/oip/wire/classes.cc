#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstring>
#include <numeric>

#include "base/text.h"
#include "platform/tensor/typed.h"
#include "services/oip/wire/answer.h"

namespace oree::oip {

namespace {

// Of a value as it is printed, floats in fixed notation with six decimals.
template <class T>
constexpr size_t kLongestValue = !std::floating_point<T> ? 24
                                 : sizeof(T) == 4        ? 56
                                                         : 328;

// "0.750000:3:cat", with its length in front.
template <class T>
char* print_class(char* out, T value, size_t index, std::string_view label) {
  char* const text = out + 4;
  char* at = text;
  if constexpr (std::floating_point<T>) {
    at = std::to_chars(at, at + kLongestValue<T>, value, std::chars_format::fixed, 6).ptr;
  } else {
    at = std::to_chars(at, at + kLongestValue<T>, value).ptr;
  }
  *at++ = ':';
  at = std::to_chars(at, at + 24, index).ptr;
  if (!label.empty()) {
    *at++ = ':';
    at = std::ranges::copy(label, at).out;
  }
  const auto length = static_cast<uint32_t>(at - text);
  for (int i = 0; i < 4; ++i) out[i] = static_cast<char>(length >> (8 * i));
  return at;
}

template <class T>
void copy_values(ByteView data, std::span<T> out) {
  std::memcpy(out.data(), data.data(), out.size_bytes());
}

// NaN comes last.
template <class T>
bool comes_first(T a, T b, bool before) {
  if (a != a || b != b) return a == a || (b != b && before);
  return a != b ? a > b : before;
}

struct Rows {
  size_t rows = 1, columns = 0, taken = 0;
};

template <class T>
ByteView print_classes(const Shown& output, const Rows& table, const std::vector<std::string>& labels,
                       Arena& arena) {
  const std::span<T> values = arena.take_of<T>(table.rows * table.columns);
  copy_values<T>(output.data, values);
  const std::span<uint32_t> order = arena.take_of<uint32_t>(table.columns);
  size_t longest = 0;
  for (const std::string& label : labels) longest = std::max(longest, label.size());
  const size_t each = kLongestValue<T> + 4 + 2 + 24 + longest;
  const std::span<char> room = arena.take_of<char>(table.rows * table.taken * each);
  char* at = room.data();
  for (size_t row = 0; row < table.rows; ++row) {
    const T* const of_row = values.data() + row * table.columns;
    std::iota(order.begin(), order.end(), 0U);
    const auto higher = [&](uint32_t a, uint32_t b) { return comes_first(of_row[a], of_row[b], a < b); };
    std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(table.taken), order.end(),
                      higher);
    for (const uint32_t index : order.first(table.taken))
      at = print_class(at, of_row[index], index, index < labels.size() ? labels[index] : std::string_view{});
  }
  return std::as_bytes(std::span(room.data(), at));
}

std::unexpected<Error> no_classes(const Shown& output, std::string_view why) {
  return fail(ErrorKind::invalid, cat("class result not available for output '", output.name, "' ", why));
}

}  // namespace

Result<Shown> classify(const Shown& output, const inference::Description& model, size_t index,
                       uint64_t classes, Arena& arena) {
  const auto unsupported = [&] {
    return no_classes(output, cat("due to unsupported type '", tensor::facts(output.dtype).name, "'"));
  };
  const size_t bytes = tensor::facts(output.dtype).bytes;
  if (bytes == 0 || output.dtype == tensor::DType::boolean) return unsupported();
  const bool batched = model.max_batch_size > 0 && !output.shape.empty();
  Rows table;
  const size_t elements = output.data.size() / bytes;
  table.rows = batched ? static_cast<size_t>(output.shape[0]) : 1;
  if (table.rows == 0 || elements % table.rows != 0) return no_classes(output, "because it is empty");
  table.columns = elements / table.rows;
  table.taken = std::min<size_t>(classes, table.columns);
  const std::vector<std::string>& labels = model.outputs[index].labels;
  ByteView data;
  const auto printed = tensor::with_json_type(output.dtype, [&]<class T>(std::type_identity<T>) {
    if constexpr (!std::same_as<T, bool>) data = print_classes<T>(output, table, labels, arena);
    return true;
  });
  if (!printed) return unsupported();
  const std::span<int64_t> shape = arena.take_of<int64_t>(batched ? 2 : 1);
  shape.front() = static_cast<int64_t>(table.rows);
  shape.back() = static_cast<int64_t>(table.taken);
  return Shown{output.name, tensor::DType::text, shape, data};
}

}  // namespace oree::oip
