// Modbus TCP as bytes (Modbus Application Protocol V1.1b3; Messaging on TCP/IP V1.0b): requests out, answers
// in, registers to numbers. Pure functions. Functions 1 to 6 and 16.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::gateway {

enum class Function : uint8_t {
  read_coils = 1,
  read_discrete_inputs = 2,
  read_holding_registers = 3,
  read_input_registers = 4,
  write_coil = 5,
  write_register = 6,
  write_registers = 16,
};

constexpr uint16_t kMaxReadRegisters = 125;
constexpr uint16_t kMaxReadBits = 2000;
constexpr uint16_t kMaxWriteRegisters = 123;
constexpr size_t kMaxFrame = 260;

struct Request {
  uint16_t transaction = 0;
  uint8_t unit = 1;
  Function function = Function::read_holding_registers;
  uint16_t address = 0;
  uint16_t count = 1;            // of a read
  std::vector<uint16_t> values;  // of a write; a coil is on when its value is not 0
};
// `invalid` for counts no frame holds or addresses beyond 65535.
Result<ByteBuffer> print_request(const Request& request);

// How long the frame at the front is; nothing: too little of it is here yet. `corrupt`: not Modbus.
Result<std::optional<size_t>> frame_length(ByteView bytes);

// What a read gave, one element for each register or bit; empty for a write that was done. An exception of
// the device is an Error, its kind by exception_kind(). `corrupt`: no answer to this request. `conflict`: an
// answer to another transaction, which came too late; read on.
Result<std::vector<uint16_t>> parse_answer(ByteView frame, const Request& request);
ErrorKind exception_kind(uint8_t code);

enum class DataType : uint8_t { bit, u16, i16, u32, i32, f32, f64 };
constexpr uint16_t registers_of(DataType type) {
  return type == DataType::f64 ? 4 : type >= DataType::u32 ? 2 : 1;
}
// Of the bytes of a number, A the most significant. With 16 bits only the last letter pair matters.
enum class WordOrder : uint8_t {
  abcd,  // big-endian, as the standard has it
  cdab,  // registers swapped
  badc,  // bytes within registers swapped
  dcba,  // both
};
std::optional<DataType> parse_data_type(std::string_view name);
std::optional<WordOrder> parse_word_order(std::string_view name);

// `registers` holds registers_of(type) elements.
double decode_number(std::span<const uint16_t> registers, DataType type, WordOrder order);
// `invalid` when the type cannot hold the value; integers are rounded.
Result<std::vector<uint16_t>> encode_number(double value, DataType type, WordOrder order);

}  // namespace oree::gateway
