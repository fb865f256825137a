#include "services/routes/forwarder.h"

#include <algorithm>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "services/routes/lane.h"

namespace oree::routes {
namespace {

constexpr uint64_t kLeastLane = 256 << 10;

// Readable, and different for different sinks.
std::string folder_name(const Sink& sink, uint32_t priority) {
  std::string name = sink.text();
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain) c = '_';
  }
  return cat(name.substr(0, 60), "-", crypto::sha256(as_bytes(sink.text())).hex().substr(0, 12), "-",
             priority);
}

std::string label(const Sink& sink, uint32_t priority) {
  return cat(priority, " ", sink.text());
}

std::optional<std::pair<Sink, uint32_t>> parse_label(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto priority = parse_number<uint32_t>(text.substr(0, space));
  const auto route = parse_route(cat("FROM /* INTO ", text.substr(space + 1)));
  if (!priority || !route) return std::nullopt;
  return std::pair(route->sink, *priority);
}

}  // namespace

struct Forwarder::Line {
  std::mutex mutex;
  std::map<uint32_t, Lane> lanes;  // by priority
  Lane* sending = nullptr;
  uint32_t failures = 0;
  microseconds due{0};
};

Forwarder::Forwarder(RouteTable table, ForwarderOptions options, Log& log, std::function<uint64_t()> random)
    : table_(std::move(table)), options_(options), log_(log), random_(std::move(random)) {}

Forwarder::~Forwarder() = default;

Result<std::unique_ptr<Forwarder>> Forwarder::open(const files::Path& folder, RouteTable table,
                                                   ForwarderOptions options, files::Disk& disk, Log& log,
                                                   std::function<uint64_t()> random) {
  std::unique_ptr<Forwarder> forwarder(new Forwarder(std::move(table), options, log, std::move(random)));
  if (auto made = disk.make_folder(folder); !made) return forward(made);
  if (auto opened = forwarder->open_lanes(folder, disk); !opened) return forward(opened);
  return forwarder;
}

Status Forwarder::open_lanes(const files::Path& folder, files::Disk& disk) {
  const auto queues = table_.queues();
  std::map<Sink, uint64_t> priorities;
  for (const auto& [sink, priority] : queues) ++priorities[sink];
  for (const auto& [sink, priority] : queues) {
    const uint64_t share = options_.max_bytes / priorities[sink];
    if (share < kLeastLane) {
      return fail(ErrorKind::invalid,
                  cat("the queues of ", sink.text(), " need at least ",
                      size_text(kLeastLane * priorities[sink]), ", not ", size_text(options_.max_bytes)));
    }
    if (auto added = add_lane(folder, sink, priority, share, disk); !added) return added;
  }
  const auto names = disk.list(folder);
  if (!names) return forward(names);
  for (const files::Path& name : *names) {
    const auto text = disk.read(folder / name / "queue", 4096);
    const auto known = text ? parse_label(as_text(*text)) : std::nullopt;
    if (!known || std::ranges::find(queues, *known) != queues.end()) continue;
    if (auto added = add_lane(folder, known->first, known->second, kLeastLane, disk); !added) return added;
    log_.info(
        cat("messages that an earlier set of routes left for ", known->first.text(), " are still sent"));
  }
  return {};
}

Status Forwarder::add_lane(const files::Path& folder, const Sink& sink, uint32_t priority, uint64_t max_bytes,
                           files::Disk& disk) {
  const files::Path path = folder / folder_name(sink, priority);
  if (auto made = disk.make_folder(path); !made) return made;
  const std::string text = label(sink, priority);
  const auto before = disk.read(path / "queue", 4096);
  if (!before || as_text(*before) != text) {
    if (auto written = disk.write(path / "queue", as_bytes(text)); !written) return written;
  }
  auto& line = lines_[sink];
  if (!line) line = std::make_unique<Line>();
  stream::Options options{
      .max_bytes = max_bytes, .min_free = options_.min_free, .segment_bytes = options_.segment_bytes};
  options.on_durable = [this, sink](stream::Position) {
    const std::lock_guard lock(tell_mutex_);
    if (tell_) tell_(sink);
  };
  auto stream = stream::Stream::open(path, std::move(options), disk, log_);
  if (!stream) return forward(stream);
  line->lanes.try_emplace(priority, std::move(*stream), QueueStats{.sink = sink, .priority = priority});
  return {};
}

Forwarder::Line* Forwarder::line(const Sink& sink) const {
  const auto found = lines_.find(sink);
  return found == lines_.end() ? nullptr : found->second.get();
}

void Forwarder::on_arrival(std::function<void(const Sink&)> tell) {
  const std::lock_guard lock(tell_mutex_);
  tell_ = std::move(tell);
}

Result<size_t> Forwarder::accept(const RoutedMessage& message, std::string_view id, ByteView bytes,
                                 microseconds now) {
  const Dispatch dispatch = table_.dispatch(message);
  if (dispatch.deliveries.empty()) {
    ++no_route_;
    if (dispatch.body_not_declared && body_not_declared_++ == 0) {
      log_.warning(cat("a message from ", message.source,
                       " went nowhere: a route asks for $body, and the message does not say contentType "
                       "application/json and contentEncoding utf-8; sniff_json takes it anyway"));
    }
    return 0;
  }
  for (const Delivery& delivery : dispatch.deliveries) {
    Line& to = *lines_.at(delivery.sink);
    const std::lock_guard lock(to.mutex);
    const auto queued = to.lanes.at(delivery.priority).accept(id, bytes, now, delivery.ttl);
    if (!queued) return forward(queued, delivery.sink.text());
  }
  return dispatch.deliveries.size();
}

Status Forwarder::flush() {
  Status status;
  for (const auto& [sink, line] : lines_) {
    const std::lock_guard lock(line->mutex);
    for (auto& [priority, lane] : line->lanes) {
      if (auto flushed = lane.flush(); !flushed) status = flushed;
    }
  }
  return status;
}

Result<std::optional<Batch>> Forwarder::next_batch(const Sink& sink, microseconds now) {
  Line* const from = line(sink);
  if (!from) return fail(ErrorKind::not_found, cat("no route leads to ", sink.text()));
  const std::lock_guard lock(from->mutex);
  if (from->sending || now < from->due) return std::nullopt;
  for (auto& [priority, lane] : from->lanes) {
    auto messages = lane.take(options_, now);
    if (!messages) {
      from->due = now + options_.back_off_first;
      log_.error(cat("cannot read the queue of ", sink.text(), ": ", messages.error().what));
      return forward(messages);
    }
    if (messages->empty()) continue;
    from->sending = &lane;
    return Batch{sink, priority, std::move(*messages)};
  }
  return std::nullopt;
}

void Forwarder::delivered(const Sink& sink, size_t count, microseconds) {
  Line* const to = line(sink);
  if (!to) return;
  const std::lock_guard lock(to->mutex);
  if (!to->sending) return;
  to->sending->delivered(count);
  to->failures = 0;
  to->due = microseconds(0);
  if (to->sending->is_sending()) return;
  to->sending = nullptr;
}

void Forwarder::failed(const Sink& sink, const Error& why, microseconds now) {
  Line* const to = line(sink);
  if (!to) return;
  uint64_t chance = 0;
  {
    const std::lock_guard lock(random_mutex_);
    chance = random_();
  }
  const std::lock_guard lock(to->mutex);
  if (!to->sending) return;
  if (why.kind == ErrorKind::invalid) {
    to->sending->refuse_first();
    to->sending->give_back();
    to->sending = nullptr;
    log_.warning(cat(sink.text(), " refuses a message for good, it is dropped: ", why.what));
    return;
  }
  to->sending->give_back();
  to->sending = nullptr;
  if (to->failures++ == 0) log_.warning(cat(sink.text(), " does not answer: ", why.what));
  const auto most = options_.back_off_most;
  const auto wait = std::min(most, options_.back_off_first * (1 << std::min(to->failures - 1, 20u)));
  // Between half of it and all of it.
  to->due = now + wait / 2 + microseconds(chance % (static_cast<uint64_t>(wait.count()) / 2 + 1));
}

microseconds Forwarder::due(const Sink& sink) const {
  Line* const to = line(sink);
  if (!to) return microseconds(0);
  const std::lock_guard lock(to->mutex);
  return to->due;
}

void Forwarder::expire(microseconds now) {
  for (const auto& [sink, line] : lines_) {
    const std::lock_guard lock(line->mutex);
    for (auto& [priority, lane] : line->lanes) lane.expire(now);
  }
}

Status Forwarder::sync() {
  Status status;
  for (const auto& [sink, line] : lines_) {
    const std::lock_guard lock(line->mutex);
    for (auto& [priority, lane] : line->lanes) {
      if (auto synced = lane.sync(); !synced) status = synced;
    }
  }
  return status;
}

std::vector<Sink> Forwarder::sinks() const {
  std::vector<Sink> sinks;
  for (const auto& [sink, line] : lines_) sinks.push_back(sink);
  return sinks;
}

ForwarderStats Forwarder::stats() const {
  ForwarderStats stats{.no_route = no_route_, .body_not_declared = body_not_declared_};
  for (const auto& [sink, line] : lines_) {
    const std::lock_guard lock(line->mutex);
    for (const auto& [priority, lane] : line->lanes) stats.queues.push_back(lane.stats());
  }
  return stats;
}

}  // namespace oree::routes
