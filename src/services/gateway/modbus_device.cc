#include <algorithm>
#include <cmath>
#include <set>

#include "base/background.h"
#include "base/text.h"
#include "services/gateway/gateway.h"

namespace oree::gateway {
namespace {

constexpr uint16_t kGap = 8;  // reading so many that nobody wants is cheaper than asking twice

bool is_bits(Function table) {
  return table == Function::read_coils || table == Function::read_discrete_inputs;
}

uint32_t end_of(const ModbusPoint& point) {
  return point.address + uint32_t{registers_of(point.type)};
}

}  // namespace

std::vector<ReadBlock> plan_reads(std::span<const ModbusPoint> points) {
  std::vector<size_t> order(points.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, [&](size_t a, size_t b) {
    return std::pair(points[a].table, points[a].address) < std::pair(points[b].table, points[b].address);
  });
  std::vector<ReadBlock> blocks;
  for (const size_t i : order) {
    const ModbusPoint& point = points[i];
    const uint32_t most = is_bits(point.table) ? kMaxReadBits : kMaxReadRegisters;
    const bool joins = !blocks.empty() && blocks.back().table == point.table &&
                       point.address <= blocks.back().address + blocks.back().count + kGap &&
                       end_of(point) - blocks.back().address <= most;
    if (!joins) blocks.push_back({point.table, point.address, 0, {}});
    ReadBlock& block = blocks.back();
    block.count = std::max(block.count, static_cast<uint16_t>(end_of(point) - block.address));
    block.points.push_back(i);
  }
  return blocks;
}

Status check_settings(const ModbusSettings& settings) {
  std::set<std::string_view> names;
  const auto wrong = [&](const ModbusPoint& point, std::string_view what) {
    return fail(ErrorKind::invalid, cat("device '", settings.name, "', point '", point.name, "': ", what));
  };
  if (settings.interval <= milliseconds(0) || settings.deadline <= milliseconds(0)) {
    return fail(ErrorKind::invalid,
                cat("device '", settings.name, "': interval and deadline must be above 0"));
  }
  for (const ModbusPoint& point : settings.points) {
    if (point.name.empty() || !names.insert(point.name).second)
      return wrong(point, "needs a name of its own");
    if (point.table > Function::read_input_registers) return wrong(point, "is in no table that can be read");
    if (is_bits(point.table) != (point.type == DataType::bit)) {
      return wrong(point, "coils and discrete inputs are bits, registers are not");
    }
    if (end_of(point) > 0x10000) return wrong(point, "ends beyond address 65535");
    if (!(std::isfinite(point.scale) && std::isfinite(point.offset)) || point.scale == 0) {
      return wrong(point, "scale and offset must be finite, scale not 0");
    }
  }
  return {};
}

ModbusDevice::ModbusDevice(ModbusSettings settings, const Clock& clock, OnReadings on_readings,
                           OnError on_error)
    : settings_(std::move(settings)),
      clock_(clock),
      on_readings_(std::move(on_readings)),
      on_error_(std::move(on_error)),
      blocks_(plan_reads(settings_.points)),
      client_(settings_.address) {}

Result<std::unique_ptr<ModbusDevice>> ModbusDevice::start(ModbusSettings settings, const Clock& clock,
                                                          OnReadings on_readings, OnError on_error) {
  if (auto sound = check_settings(settings); !sound) return forward(sound);
  std::unique_ptr<ModbusDevice> device(
      new ModbusDevice(std::move(settings), clock, std::move(on_readings), std::move(on_error)));
  device->thread_ =
      std::jthread([one = device.get()](const std::stop_token& stopping) { one->run(stopping); });
  return device;
}

void ModbusDevice::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void ModbusDevice::run(const std::stop_token& stopping) {
  stay_in_background();
  auto beat = std::chrono::steady_clock::now();
  milliseconds back_off = settings_.back_off_first;
  std::unique_lock lock(sleep_mutex_);
  while (!stopping.stop_requested()) {
    const Status polled = poll();
    const auto now = std::chrono::steady_clock::now();
    if (polled) {
      back_off = settings_.back_off_first;
      beat += settings_.interval;
      // Beats that were missed are missed.
      if (beat < now) beat += (now - beat) / settings_.interval * settings_.interval + settings_.interval;
    } else {
      if (on_error_) on_error_(settings_.name, polled.error());
      beat = now + back_off;
      back_off = std::min(back_off * 2, settings_.back_off_most);
    }
    (void)sleep_.wait_until(lock, stopping, beat, [] { return false; });
  }
}

Status ModbusDevice::poll() {
  std::vector<Reading> readings;
  Status status;
  for (const ReadBlock& block : blocks_) {
    if (auto read = read_block(block, readings); !read) {
      status = read;
      // The device said no to this one; it may say yes to the others.
      const std::lock_guard lock(client_mutex_);
      if (!client_.is_connected()) break;
    }
  }
  if (!readings.empty() && on_readings_) on_readings_(readings);
  return status;
}

Status ModbusDevice::read_block(const ReadBlock& block, std::vector<Reading>& readings) {
  Result<std::vector<uint16_t>> values;
  {
    const std::lock_guard lock(client_mutex_);
    values = client_.ask(
        {.unit = settings_.unit, .function = block.table, .address = block.address, .count = block.count},
        settings_.deadline);
  }
  if (!values) return forward(values);
  const WallTime time = clock_.wall();
  for (const size_t i : block.points) {
    const ModbusPoint& point = settings_.points[i];
    const auto registers =
        std::span(*values).subspan(point.address - block.address, registers_of(point.type));
    const double value = decode_number(registers, point.type, point.order) * point.scale + point.offset;
    readings.push_back({settings_.name, point.name, value, time});
  }
  return {};
}

Status ModbusDevice::write(std::string_view name, double value) {
  const auto point = std::ranges::find(settings_.points, name, &ModbusPoint::name);
  if (point == settings_.points.end()) {
    return fail(ErrorKind::not_found, cat("device '", settings_.name, "' has no point '", name, "'"));
  }
  if (point->table != Function::read_coils && point->table != Function::read_holding_registers) {
    return fail(ErrorKind::denied, cat("point '", name, "' is an input, it cannot be written"));
  }
  auto values = encode_number((value - point->offset) / point->scale, point->type, point->order);
  if (!values) return forward(values, name);
  Request request{.unit = settings_.unit, .function = Function::write_registers, .address = point->address};
  if (point->type == DataType::bit) request.function = Function::write_coil;
  if (point->type != DataType::bit && values->size() == 1) request.function = Function::write_register;
  request.values = std::move(*values);
  const std::lock_guard lock(client_mutex_);
  const auto done = client_.ask(std::move(request), settings_.deadline);
  return done ? Status() : forward(done);
}

}  // namespace oree::gateway
