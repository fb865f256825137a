// The input is a play: clients come, send bytes, vanish; disks sync, fill up and crash; time passes. Whatever
// happens, the engine stays whole and what it sends is made of whole packets.
#include <array>
#include <cstdlib>

#include "platform/mqtt/codec.h"
#include "services/broker/engine/engine.h"
#include "services/broker/testing/memory_stream.h"

using namespace oree;
using namespace oree::broker;
using namespace oree::broker::testing;

namespace {

class Everybody final : public Access {
 public:
  LoginAnswer login(const Login& login) override {
    return login.user ? LoginAnswer::later : LoginAnswer::allowed;
  }
  bool may_publish(const Who&, std::string_view topic) const override { return topic != "no"; }
  bool may_subscribe(const Who&, std::string_view filter) const override { return filter != "no"; }
  bool may_read(const Who&, std::string_view topic) const override { return topic != "hidden"; }
  bool filters_reads() const override { return true; }
};

struct Play {
  Settings settings;
  Everybody access;
  NullLog log;
  std::shared_ptr<MemoryDisk> message_disk = std::make_shared<MemoryDisk>();
  std::shared_ptr<MemoryDisk> session_disk = std::make_shared<MemoryDisk>();
  std::unique_ptr<MemoryStream> messages;
  std::unique_ptr<MemoryStream> sessions;
  std::unique_ptr<Engine> engine;
  Now now{WallTime(microseconds(1'700'000'000'000'000)), MonoTime(std::chrono::hours(1))};
  struct Line {
    ConnectionId id = 0;
    ByteBuffer pending;
  };
  std::array<Line, 4> lines;

  void start() {
    settings.limits.max_window = 4;
    settings.limits.max_inflight = 3;
    settings.limits.max_output = 2000;
    settings.limits.max_packet = 4096;
    settings.limits.receive_maximum = 5;
    messages = std::make_unique<MemoryStream>(message_disk);
    sessions = std::make_unique<MemoryStream>(session_disk);
    auto opened = Engine::open({settings, *messages, *sessions, access, log}, now);
    if (!opened) std::abort();
    engine = std::move(*opened);
  }
  void crash() {
    engine.reset();
    messages->crash();
    sessions->crash();
    lines = {};
    start();
  }
  void sync() {
    messages->sync();
    engine->messages_durable(messages->stats().durable, now);
    sessions->sync();
    engine->sessions_durable(sessions->stats().durable, now);
    engine->work(now);
  }
  void send(Line& line, ByteView bytes) {
    if (line.id == 0) line.id = engine->opened({"127.0.0.1:1", true, ""}, now);
    line.pending.insert(line.pending.end(), bytes.begin(), bytes.end());
    const size_t used = engine->received(line.id, line.pending, now);
    if (used > line.pending.size()) std::abort();
    line.pending.erase(line.pending.begin(), line.pending.begin() + static_cast<std::ptrdiff_t>(used));
  }
  void drain(Line& line) {
    if (line.id == 0) return;
    ByteBuffer& out = engine->output(line.id);
    for (ByteView left = out; !left.empty();) {
      const auto frame = mqtt::split_frame(left, mqtt::kLargestRemaining);
      if (!frame || !*frame) std::abort();
      left = left.subspan((*frame)->size);
    }
    out.clear();
    engine->drained(line.id, now);
    if (!engine->is_over(line.id)) return;
    engine->forget(line.id);
    line = {};
  }
  void drop(Line& line) {
    if (line.id != 0) engine->closed(line.id, now);
    line = {};
  }
  void pass(unsigned seconds) {
    now.wall += std::chrono::seconds(seconds);
    now.mono += std::chrono::seconds(seconds);
    engine->tick(now);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Play play;
  play.start();
  ByteView left(reinterpret_cast<const std::byte*>(data), size);
  while (left.size() >= 2) {
    const auto act = std::to_integer<unsigned>(left[0]);
    const auto amount = std::to_integer<unsigned>(left[1]);
    left = left.subspan(2);
    auto& line = play.lines[act >> 4 & 3U];
    switch (act & 15U) {
      case 0:
        play.drop(line);
        break;
      case 1:
        play.sync();
        break;
      case 2:
        play.pass(amount);
        break;
      case 3:
        play.crash();
        break;
      case 4:
        play.messages->full = amount % 2 == 0;
        break;
      case 5:
        play.engine->login_done(line.id, amount % 4 != 0, play.now);
        break;
      case 6:
        play.drain(line);
        break;
      case 7:
        play.engine->shut_down(play.now);
        break;
      default: {
        const size_t count = std::min<size_t>(amount, left.size());
        play.send(line, left.first(count));
        left = left.subspan(count);
        if ((act & 15U) > 9) {
          play.sync();
          for (auto& each : play.lines) play.drain(each);
        }
      }
    }
    play.engine->take_touched();
    play.engine->take_resumed();
  }
  play.engine->stats();
  return 0;
}
