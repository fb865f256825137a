// A translating gateway: devices that speak a field protocol become readings.
//
// Each device is polled on a thread of its own at its interval; what it says comes through on_readings, all
// points of one poll together. A device that does not answer is tried again after a time that doubles up to
// back_off_most, and on_error tells once per failed poll. A poll that is late is not made up for. write() may
// be called on any thread; it takes its turn with the polls.
//
//   auto press = ModbusDevice::start({.name = "press", .address = {"10.0.0.7"}, .points = {
//       {.name = "oil_temperature", .table = Function::read_input_registers, .address = 12,
//        .type = DataType::i16, .scale = 0.1}}}, clock, on_readings, on_error);
//
// Another protocol: a codec, a client and a Device of its own beside these.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>

#include "base/clock.h"
#include "services/gateway/modbus_client.h"

namespace oree::gateway {

struct Reading {
  std::string_view device;  // valid during the call
  std::string_view point;
  double value = 0;
  WallTime time;  // when its answer was here
};

class Device {
 public:
  virtual ~Device() = default;
  virtual Status write(std::string_view point, double value) = 0;
  virtual void stop() = 0;
};

struct ModbusPoint {
  std::string name;
  Function table = Function::read_holding_registers;  // 1 to 4; 1 and 2 are bits
  uint16_t address = 0;                               // from 0, as on the wire
  DataType type = DataType::u16;
  WordOrder order = WordOrder::abcd;
  double scale = 1;  // reading = register * scale + offset
  double offset = 0;
};

struct ModbusSettings {
  std::string name;
  ModbusAddress address;
  uint8_t unit = 1;
  milliseconds interval{1000};
  milliseconds deadline{1000};  // of one question
  milliseconds back_off_first{1000};
  milliseconds back_off_most{60'000};
  std::vector<ModbusPoint> points;
};

// Points that lie close together are asked for in one question.
struct ReadBlock {
  Function table = Function::read_holding_registers;
  uint16_t address = 0;
  uint16_t count = 0;
  std::vector<size_t> points;  // indexes
};
std::vector<ReadBlock> plan_reads(std::span<const ModbusPoint> points);
// `invalid`, with the name of the point.
Status check_settings(const ModbusSettings& settings);

using OnReadings = std::function<void(std::span<const Reading>)>;
using OnError = std::function<void(std::string_view device, const Error&)>;

class ModbusDevice final : public Device {
 public:
  // The callbacks come on the device's thread.
  static Result<std::unique_ptr<ModbusDevice>> start(ModbusSettings settings, const Clock& clock,
                                                     OnReadings on_readings, OnError on_error);
  ~ModbusDevice() override { stop(); }
  // Coils by function 5, one register by 6, more by 16. `denied` for inputs.
  Status write(std::string_view point, double value) override;
  void stop() override;

 private:
  ModbusDevice(ModbusSettings settings, const Clock& clock, OnReadings on_readings, OnError on_error);
  void run(const std::stop_token& stopping);
  Status poll();
  Status read_block(const ReadBlock& block, std::vector<Reading>& readings);

  const ModbusSettings settings_;
  const Clock& clock_;
  const OnReadings on_readings_;
  const OnError on_error_;
  const std::vector<ReadBlock> blocks_;
  std::mutex client_mutex_;
  ModbusClient client_;
  std::mutex sleep_mutex_;
  std::condition_variable_any sleep_;
  std::jthread thread_;  // last
};

}  // namespace oree::gateway
