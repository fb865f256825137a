// The talker's half of an Agent: one call after the other, for ever.
#include <algorithm>
#include <array>

#include "base/background.h"
#include "base/text.h"
#include "services/deployment/agent/agent_state.h"
#include "services/deployment/agent/enrolling.h"

namespace oree::deployment {
namespace {

constexpr std::chrono::seconds kWait{50};      // for news, while nothing happens here
constexpr std::chrono::seconds kBusyWait{10};  // while a package is on its way: its progress is told
constexpr std::chrono::seconds kGrace{20};     // beyond the wait, until the line counts as dead
constexpr std::chrono::minutes kCloned{15};
constexpr std::chrono::seconds kAtLeast{1};  // between two answers that nobody waited for

std::string said_by(const HubAnswer& answer) {
  const auto root = json::parse(answer.body);
  const json::Value* error = root ? root->find("error") : nullptr;
  const std::string sentence = error != nullptr && error->text() != nullptr ? *error->text() : "";
  return cat("the hub answers ", answer.status, answer.code.empty() ? "" : " ", answer.code,
             sentence.empty() ? "" : ": ", sentence);
}

std::chrono::seconds half_more(std::chrono::seconds asked) {
  std::array<std::byte, 1> random;
  crypto::random_bytes(random);
  return asked + std::chrono::seconds(asked.count() * static_cast<int>(random[0]) / 512);
}

}  // namespace

void Agent::State::pause(const std::stop_token& stop, microseconds length) {
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, length, [] { return false; });
}

void Agent::State::pause_after_failure(const std::stop_token& stop, const Error& error,
                                       std::optional<std::chrono::seconds> asked) {
  {
    const std::lock_guard lock(mutex);
    if (trouble != error.what)
      world.log.warning(cat("hub: ", error.what, "; everything here goes on as it is"));
    connected = false;
    trouble = error.what;
  }
  std::array<std::byte, 1> random;
  crypto::random_bytes(random);
  ++failures;
  pause(stop, asked ? microseconds(half_more(*asked))
                    : microseconds(pause_after(failures, static_cast<int>(random[0]) / 256.0)));
}

void Agent::State::talk(const std::stop_token& stop) {
  stay_in_background();
  while (!stop.stop_requested()) {
    if (metrics.due(world.clock.mono())) measure();
    if (!identity->enrolment()) {
      talk_interrupt.clear();
      if (stop.stop_requested()) return;
      if (auto let_in = enrol(stop); !let_in) continue;
    }
    converse(stop);
  }
}

Status Agent::State::enrol(const std::stop_token& stop) {
  const auto failed = [&](Error error, std::optional<std::chrono::seconds> asked = {}) -> Status {
    pause_after_failure(stop, error, asked);
    return std::unexpected(std::move(error));
  };
  const auto body = enrolment_text(settings, *identity, world.station, hardware, world.software);
  if (!body) return failed(body.error());
  const auto answer = hub.introduce(*body, &talk_interrupt);
  if (!answer) return failed(answer.error());
  if (answer->status == 202)
    return failed({ErrorKind::busy, "a person has to let this station in"}, std::chrono::seconds(30));
  if (answer->status != 200 && answer->status != 201)
    return failed({ErrorKind::denied, said_by(*answer)}, answer->retry_after);
  const auto enrolled = parse_enrolled(answer->body);
  if (!enrolled) return failed(enrolled.error());
  if (auto trusted = trust_root(world.disk, folder / "trust", enrolled->root, root_of_token(settings.token));
      !trusted) {
    return failed(trusted.error());
  }
  if (auto skipped = identity->skip_counter(enrolled->counter); !skipped) return failed(skipped.error());
  if (auto kept = identity->enrol(enrolled->enrolment); !kept) return failed(kept.error());
  world.log.info(
      cat("hub: this station is '", enrolled->enrolment.device, "' of '", enrolled->enrolment.hub, "'"));
  failures = 0;
  return {};
}

std::string Agent::State::report_text(uint64_t heard) {
  const std::lock_guard lock(mutex);
  news = false;
  const auto time = std::chrono::duration_cast<milliseconds>(world.clock.wall().time_since_epoch()).count();
  return json::print(sync_json({identity->instance(), heard, hardware, world.software, time, units, attacks,
                                world.modules ? world.modules() : json::Value()}));
}

void Agent::State::converse(const std::stop_token& stop) {
  const auto enrolment = identity->enrolment();
  if (!enrolment) return;
  talk_interrupt.clear();  // before the report is taken: what comes later ends the wait
  if (stop.stop_requested()) return;
  const std::string body = report_text(revision);
  bool busy = false;
  {
    const std::lock_guard lock(mutex);
    for (const auto& one : units) busy = busy || one.unit.phase == Phase::downloading;
  }
  const auto until_due = std::chrono::ceil<std::chrono::seconds>(metrics.wait(world.clock.mono()));
  const auto wait = std::clamp(until_due, std::chrono::seconds(0), busy ? kBusyWait : kWait);
  const std::string path = cat("/api/v1/devices/", enrolment->device, "/sync");
  const MonoTime asked = std::chrono::steady_clock::now();
  const auto answer = hub.post(path, body, cat("?wait=", wait.count()), wait + kGrace, &talk_interrupt);
  if (!answer) {
    bool ours = false;
    {
      const std::lock_guard lock(mutex);
      ours = news;
    }
    if (ours || stop.stop_requested()) return;  // ended by something better to say
    pause_after_failure(stop, answer.error());
    return;
  }
  if (answer->status != 200) {
    refused(*answer);
    pause_after_failure(
        stop, {ErrorKind::unavailable, said_by(*answer)},
        answer->code == "cloned" ? std::optional<std::chrono::seconds>(kCloned) : answer->retry_after);
    return;
  }
  const uint64_t before = revision;
  hear(answer->body);
  send_metrics();
  // A hub that answers at once with nothing new is not asked again at once.
  const bool quick =
      std::chrono::steady_clock::now() - asked < std::min<std::chrono::seconds>(wait, kAtLeast);
  std::unique_lock lock(mutex);
  if (quick && revision == before) wake.wait_for(lock, stop, kAtLeast, [this] { return news; });
}

void Agent::State::refused(const HubAnswer& answer) {
  if (answer.status != 404 || answer.code != "unknown") return;
  if (auto gone = identity->forget(); !gone) world.log.error(gone.error().what);
}

void Agent::State::hear(const std::string& body) {
  auto desired = parse_desired(body);
  const std::lock_guard lock(mutex);
  if (!desired) {
    if (trouble != desired.error().what) world.log.error(desired.error().what);
    trouble = desired.error().what;
    return;
  }
  if (!connected) world.log.info(cat("hub: ", settings.hub, " is there"));
  connected = true;
  trouble.clear();
  failures = 0;
  attacks.clear();
  hub.set_access(desired->access);
  if (desired->report_every) metrics.set_every(*desired->report_every);
  if (desired->revision == revision && revision != 0) return;
  revision = desired->revision;
  inbox = std::move(*desired);
  work_interrupt.fire();
  wake.notify_all();
}

void Agent::State::measure() {
  const MonoTime now = world.clock.mono();
  const double seconds = metrics.seconds(now);
  metrics.keep(metrics_json(identity->instance(), seconds, host.take(),
                            world.measure ? world.measure() : std::vector<ModelMeasures>{}),
               now);
}

// As many as wait, while the hub takes them.
void Agent::State::send_metrics() {
  const auto enrolment = identity->enrolment();
  if (!enrolment) return;
  const std::string path = cat("/api/v1/devices/", enrolment->device, "/metrics");
  while (const auto body = metrics.oldest(world.clock.mono())) {
    const auto answer = hub.post(path, *body, "", kGrace, &talk_interrupt);
    if (!answer) return;
    // What the hub will never take is not kept either.
    const bool for_ever =
        answer->status >= 400 && answer->status < 500 && answer->status != 429 && answer->status != 401;
    if (answer->status != 200 && !for_ever) return;
    metrics.sent();
  }
}

}  // namespace oree::deployment
