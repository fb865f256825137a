#include "nodes/edge/telemetry/intake.h"

#include "base/background.h"
#include "base/text.h"

namespace oree::edge {
namespace {

constexpr std::string_view kSource = "messages";
constexpr size_t kMostReadings = 20'000;
constexpr std::chrono::milliseconds kPatience{250};
constexpr std::chrono::seconds kRetry{1};

}  // namespace

Intake::Intake(World world) : world_(std::move(world)), thread_([this] { run(); }) {}

Intake::~Intake() {
  stop();
}

Intake::Stats Intake::stats() const {
  return {readings_, refused_, position_};
}

void Intake::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  awake_.notify_one();
}

void Intake::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    awake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Intake::run() {
  stay_in_background();
  world_.on_start();
  std::chrono::milliseconds wait{0};
  while (true) {
    {
      std::unique_lock lock(mutex_);
      awake_.wait_for(lock, wait, [&] { return woken_ || stopping_; });
      if (stopping_) return;
      woken_ = false;
    }
    const auto took = take_batch();
    if (!took) {
      world_.log.error(cat("readings wait in the message store: ", took.error().what));
      reader_.reset();
    }
    wait = !took ? kRetry : *took ? std::chrono::milliseconds(0) : kPatience;
  }
}

Result<bool> Intake::take_batch() {
  if (!reader_) {
    const auto position = world_.store.position(kSource);
    if (!position) return forward(position);
    position_ = *position;
    reader_ = world_.messages.reader(*position + 1);
  }
  std::vector<readings::SensorReading> found;
  stream::Position last = 0;
  while (found.size() < kMostReadings) {
    const auto entry = reader_->next();
    if (!entry) {
      world_.log.error(cat("messages were lost: ", entry.error().what));
      continue;
    }
    if (entry->position == 0) break;
    last = entry->position;
    read_message(entry->bytes, found);
  }
  if (last == 0) return false;
  if (auto stored = store(found, last); !stored) return forward(stored);
  position_ = last;
  readings_ += found.size();
  if (!found.empty()) world_.on_readings(found);
  return true;
}

void Intake::read_message(ByteView stored, std::vector<readings::SensorReading>& found) {
  // Most of what passes may be no reading: its topic is looked at before anything is copied.
  const auto view = mqtt::parse_view(stored);
  if (view && !world_.topics.matches(view->topic)) return;
  const auto message = mqtt::parse_message(stored);
  if (!message) {
    ++refused_;
    world_.log.error(cat("a stored message cannot be read: ", message.error().what));
    return;
  }
  auto said = world_.topics.readings(*message);
  if (!said) {
    if (refused_++ == 0) world_.log.warning(cat(said.error().what, "; more of these are only counted"));
    return;
  }
  found.insert(found.end(), std::make_move_iterator(said->begin()), std::make_move_iterator(said->end()));
}

Status Intake::store(const std::vector<readings::SensorReading>& found, stream::Position position) {
  std::vector<readings::Reading> batch;
  batch.reserve(found.size());
  for (const auto& one : found) {
    auto& id = ids_[{one.machine, one.sensor}];
    if (id == 0) {
      const auto known = world_.store.series(one.machine, one.sensor);
      if (!known) return forward(known);
      id = *known;
    }
    batch.push_back({id, one.time.time_since_epoch().count(), one.value});
  }
  const auto appended = world_.store.append(batch, kSource, position);
  return appended ? Status() : forward(appended);
}

}  // namespace oree::edge
