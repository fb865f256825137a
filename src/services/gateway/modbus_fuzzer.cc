// Arbitrary bytes as a Modbus answer to every function, and as a number of every type.
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "services/gateway/modbus_codec.h"

using namespace oree;
using namespace oree::gateway;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteBuffer bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  const auto length = frame_length(bytes);
  if (length && *length && **length > size) std::abort();
  for (const auto function : {Function::read_coils, Function::read_discrete_inputs,
                              Function::read_holding_registers, Function::read_input_registers,
                              Function::write_coil, Function::write_register, Function::write_registers}) {
    Request request{.function = function, .count = static_cast<uint16_t>(1 + size % 40), .values = {7}};
    if (size > 1) request.transaction = static_cast<uint16_t>(data[0] << 8 | data[1]);
    if (size > 6) request.unit = data[6];
    const auto answer = parse_answer(bytes, request);
    const bool is_read = function <= Function::read_input_registers;
    if (answer && answer->size() != (is_read ? request.count : 0)) std::abort();
  }
  if (size < 10) return 0;
  const auto type = static_cast<DataType>(data[0] % 7);
  const auto order = static_cast<WordOrder>(data[1] % 4);
  std::vector<uint16_t> registers(registers_of(type));
  std::memcpy(registers.data(), data + 2, 2 * registers.size());
  const double value = decode_number(registers, type, order);
  const auto back = encode_number(value, type, order);
  if (!back) std::abort();
  const double again = decode_number(*back, type, order);
  if (again != value && !(std::isnan(again) && std::isnan(value))) std::abort();
  return 0;
}
