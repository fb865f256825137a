#include "services/inspection/inspector.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::inspection {
namespace {

microseconds since(MonoTime start, const Clock& clock) {
  return std::chrono::duration_cast<microseconds>(clock.mono() - start);
}

Reason reason_of(std::string code, const Error& error) {
  return {std::move(code), error.what, {}};
}

}  // namespace

// Everything one inspection shares with the lanes. A lane that comes too late finds `abandoned` and leaves.
struct Inspector::Gathering {
  struct Slot {
    bool captured = false;
    bool abandoned = false;
    bool done = false;
    CameraOutcome outcome;
    std::vector<StepOutcome> steps;
    std::optional<Error> refused;  // the store said no
  };
  bool judge = true;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Slot> slots;  // as plan.cameras
};

struct Inspector::CameraState {
  mutable std::mutex mutex;
  CameraStatus status;
  monitoring::Counter* failures = nullptr;
};

Inspector::Inspector(Plan plan, std::string config, json::Value cameras_metadata, InspectorWorld world)
    : plan_(std::move(plan)),
      config_(std::move(config)),
      cameras_metadata_(std::move(cameras_metadata)),
      world_(std::move(world)) {}

Inspector::~Inspector() = default;

Result<std::unique_ptr<Inspector>> Inspector::create(Plan plan, std::string config,
                                                     json::Value cameras_metadata, InspectorWorld world) {
  std::unique_ptr<Inspector> self(
      new Inspector(std::move(plan), std::move(config), std::move(cameras_metadata), std::move(world)));
  for (const auto& camera : self->plan_.cameras) {
    auto opened = open_camera(camera, self->world_.limits.max_bytes, self->world_.clock);
    if (!opened) return forward(opened);
    self->lanes_.push_back(*opened ? std::make_unique<Lane>(std::move(*opened)) : nullptr);
    auto state = std::make_unique<CameraState>();
    state->status = {camera.name, camera.kind, "waiting", "", std::nullopt, 0, 0, camera.deadline};
    state->failures = &self->world_.metrics.counter("oree_camera_failures_total",
                                                    "Captures that gave no usable picture in time.",
                                                    {{"camera", camera.name}});
    self->states_.push_back(std::move(state));
  }
  return self;
}

Result<Item> Inspector::inspect(Trigger trigger, Pushed pushed) {
  const MonoTime started = world_.clock.mono();
  Item item = new_item(std::move(trigger));
  auto gathering = gather(std::move(pushed), true);

  std::vector<Decision> decisions;
  for (auto& slot : gathering->slots) {
    if (slot.refused) return std::unexpected(*slot.refused);
    if (item.truth.empty()) item.truth = slot.outcome.truth;
    item.cameras.push_back(std::move(slot.outcome));
  }
  // Steps in the plan's order, whatever camera they belong to.
  for (const auto& step : plan_.steps) {
    for (auto& slot : gathering->slots) {
      const auto at =
          std::ranges::find(slot.steps, step.name, [](const StepOutcome& s) { return s.plan.name; });
      if (at == slot.steps.end()) continue;
      if (step.rule) decisions.push_back(at->verdict.decision);
      item.steps.push_back(std::move(*at));
      break;
    }
  }
  item.item_rule = plan_.item_rule;
  item.verdict = judge(plan_.item_rule, decisions);
  return store(std::move(item), started);
}

Result<Item> Inspector::collect(Trigger trigger, std::string class_name, Pushed pushed) {
  const MonoTime started = world_.clock.mono();
  Item item = new_item(std::move(trigger));
  item.class_name = std::move(class_name);
  item.verdict = {Decision::no_decision, {"collected", "collected without judgement", {}}};
  auto gathering = gather(std::move(pushed), false);
  for (auto& slot : gathering->slots) {
    if (slot.refused) return std::unexpected(*slot.refused);
    item.cameras.push_back(std::move(slot.outcome));
  }
  return store(std::move(item), started);
}

// Starts every camera at once, then waits for each: first for its picture until its deadline, then for its
// steps.
std::shared_ptr<Inspector::Gathering> Inspector::gather(Pushed pushed, bool judge) {
  auto gathering = std::make_shared<Gathering>();
  gathering->judge = judge;
  gathering->slots.resize(plan_.cameras.size());
  const MonoTime started = world_.clock.mono();
  for (size_t i = 0; i < lanes_.size(); ++i) {
    gathering->slots[i].outcome.camera = plan_.cameras[i].name;
    if (lanes_[i] == nullptr || pushed.contains(plan_.cameras[i].name)) continue;
    const MonoTime deadline = started + plan_.cameras[i].deadline;
    lanes_[i]->submit([this, gathering, i, deadline, started](Camera& camera) {
      {
        const std::lock_guard lock(gathering->mutex);
        if (gathering->slots[i].abandoned) return;
      }
      auto frame = camera.capture(deadline);
      {
        const std::lock_guard lock(gathering->mutex);
        if (gathering->slots[i].abandoned) return;
        gathering->slots[i].captured = true;
      }
      process(*gathering, i, std::move(frame), since(started, world_.clock));
      {
        const std::lock_guard lock(gathering->mutex);
        gathering->slots[i].done = true;
      }
      gathering->changed.notify_all();
    });
  }
  for (size_t i = 0; i < lanes_.size(); ++i) {
    const auto& plan = plan_.cameras[i];
    const auto given = pushed.find(plan.name);
    if (given != pushed.end()) {
      process(*gathering, i, std::move(given->second), microseconds(0));
    } else if (lanes_[i] == nullptr && is_looked_through(plan.name)) {
      process(*gathering, i,
              fail(ErrorKind::not_found, cat("no picture was sent for camera '", plan.name, "'")),
              microseconds(0));
    }
  }
  for (size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i] == nullptr || pushed.contains(plan_.cameras[i].name)) continue;
    await(*gathering, i, started + plan_.cameras[i].deadline);
  }
  return gathering;
}

bool Inspector::is_looked_through(const std::string& camera) const {
  return std::ranges::find(plan_.steps, camera, &StepPlan::camera) != plan_.steps.end();
}

void Inspector::await(Gathering& gathering, size_t camera, MonoTime deadline) const {
  std::unique_lock lock(gathering.mutex);
  auto& slot = gathering.slots[camera];
  gathering.changed.wait_until(lock, deadline, [&slot] { return slot.done; });
  if (slot.captured) {
    gathering.changed.wait(lock, [&slot] { return slot.done; });
    return;
  }
  slot.abandoned = true;
  lock.unlock();
  const auto& plan = plan_.cameras[camera];
  slot.outcome.capture = plan.deadline;
  slot.outcome.failure = {
      "camera_late",
      cat("camera '", plan.name, "' gave no picture within ", duration_text(plan.deadline)),
      {{"camera", plan.name}, {"deadline_ms", static_cast<double>(plan.deadline.count())}}};
  if (gathering.judge) judge_nothing(gathering, camera);
  note_camera(camera, slot.outcome.failure);
}

// From encoded picture to judged steps, on whichever thread has the picture; the store takes it in meanwhile.
void Inspector::process(Gathering& gathering, size_t camera, Result<Frame> frame,
                        microseconds capture) const {
  auto& slot = gathering.slots[camera];
  auto& outcome = slot.outcome;
  outcome.capture = capture;
  if (!frame) {
    outcome.failure = reason_of("camera_failed", frame.error());
    note_camera(camera, outcome.failure);
    if (gathering.judge) judge_nothing(gathering, camera);
    return;
  }
  outcome.truth = frame->truth;
  auto kept = world_.store.hand_in(frame->bytes);
  auto& picture = outcome.picture.emplace();
  picture.bytes = frame->bytes->size();
  picture.source = frame->source;
  picture.captured = world_.clock.wall();
  const auto info = image::probe(*frame->bytes);
  picture.media_type = info ? image::media_type(info->format) : "application/octet-stream";
  const MonoTime decoding = world_.clock.mono();
  auto decoded = image::decode(*frame->bytes, world_.limits);
  outcome.decode = since(decoding, world_.clock);
  if (decoded) {
    picture.width = decoded->width();
    picture.height = decoded->height();
  } else {
    outcome.failure = reason_of("image_invalid", decoded.error());
  }
  note_camera(camera, outcome.failure);
  if (gathering.judge && decoded) judge_steps(gathering, camera, *decoded);
  if (gathering.judge && !decoded) judge_nothing(gathering, camera);
  const MonoTime storing = world_.clock.mono();
  const auto digest = kept.get();
  if (!digest) {
    slot.refused = digest.error();
    return;
  }
  picture.sha256 = digest->hex();
  picture.path = world_.store.blob_path(*digest).string();
  outcome.store = since(storing, world_.clock);
}

// The camera gave no picture: its steps say why.
void Inspector::judge_nothing(Gathering& gathering, size_t camera) const {
  auto& slot = gathering.slots[camera];
  for (const auto& step : plan_.steps) {
    if (step.camera != slot.outcome.camera) continue;
    slot.steps.push_back({step,
                          {step.model, step.version, ""},
                          std::nullopt,
                          {Decision::no_decision, slot.outcome.failure},
                          {},
                          {}});
  }
}

void Inspector::judge_steps(Gathering& gathering, size_t camera, const image::Image& picture) const {
  auto& slot = gathering.slots[camera];
  for (const auto& step : plan_.steps) {
    if (step.camera != slot.outcome.camera) continue;
    StepOutcome outcome{step, {step.model, step.version, ""}, std::nullopt, {}, {}, {}};
    auto model = world_.models.find(step.model, step.version);
    if (!model) {
      outcome.verdict = {Decision::no_decision, reason_of("model_failed", model.error())};
      slot.steps.push_back(std::move(outcome));
      continue;
    }
    outcome.model = (*model)->identity();
    auto prediction = (*model)->predict(picture.view(), &outcome.timings);
    const MonoTime ruling = world_.clock.mono();
    if (!prediction) {
      outcome.verdict = {Decision::no_decision, reason_of("model_failed", prediction.error())};
    } else if (step.rule) {
      outcome.verdict = judge(*step.rule, *prediction);
      outcome.prediction = std::move(*prediction);
    } else {
      outcome.verdict = {Decision::no_decision, {"no_rule", "this step only predicts", {}}};
      outcome.prediction = std::move(*prediction);
    }
    outcome.rule = since(ruling, world_.clock);
    slot.steps.push_back(std::move(outcome));
  }
}

Item Inspector::new_item(Trigger trigger) const {
  Item item;
  item.created = world_.clock.wall();
  item.id =
      crypto::new_uuid(std::chrono::duration_cast<milliseconds>(item.created.time_since_epoch()).count());
  item.station = plan_.station;
  item.config = config_;
  item.trigger = std::move(trigger);
  item.cameras_metadata = cameras_metadata_;
  return item;
}

Result<Item> Inspector::store(Item item, MonoTime started) const {
  storage::Record record;
  record.id = item.id;
  record.time = item.created;
  record.attributes = item_attributes(item);
  for (const auto& camera : item.cameras) {
    if (!camera.picture) continue;
    const auto digest = crypto::parse_digest(camera.picture->sha256);
    if (digest) record.blobs.push_back(*digest);
  }
  item.total = since(started, world_.clock);
  record.body = json::print(item_json(item));
  item.json = record.body;
  if (auto status = world_.store.commit(std::move(record)); !status) return forward(status);
  item.total = since(started, world_.clock);
  if (world_.on_item) world_.on_item(item);
  return item;
}

void Inspector::note_camera(size_t camera, const Reason& failure) const {
  auto& state = *states_[camera];
  const std::lock_guard lock(state.mutex);
  if (failure.code.empty()) {
    state.status.state = "ok";
    state.status.last_error.clear();
    state.status.last_seen = world_.clock.wall();
    ++state.status.frames;
    return;
  }
  state.status.state = failure.code == "camera_late" ? "late" : "failed";
  state.status.last_error = failure.sentence;
  ++state.status.failures;
  state.failures->add();
}

std::vector<CameraStatus> Inspector::cameras() const {
  std::vector<CameraStatus> out;
  for (const auto& state : states_) {
    const std::lock_guard lock(state->mutex);
    out.push_back(state->status);
  }
  return out;
}

}  // namespace oree::inspection
