// The worker's half of an Agent: takes up what was heard, and brings it about.
#include <algorithm>

#include "base/background.h"
#include "base/text.h"
#include "services/deployment/agent/agent_state.h"

namespace oree::deployment {
namespace {

constexpr size_t kMaxAttacks = 16;
constexpr uint64_t kMaxBundle = 16 << 20;
constexpr std::string_view kSignatureFile = "model.sig";
constexpr std::chrono::seconds kRetry{5};  // of taking up what could not be made durable

}  // namespace

void Agent::State::work(const std::stop_token& stop) {
  stay_in_background();
  while (!stop.stop_requested()) {
    std::optional<Desired> heard;
    {
      const std::lock_guard lock(mutex);
      work_interrupt.clear();  // with the inbox: what comes later ends the next fetch
      heard.swap(inbox);
    }
    if (stop.stop_requested()) return;
    std::optional<milliseconds> next;
    const bool taken = !heard || take_up(*heard);
    if (taken) next = installer.advance();
    publish();
    std::unique_lock lock(mutex);
    if (!taken && !inbox) inbox = std::move(heard);
    if (!taken) next = kRetry;
    const auto something = [&] { return taken && inbox.has_value(); };
    if (next) {
      wake.wait_for(lock, stop, *next, something);
    } else {
      wake.wait(lock, stop, something);
    }
  }
}

// False when it could not be made durable: tried again.
bool Agent::State::take_up(const Desired& desired) {
  const auto kept = [&](const Status& status) {
    if (!status) world.log.error(cat("what the hub asks for cannot be kept: ", status.error().what));
    return status.has_value();
  };
  bool all_noted = true;
  for (const auto& digest : desired.bad) all_noted = kept(installer.condemn(digest)) && all_noted;
  if (!all_noted) return false;
  const auto is_bad = [&](const Wish& wish) {
    return std::ranges::find(desired.bad, wish.package.digest) != desired.bad.end();
  };
  for (const auto& [name, wish] : desired.models) {
    if (!is_bad(wish) && !kept(installer.wish(UnitKind::model, name, wish))) return false;
  }
  for (const auto& [kind, wish] : {std::pair(UnitKind::configuration, &desired.configuration),
                                   std::pair(UnitKind::deployment, &desired.deployment)}) {
    if (*wish && !is_bad(**wish) && !kept(installer.wish(kind, "", **wish))) return false;
  }
  return true;
}

std::vector<UnitReport> Agent::State::look() const {
  std::vector<UnitReport> reports;
  for (const Unit& unit : installer.units()) {
    UnitReport report{.unit = unit};
    if (const Refusal* why = installer.hindrance(unit.kind, unit.name)) report.hindrance = *why;
    const auto received = installer.received(unit.kind, unit.name);
    report.received = received.bytes;
    report.of = received.of;
    report.attempt = installer.attempt(unit.kind, unit.name);
    reports.push_back(std::move(report));
  }
  return reports;
}

void Agent::State::publish() {
  auto now = look();
  const std::lock_guard lock(mutex);
  const auto says_the_same = [](const UnitReport& a, const UnitReport& b) {
    return a.unit == b.unit && a.hindrance == b.hindrance;
  };
  const bool same = std::ranges::equal(now, units, says_the_same);
  units = std::move(now);
  if (same) return;
  news = true;
  talk_interrupt.fire();
}

void Agent::State::publish_progress() {
  auto now = look();
  const std::lock_guard lock(mutex);
  units = std::move(now);
}

void Agent::State::note_attack(const Error& error) {
  auto attack = attack_in(error);
  if (!attack) return;
  world.log.warning(cat("what the hub offers looks like an attack (", attack->code, "): ", attack->message));
  const std::lock_guard lock(mutex);
  if (std::ranges::find(attacks, *attack) != attacks.end() || attacks.size() >= kMaxAttacks) return;
  attacks.push_back(std::move(*attack));
}

Status Agent::State::check_signature(const Candidate& candidate) const {
  if (!signers) return {};
  const auto bundle = world.disk.read(candidate.folder / kSignatureFile, kMaxBundle);
  if (!bundle)
    return fail(ErrorKind::denied, cat("the model is not signed: its package has no ", kSignatureFile));
  signature::VerifyOptions options;
  options.unsigned_paths = {std::string(kSignatureFile)};
  const auto verified = signature::verify(candidate.folder, as_text(*bundle), *signers, options);
  return verified ? Status() : forward(verified);
}

}  // namespace oree::deployment
