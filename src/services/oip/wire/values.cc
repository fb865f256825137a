// Tensors as JSON text: the tight loops.
#include <charconv>
#include <cmath>
#include <cstring>

#include "platform/json/value.h"
#include "platform/tensor/typed.h"
#include "services/oip/wire/answer.h"

namespace oree::oip {

namespace {

constexpr size_t kLongest = 32;  // of any number and its comma
constexpr size_t kPiece = 512;   // numbers for which room is made at once

template <class T>
T element(ByteView data, size_t i) {
  T value;
  std::memcpy(&value, data.data() + i * sizeof(T), sizeof value);
  return value;
}

template <class T>
char* print_number(char* at, T value) {
  at = std::to_chars(at, at + kLongest, value).ptr;
  *at++ = ',';
  return at;
}

template <class T>
bool print_numbers(std::string& out, ByteView data) {
  const size_t count = data.size() / sizeof(T);
  for (size_t begin = 0; begin < count; begin += kPiece) {
    const size_t end = std::min(count, begin + kPiece);
    const size_t before = out.size();
    bool finite = true;
    out.resize_and_overwrite(before + (end - begin) * kLongest, [&](char* text, size_t) {
      char* at = text + before;
      for (size_t i = begin; i < end; ++i) {
        const T value = element<T>(data, i);
        if constexpr (std::floating_point<T>) finite &= static_cast<bool>(std::isfinite(value));
        at = print_number(at, value);
      }
      return static_cast<size_t>(at - text);
    });
    if (!finite) return false;
  }
  return true;
}

template <>
bool print_numbers<bool>(std::string& out, ByteView data) {
  for (const std::byte value : data) out += value == std::byte{0} ? "false," : "true,";
  return true;
}

bool print_texts(std::string& out, ByteView data) {
  size_t at = 0;
  while (data.size() - at >= 4) {
    const size_t length = element<uint32_t>(data.subspan(at), 0);  // little-endian, as this machine
    at += 4;
    if (length > data.size() - at) return false;
    json::quote_to(out, as_text(data.subspan(at, length)));
    out += ',';
    at += length;
  }
  return at == data.size();
}

}  // namespace

bool print_values(std::string& out, tensor::DType dtype, ByteView data) {
  out += '[';
  const size_t before = out.size();
  const bool printed = dtype == tensor::DType::text
                           ? print_texts(out, data)
                           : tensor::with_json_type(dtype, [&]<class T>(std::type_identity<T>) {
                               return print_numbers<T>(out, data);
                             }).value_or(false);
  if (out.size() > before) out.pop_back();  // the last comma
  out += ']';
  return printed;
}

}  // namespace oree::oip
