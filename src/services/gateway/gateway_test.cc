#include "services/gateway/gateway.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <map>
#include <numbers>

#include "base/text.h"

namespace oree::gateway {
namespace {

ByteBuffer bytes(std::initializer_list<int> values) {
  ByteBuffer out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

TEST_CASE("RequestsArePrintedAsTheStandardShowsThem") {
  // Modbus Application Protocol V1.1b3, the examples of 6.1, 6.3, 6.5, 6.6 and 6.12.
  CHECK(*print_request({0x1501, 0xFF, Function::read_coils, 19, 19}) ==
        bytes({0x15, 1, 0, 0, 0, 6, 0xFF, 1, 0, 0x13, 0, 0x13}));
  CHECK(*print_request({1, 1, Function::read_holding_registers, 107, 3}) ==
        bytes({0, 1, 0, 0, 0, 6, 1, 3, 0, 0x6B, 0, 3}));
  CHECK(*print_request({1, 1, Function::write_coil, 172, 1, {1}}) ==
        bytes({0, 1, 0, 0, 0, 6, 1, 5, 0, 0xAC, 0xFF, 0}));
  CHECK(*print_request({1, 1, Function::write_register, 1, 1, {3}}) ==
        bytes({0, 1, 0, 0, 0, 6, 1, 6, 0, 1, 0, 3}));
  CHECK(*print_request({1, 1, Function::write_registers, 1, 1, {10, 0x102}}) ==
        bytes({0, 1, 0, 0, 0, 11, 1, 16, 0, 1, 0, 2, 4, 0, 10, 1, 2}));
}

TEST_CASE("RequestsThatNoFrameHoldsAreRefused") {
  CHECK_FALSE(print_request({1, 1, Function::read_holding_registers, 0, 126}));
  CHECK(print_request({1, 1, Function::read_holding_registers, 0, 125}));
  CHECK_FALSE(print_request({1, 1, Function::read_coils, 0, 2001}));
  CHECK_FALSE(print_request({1, 1, Function::read_coils, 0, 0}));
  CHECK_FALSE(print_request({1, 1, Function::read_input_registers, 65535, 2}));
  CHECK_FALSE(print_request({1, 1, Function::write_registers, 0, 1, std::vector<uint16_t>(124)}));
  CHECK_FALSE(print_request({1, 1, Function::write_register, 0, 1, {}}));
}

TEST_CASE("AnswersAreReadAndOthersRefused") {
  const Request coils{7, 1, Function::read_coils, 19, 10};
  CHECK(*parse_answer(bytes({0, 7, 0, 0, 0, 5, 1, 1, 2, 0xCD, 1}), coils) ==
        std::vector<uint16_t>{1, 0, 1, 1, 0, 0, 1, 1, 1, 0});
  const Request registers{7, 1, Function::read_input_registers, 0, 2};
  const auto good = bytes({0, 7, 0, 0, 0, 7, 1, 4, 4, 0x12, 0x34, 0xFF, 0});
  CHECK(*parse_answer(good, registers) == std::vector<uint16_t>{0x1234, 0xFF00});
  const auto kind = [&](size_t at, int value) {
    ByteBuffer damaged = good;
    damaged[at] = static_cast<std::byte>(value);
    const auto answer = parse_answer(damaged, registers);
    REQUIRE_FALSE(answer);
    return answer.error().kind;
  };
  CHECK(kind(1, 6) == ErrorKind::conflict);
  CHECK(kind(3, 1) == ErrorKind::corrupt);
  CHECK(kind(5, 8) == ErrorKind::corrupt);
  CHECK(kind(6, 2) == ErrorKind::corrupt);
  CHECK(kind(7, 3) == ErrorKind::corrupt);
  CHECK(kind(8, 2) == ErrorKind::corrupt);
  const auto refused = parse_answer(bytes({0, 7, 0, 0, 0, 3, 1, 0x84, 2}), registers);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK(refused.error().what.find("exception 2") != std::string::npos);
  CHECK(exception_kind(6) == ErrorKind::busy);
  CHECK(exception_kind(11) == ErrorKind::timeout);
  CHECK(exception_kind(99) == ErrorKind::unavailable);
}

TEST_CASE("NumbersKeepTheirValueInEveryTypeAndOrder") {
  const std::vector<uint16_t> pi{0x4049, 0x0FDB};
  CHECK(decode_number(pi, DataType::f32, WordOrder::abcd) == doctest::Approx(std::numbers::pi));
  CHECK(decode_number(std::vector<uint16_t>{0x0FDB, 0x4049}, DataType::f32, WordOrder::cdab) ==
        doctest::Approx(std::numbers::pi));
  CHECK(decode_number(std::vector<uint16_t>{0x4940, 0xDB0F}, DataType::f32, WordOrder::badc) ==
        doctest::Approx(std::numbers::pi));
  CHECK(decode_number(std::vector<uint16_t>{0xDB0F, 0x4940}, DataType::f32, WordOrder::dcba) ==
        doctest::Approx(std::numbers::pi));
  CHECK(decode_number(std::vector<uint16_t>{0xFFFE}, DataType::i16, WordOrder::abcd) == -2);
  CHECK(decode_number(std::vector<uint16_t>{0xFEFF}, DataType::i16, WordOrder::badc) == -2);
  const std::pair<DataType, std::vector<double>> cases[] = {
      {DataType::bit, {0, 1}},          {DataType::u16, {0, 65535}},         {DataType::i16, {-32768, 32767}},
      {DataType::u32, {0, 4294967295}}, {DataType::i32, {-2147483648.0, 5}}, {DataType::f32, {-1.5, 1e30, 0}},
      {DataType::f64, {-1e300, 0.1}}};
  for (const auto& [type, values] : cases) {
    for (const auto order : {WordOrder::abcd, WordOrder::cdab, WordOrder::badc, WordOrder::dcba}) {
      for (const double value : values) {
        const auto registers = encode_number(value, type, order);
        REQUIRE(registers);
        CHECK(registers->size() == registers_of(type));
        CHECK(decode_number(*registers, type, order) == doctest::Approx(value));
      }
    }
  }
  CHECK_FALSE(encode_number(65536, DataType::u16, WordOrder::abcd));
  CHECK_FALSE(encode_number(-1, DataType::u32, WordOrder::abcd));
  CHECK_FALSE(encode_number(NAN, DataType::i16, WordOrder::abcd));
  CHECK_FALSE(encode_number(1e39, DataType::f32, WordOrder::abcd));
}

TEST_CASE("NeighboursAreReadTogetherAndTheLimitsKept") {
  const ModbusPoint points[] = {{.name = "a", .address = 10, .type = DataType::f32},
                                {.name = "b", .address = 0},
                                {.name = "c", .address = 20},
                                {.name = "far", .address = 100, .type = DataType::f64},
                                {.name = "in", .table = Function::read_input_registers, .address = 1},
                                {.name = "over", .address = 10, .type = DataType::f64}};
  const auto blocks = plan_reads(points);
  REQUIRE(blocks.size() == 4);
  CHECK(blocks[0].address == 0);
  CHECK(blocks[0].count == 1);
  CHECK(blocks[1].address == 10);
  CHECK(blocks[1].count == 11);
  CHECK(blocks[1].points == std::vector<size_t>{0, 5, 2});
  CHECK(blocks[2].count == 4);
  CHECK(blocks[3].table == Function::read_input_registers);
  std::vector<ModbusPoint> many;
  for (uint16_t i = 0; i < 300; ++i) many.push_back({.name = cat(i), .address = i});
  for (const ReadBlock& block : plan_reads(many)) CHECK(block.count <= kMaxReadRegisters);
}

TEST_CASE("SettingsThatCannotWorkAreRefusedByName") {
  const auto error = [](ModbusPoint point) {
    ModbusSettings settings{.name = "press", .points = {std::move(point)}};
    const auto checked = check_settings(settings);
    REQUIRE_FALSE(checked);
    return checked.error().what;
  };
  CHECK(error({.name = "x", .table = Function::read_coils}).find("device 'press', point 'x'") == 0);
  CHECK(error({.name = "x", .address = 65535, .type = DataType::u32}).find("65535") != std::string::npos);
  CHECK(error({.name = "x", .scale = 0}).find("scale") != std::string::npos);
  CHECK(error({.name = ""}).find("name") != std::string::npos);
  CHECK(check_settings(
      {.name = "p", .points = {{.name = "x", .table = Function::read_coils, .type = DataType::bit}}}));
}

// A device with ten holding registers that hangs up, or says nothing, when told to.
class FakeDevice {
 public:
  FakeDevice() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    socklen_t size = sizeof any;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&any), &size);
    port = ntohs(any.sin_port);
    thread_ = std::jthread([this] {
      for (int one = 0; (one = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(one)) serve(one);
    });
  }
  ~FakeDevice() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  uint16_t port = 0;
  std::atomic<bool> hangs_up{false};
  std::atomic<uint16_t> registers[10]{};

 private:
  void serve(int socket) {
    unsigned char in[kMaxFrame];
    while (::recv(socket, in, sizeof in, 0) >= 12) {
      if (hangs_up) return;
      ++asked_;
      const unsigned address = in[8] << 8u | in[9];
      const unsigned value = in[10] << 8u | in[11];
      std::vector<unsigned char> out(in, in + 8);
      if (in[7] == 6 && address < 10) {
        registers[address] = static_cast<uint16_t>(value);
        out.assign(in, in + 12);
      } else if (in[7] == 3 && address + value <= 10) {
        out.push_back(static_cast<unsigned char>(2 * value));
        for (unsigned i = address; i < address + value; ++i) {
          out.push_back(static_cast<unsigned char>(registers[i] >> 8));
          out.push_back(static_cast<unsigned char>(registers[i]));
        }
      } else {
        out[7] |= 0x80;
        out.push_back(2);
      }
      out[5] = static_cast<unsigned char>(out.size() - 6);
      // First something late from another time, then the answer in two pieces.
      std::vector<unsigned char> late = out;
      late[0] = 0xEE;
      (void)::send(socket, late.data(), late.size(), MSG_NOSIGNAL);
      (void)::send(socket, out.data(), 5, MSG_NOSIGNAL);
      (void)::send(socket, out.data() + 5, out.size() - 5, MSG_NOSIGNAL);
    }
  }
  int listener_ = -1;
  std::atomic<int> asked_{0};
  std::jthread thread_;
};

TEST_CASE("ADeviceIsPolledWrittenAndFoundAgainAfterItHungUp") {
  FakeDevice fake;
  fake.registers[1] = 250;
  fake.registers[2] = 0xFFFF;
  const SystemClock clock;
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, double, std::less<>> values;
  int errors = 0;
  const auto device = ModbusDevice::start(
      {.name = "press",
       .address = {"127.0.0.1", fake.port},
       .interval = milliseconds(1),
       .deadline = milliseconds(20'000),
       .back_off_first = milliseconds(1),
       .back_off_most = milliseconds(5),
       .points = {{.name = "t", .address = 1, .scale = 0.1, .offset = -5},
                  {.name = "n", .address = 2, .type = DataType::i16},
                  {.name = "beyond", .address = 500}}},
      clock,
      [&](std::span<const Reading> readings) {
        const std::lock_guard lock(mutex);
        for (const Reading& one : readings) values[std::string(one.point)] = one.value;
        changed.notify_all();
      },
      [&](std::string_view, const Error&) {
        const std::lock_guard lock(mutex);
        ++errors;
        changed.notify_all();
      });
  REQUIRE(device);
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return values.size() == 2 && errors > 0; });
    CHECK(values["t"] == doctest::Approx(20));
    CHECK(values["n"] == -1);
  }
  CHECK((*device)->write("t", 30));
  CHECK(fake.registers[1] == 350);
  CHECK((*device)->write("t", 1e9).error().kind == ErrorKind::invalid);
  CHECK((*device)->write("beyond", 1).error().kind == ErrorKind::invalid);
  CHECK((*device)->write("nothing", 1).error().kind == ErrorKind::not_found);
  fake.hangs_up = true;
  {
    std::unique_lock lock(mutex);
    const int before = errors;
    changed.wait(lock, [&] { return errors > before + 3; });
    values.clear();
  }
  fake.hangs_up = false;
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return values.size() == 2; });
  CHECK(values["t"] == doctest::Approx(30));
}

TEST_CASE("NobodyThereIsUnavailable") {
  ModbusClient client({"127.0.0.1", 1});
  const auto answer = client.ask({.count = 1}, milliseconds(20'000));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::unavailable);
  CHECK(answer.error().what.find("127.0.0.1:1") != std::string::npos);
  CHECK_FALSE(client.is_connected());
}

}  // namespace
}  // namespace oree::gateway
