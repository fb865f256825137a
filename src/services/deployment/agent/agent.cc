#include "services/deployment/agent/agent.h"

#include <array>
#include <fstream>

#include "base/text.h"
#include "services/deployment/agent/agent_state.h"

namespace oree::deployment {
namespace {

constexpr uint64_t kMaxPem = 1 << 20;

double chance() {
  std::array<std::byte, 4> random;
  crypto::random_bytes(random);
  uint32_t value = 0;
  for (const std::byte b : random) value = value << 8 | static_cast<uint32_t>(b);
  return static_cast<double>(value) / 4294967296.0;
}

Result<std::optional<signature::Trust>> load_signers(const FleetSettings& settings, files::Disk& disk) {
  if (settings.model_keys.empty()) return std::nullopt;
  const auto bytes = disk.read(settings.model_keys, kMaxPem);
  if (!bytes) return forward(bytes, "fleet: model_keys");
  auto trust = signature::parse_trust(as_text(*bytes));
  if (!trust) return forward(trust, settings.model_keys.string());
  return std::move(*trust);
}

}  // namespace

std::string boot_word() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string word;
  file >> word;
  return word;
}

Agent::State::State(FleetSettings s, files::Path f, AgentWorld w, std::unique_ptr<Identity> i,
                    SlotStore slots)
    : settings(std::move(s)),
      folder(std::move(f)),
      world(std::move(w)),
      hardware(settings.hardware.empty() ? hardware_class() : settings.hardware),
      identity(std::move(i)),
      store(std::move(slots)),
      hub(settings, *identity),
      source({.hub = hub,
              .disk = world.disk,
              .clock = world.clock,
              .trust = folder / "trust",
              .interrupt = work_interrupt,
              .refused = [this](const Error& error) { note_attack(error); },
              .denied =
                  [this] {
                    const std::lock_guard lock(mutex);
                    news = true;  // worth a call: its answer brings a new token
                    talk_interrupt.fire();
                  }}),
      installer(
          {.store = store,
           .workplace = world.workplace,
           .source = source,
           .clock = world.clock,
           .log = world.log,
           .boot = world.boot,
           .hardware = hardware,
           .keep_free = settings.keep_free,
           .hold_always = settings.hold_always,
           .chance = chance,
           .changed = [this] { publish(); },
           .progress = [this] { publish_progress(); },
           .check_signature = [this](const Candidate& candidate) { return check_signature(candidate); }}),
      metrics(world.clock.mono(), settings.report_every) {}

Agent::Agent(std::unique_ptr<State> state) : state_(std::move(state)) {}

Agent::~Agent() {
  stop();
}

Result<std::unique_ptr<Agent>> Agent::open(FleetSettings settings, files::Path folder, AgentWorld world) {
  auto signers = load_signers(settings, world.disk);
  if (!signers) return forward(signers);
  auto identity = Identity::open(folder / "identity", world.disk);
  if (!identity) return forward(identity);
  auto store = SlotStore::open(folder, world.disk, world.log, world.floor);
  if (!store) return forward(store);
  auto state = std::make_unique<State>(std::move(settings), std::move(folder), std::move(world),
                                       std::move(*identity), std::move(*store));
  state->signers = std::move(*signers);
  state->installer.start();
  state->publish();
  return std::unique_ptr<Agent>(new Agent(std::move(state)));
}

void Agent::start() {
  state_->worker = std::jthread([this](const std::stop_token& stop) { state_->work(stop); });
  state_->talker = std::jthread([this](const std::stop_token& stop) { state_->talk(stop); });
}

void Agent::stop() {
  state_->talker.request_stop();
  state_->worker.request_stop();
  state_->talk_interrupt.fire();
  state_->work_interrupt.fire();
  if (state_->talker.joinable()) state_->talker.join();
  if (state_->worker.joinable()) state_->worker.join();
}

void Agent::tell() {
  const std::lock_guard lock(state_->mutex);
  state_->news = true;
  state_->talk_interrupt.fire();
}

Agent::Standing Agent::standing() const {
  const auto enrolment = state_->identity->enrolment();
  const std::lock_guard lock(state_->mutex);
  return {state_->settings.hub, enrolment ? enrolment->device : "", state_->connected, state_->trouble,
          state_->units};
}

json::Value to_json(const Agent::Standing& standing) {
  json::Array units;
  for (const auto& report : standing.units) {
    json::Value unit = unit_json(report);
    unit.set("kind", kind_name(report.unit.kind));
    unit.set("phase", phase_name(report.unit.phase));
    units.push_back(std::move(unit));
  }
  return json::Object{{"hub", standing.hub},
                      {"device", standing.device},
                      {"connected", standing.connected},
                      {"trouble", standing.trouble},
                      {"units", std::move(units)}};
}

}  // namespace oree::deployment
