#include "services/gateway/modbus_codec.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "base/text.h"

namespace oree::gateway {
namespace {

constexpr size_t kMbap = 7;

void put16(ByteBuffer& out, size_t value) {
  out.push_back(static_cast<std::byte>(value >> 8));
  out.push_back(static_cast<std::byte>(value));
}

uint16_t get16(ByteView bytes, size_t at) {
  return static_cast<uint16_t>(std::to_integer<unsigned>(bytes[at]) << 8 |
                               std::to_integer<unsigned>(bytes[at + 1]));
}

bool is_bits(Function function) {
  return function == Function::read_coils || function == Function::read_discrete_inputs;
}
bool is_read(Function function) {
  return function <= Function::read_input_registers;
}

struct ExceptionFacts {
  uint8_t code;
  ErrorKind kind;
  std::string_view text;
};
constexpr ExceptionFacts kExceptions[] = {
    {1, ErrorKind::unsupported, "it does not know this function"},
    {2, ErrorKind::invalid, "it has no such address"},
    {3, ErrorKind::invalid, "it does not accept this value or count"},
    {4, ErrorKind::unavailable, "it failed"},
    {5, ErrorKind::busy, "it needs longer"},
    {6, ErrorKind::busy, "it is busy"},
    {8, ErrorKind::corrupt, "its memory has a parity error"},
    {10, ErrorKind::unavailable, "the gateway has no path to it"},
    {11, ErrorKind::timeout, "it does not answer the gateway"},
};

constexpr std::pair<std::string_view, DataType> kTypes[] = {
    {"bit", DataType::bit}, {"u16", DataType::u16}, {"i16", DataType::i16}, {"u32", DataType::u32},
    {"i32", DataType::i32}, {"f32", DataType::f32}, {"f64", DataType::f64}};
constexpr std::pair<std::string_view, WordOrder> kOrders[] = {{"abcd", WordOrder::abcd},
                                                              {"cdab", WordOrder::cdab},
                                                              {"badc", WordOrder::badc},
                                                              {"dcba", WordOrder::dcba}};

template <class T, size_t N>
std::optional<T> look_up(const std::pair<std::string_view, T> (&table)[N], std::string_view name) {
  const auto* found = std::ranges::find_if(table, [&](const auto& row) { return iequals(row.first, name); });
  return found == std::end(table) ? std::nullopt : std::optional(found->second);
}

bool swaps_registers(WordOrder order) {
  return order == WordOrder::cdab || order == WordOrder::dcba;
}
bool swaps_bytes(WordOrder order) {
  return order == WordOrder::badc || order == WordOrder::dcba;
}
uint16_t swapped(uint16_t value) {
  return static_cast<uint16_t>(value << 8 | value >> 8);
}

template <class T>
bool holds(double value) {
  return value >= static_cast<double>(std::numeric_limits<T>::lowest()) &&
         value <= static_cast<double>(std::numeric_limits<T>::max());
}

// The bits of the number, right-aligned; nothing when the type cannot hold it.
std::optional<uint64_t> bits_of(double value, DataType type) {
  const double whole = std::nearbyint(value);
  switch (type) {
    case DataType::bit:
      return value != 0 ? 1u : 0u;
    case DataType::u16:
      return holds<uint16_t>(whole) ? std::optional<uint64_t>(static_cast<uint16_t>(whole)) : std::nullopt;
    case DataType::i16:
      if (!holds<int16_t>(whole)) return std::nullopt;
      return static_cast<uint16_t>(static_cast<int16_t>(whole));
    case DataType::u32:
      return holds<uint32_t>(whole) ? std::optional<uint64_t>(static_cast<uint32_t>(whole)) : std::nullopt;
    case DataType::i32:
      if (!holds<int32_t>(whole)) return std::nullopt;
      return static_cast<uint32_t>(static_cast<int32_t>(whole));
    case DataType::f32:
      if (std::isfinite(value) && !holds<float>(value)) return std::nullopt;
      return std::bit_cast<uint32_t>(static_cast<float>(value));
    case DataType::f64:
      return std::bit_cast<uint64_t>(value);
  }
  return std::nullopt;
}

Result<std::vector<uint16_t>> parse_bits(ByteView data, uint16_t count) {
  std::vector<uint16_t> bits;
  for (size_t i = 0; i < count; ++i) {
    bits.push_back(static_cast<uint16_t>(std::to_integer<unsigned>(data[i / 8]) >> (i % 8) & 1u));
  }
  return bits;
}

}  // namespace

Result<ByteBuffer> print_request(const Request& request) {
  const Function function = request.function;
  const bool many = function == Function::write_registers;
  const size_t count = is_read(function) ? request.count : request.values.size();
  const size_t most = is_bits(function)   ? kMaxReadBits
                      : is_read(function) ? kMaxReadRegisters
                      : many              ? kMaxWriteRegisters
                                          : 1;
  if (count < 1 || count > most || request.address + count > 0x10000) {
    return fail(ErrorKind::invalid, cat("Modbus function ", static_cast<unsigned>(function),
                                        " cannot ask for ", count, " values from address ", request.address));
  }
  ByteBuffer out;
  put16(out, request.transaction);
  put16(out, 0);
  put16(out, many ? 7 + 2 * count : 6);
  out.push_back(static_cast<std::byte>(request.unit));
  out.push_back(static_cast<std::byte>(function));
  put16(out, request.address);
  if (function == Function::write_coil) {
    put16(out, request.values[0] != 0 ? 0xFF00 : 0);
  } else if (function == Function::write_register) {
    put16(out, request.values[0]);
  } else {
    put16(out, count);
  }
  if (many) {
    out.push_back(static_cast<std::byte>(2 * count));
    for (const uint16_t value : request.values) put16(out, value);
  }
  return out;
}

Result<std::optional<size_t>> frame_length(ByteView bytes) {
  if (bytes.size() < kMbap) return std::nullopt;
  const size_t length = get16(bytes, 4) + size_t{6};
  if (get16(bytes, 2) != 0 || length < kMbap + 2 || length > kMaxFrame) {
    return fail(ErrorKind::corrupt, "what came is not Modbus TCP");
  }
  return bytes.size() < length ? std::nullopt : std::optional(length);
}

ErrorKind exception_kind(uint8_t code) {
  const auto* found = std::ranges::find(kExceptions, code, &ExceptionFacts::code);
  return found == std::end(kExceptions) ? ErrorKind::unavailable : found->kind;
}

Result<std::vector<uint16_t>> parse_answer(ByteView frame, const Request& request) {
  const auto length = frame_length(frame);
  if (!length) return forward(length);
  if (!*length || **length != frame.size()) return fail(ErrorKind::corrupt, "the Modbus answer is cut off");
  if (get16(frame, 0) != request.transaction) {
    return fail(ErrorKind::conflict, "an answer to an earlier Modbus request");
  }
  const auto asked = static_cast<uint8_t>(request.function);
  const auto function = std::to_integer<uint8_t>(frame[kMbap]);
  const ByteView data = frame.subspan(kMbap + 1);
  if (function == (asked | 0x80)) {
    const auto code = std::to_integer<uint8_t>(data[0]);
    const auto* found = std::ranges::find(kExceptions, code, &ExceptionFacts::code);
    return fail(exception_kind(code),
                cat("the device answers with Modbus exception ", code, ": ",
                    found == std::end(kExceptions) ? "not in the standard" : found->text));
  }
  if (function != asked || std::to_integer<uint8_t>(frame[6]) != request.unit) {
    return fail(ErrorKind::corrupt, "the Modbus answer is to another question");
  }
  if (!is_read(request.function)) {
    const auto sent = print_request(request);
    const bool same =
        sent && data.size() >= 4 && std::ranges::equal(data.first(4), ByteView(*sent).subspan(8, 4));
    if (!same) return fail(ErrorKind::corrupt, "the device does not confirm what was written");
    return std::vector<uint16_t>();
  }
  const size_t bytes = is_bits(request.function) ? (request.count + 7u) / 8u : 2u * request.count;
  if (data.size() != bytes + 1 || std::to_integer<size_t>(data[0]) != bytes) {
    return fail(ErrorKind::corrupt, "the Modbus answer has another length than what was asked for");
  }
  if (is_bits(request.function)) return parse_bits(data.subspan(1), request.count);
  std::vector<uint16_t> registers;
  for (size_t i = 0; i < request.count; ++i) registers.push_back(get16(data, 1 + 2 * i));
  return registers;
}

std::optional<DataType> parse_data_type(std::string_view name) {
  return look_up(kTypes, name);
}
std::optional<WordOrder> parse_word_order(std::string_view name) {
  return look_up(kOrders, name);
}

double decode_number(std::span<const uint16_t> registers, DataType type, WordOrder order) {
  uint64_t bits = 0;
  for (size_t i = 0; i < registers.size(); ++i) {
    const uint16_t one = swaps_registers(order) ? registers[registers.size() - 1 - i] : registers[i];
    bits = bits << 16 | (swaps_bytes(order) ? swapped(one) : one);
  }
  switch (type) {
    case DataType::bit:
      return registers[0] != 0 ? 1 : 0;
    case DataType::i16:
      return static_cast<int16_t>(bits);
    case DataType::i32:
      return static_cast<int32_t>(bits);
    case DataType::f32:
      return static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(bits)));
    case DataType::f64:
      return std::bit_cast<double>(bits);
    default:
      return static_cast<double>(bits);
  }
}

Result<std::vector<uint16_t>> encode_number(double value, DataType type, WordOrder order) {
  const auto bits = bits_of(value, type);
  if (!bits) return fail(ErrorKind::invalid, cat(value, " does not fit into the register"));
  std::vector<uint16_t> registers;
  for (int i = registers_of(type) - 1; i >= 0; --i) {
    const auto one = static_cast<uint16_t>(*bits >> (16 * i));
    registers.push_back(swaps_bytes(order) && type != DataType::bit ? swapped(one) : one);
  }
  if (swaps_registers(order)) std::ranges::reverse(registers);
  return registers;
}

}  // namespace oree::gateway
