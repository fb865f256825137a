// oree-modbus-poll PORT: polls a device on loopback for tests. Lines in: "point NAME TABLE ADDRESS TYPE ORDER
// SCALE OFFSET", then "start", then "write NAME VALUE" and "stop". Lines out, JSON: {"point", "value"},
// {"error", "kind"} and {"write", "kind"}.
#include <iostream>
#include <mutex>
#include <sstream>

#include "base/text.h"
#include "platform/json/value.h"
#include "services/gateway/gateway.h"

namespace {

using namespace oree;
using namespace oree::gateway;

std::mutex output_mutex;

void say(std::initializer_list<std::pair<const char*, json::Value>> members) {
  json::Value line;
  for (const auto& [key, value] : members) line.set(key, value);
  const std::lock_guard lock(output_mutex);
  std::cout << json::print(line) << std::endl;
}

ModbusPoint parse_point(std::istringstream& words) {
  ModbusPoint point;
  int table = 0;
  std::string type;
  std::string order;
  words >> point.name >> table >> point.address >> type >> order >> point.scale >> point.offset;
  point.table = static_cast<Function>(table);
  point.type = parse_data_type(type).value_or(DataType::u16);
  point.order = parse_word_order(order).value_or(WordOrder::abcd);
  return point;
}

}  // namespace

int main(int argc, char** argv) {
  const auto port = argc == 2 ? parse_number<uint16_t>(argv[1]) : std::nullopt;
  if (!port) return 2;
  ModbusSettings settings{.name = "device", .address = {"127.0.0.1", *port}, .interval = milliseconds(20)};
  settings.deadline = milliseconds(10'000);
  settings.back_off_first = settings.back_off_most = milliseconds(50);
  const SystemClock clock;
  std::unique_ptr<ModbusDevice> device;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    if (verb == "stop") break;
    if (verb == "point") settings.points.push_back(parse_point(words));
    if (verb == "start") {
      auto started = ModbusDevice::start(
          settings, clock,
          [](std::span<const Reading> readings) {
            for (const Reading& one : readings) say({{"point", one.point}, {"value", one.value}});
          },
          [](std::string_view, const Error& error) {
            say({{"error", error.what}, {"kind", facts(error.kind).name}});
          });
      if (!started) {
        say({{"error", started.error().what}, {"kind", facts(started.error().kind).name}});
        return 1;
      }
      device = std::move(*started);
    }
    if (verb == "write" && device) {
      std::string name;
      double value = 0;
      words >> name >> value;
      const Status done = device->write(name, value);
      say({{"write", name}, {"kind", done ? "done" : facts(done.error().kind).name}});
    }
  }
  return 0;
}
