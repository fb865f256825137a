#include "services/serving/scheduler/ensemble/ensemble_model.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace oree::serving {

using inference::Call;
using inference::CallInput;
using inference::CallOutput;
using inference::FailureReason;
using inference::Served;
using inference::Wait;

namespace {

constexpr size_t kMostRunning = 10'000;

struct Tensor {
  tensor::DType dtype = tensor::DType::f32;
  std::span<const int64_t> shape;
  ByteView data;
};

}  // namespace

// One call of the ensemble on its way. Lives until its last step has answered; reused.
class EnsembleModel::Run {
 public:
  explicit Run(EnsembleModel& model) : model_(model) {
    for (size_t i = 0; i < model.plan_.steps.size(); ++i) {
      steps_.push_back(std::make_unique<StepCall>());
      steps_.back()->run = this;
      steps_.back()->at = i;
    }
    tensors_.resize(model.plan_.tensors.size());
    missing_.resize(steps_.size());
  }

  void begin(Call& call, std::shared_ptr<EnsembleModel> keep) {
    keep_ = std::move(keep);
    call_ = &call;
    failure_ = Status{};
    std::ranges::fill(tensors_, Tensor{});
    for (const CallInput& input : call.inputs) {
      const auto port = std::ranges::find(model_.parts_.description.inputs, input.name,
                                          [](const auto& each) { return each.spec.name; });
      tensors_[static_cast<size_t>(port - model_.parts_.description.inputs.begin())] = {
          input.dtype, input.shape, input.data};
    }
    open_ = 1;  // this function itself
    for (size_t i = 0; i < steps_.size(); ++i) {
      missing_[i] = 0;
      for (const size_t tensor : model_.plan_.steps[i].waits_for)
        missing_[i] += tensor >= model_.parts_.description.inputs.size() ? 1 : 0;
    }
    // Steps of inputs only; the others are started by those they wait for. A step is not looked at again once
    // it was started: what it waits for is counted down under the lock.
    ready_.clear();
    for (size_t i = 0; i < steps_.size(); ++i) {
      if (missing_[i] == 0) ready_.push_back(i);
    }
    {
      const std::lock_guard lock(mutex_);
      open_ += ready_.size();
    }
    for (const size_t i : ready_) launch(i, how_to_wait());
    close_one();
  }

  Call& call() { return *call_; }
  const Status& failure() const { return failure_; }

  // Hands the tensors out; the steps' calls keep their memory until `outputs` is dropped.
  Status deliver() {
    for (CallOutput& wanted : call_->outputs) {
      const size_t number = model_.plan_.outputs[wanted.index];
      const Tensor& made = tensors_[number];
      wanted.tensor.dtype = made.dtype;
      wanted.tensor.shape.assign(made.shape.begin(), made.shape.end());
      wanted.tensor.data = made.data;
      wanted.tensor.keep = keeper_of(number);
      if (wanted.preset.empty()) continue;
      if (wanted.preset.size() < made.data.size()) {
        return fail(ErrorKind::invalid,
                    cat("shared memory size specified with the request for output '", wanted.name, "' (",
                        wanted.preset.size(), " bytes) should be at least ", made.data.size(),
                        " bytes to hold the results"));
      }
      if (wanted.preset.data() != made.data.data()) std::ranges::copy(made.data, wanted.preset.begin());
      wanted.tensor.data = wanted.preset.first(made.data.size());
      wanted.tensor.keep = nullptr;
    }
    return {};
  }

  std::shared_ptr<EnsembleModel> end() {
    for (const auto& step : steps_) {
      step->clear();
      step->model.reset();
    }
    return std::move(keep_);
  }

 private:
  // One step's call; as a job, it waits on a worker for a model that has to be loaded first.
  struct StepCall final : Call, Job {
    void work() override { run->launch(at, Wait::yes); }
    bool wanted() const override { return run->call_->wanted(); }
    void finished(Status status) override { run->step_finished(at, std::move(status)); }
    Run* run = nullptr;
    size_t at = 0;
    std::shared_ptr<Served> model;
  };

  Wait how_to_wait() const { return call_->may_run_here ? Wait::no : Wait::yes; }

  void launch(size_t at, Wait wait) {
    StepCall& step = *steps_[at];
    const EnsemblePlan::Step& plan = model_.plan_.steps[at];
    Result<std::shared_ptr<Served>> found = model_.around_.service->find(plan.model, plan.version, wait);
    if (!found && found.error().kind == ErrorKind::busy && wait == Wait::no)
      return model_.around_.workers.post(std::shared_ptr<Job>(keep_, &step));
    if (!found) return step_finished(at, forward(found));
    step.model = std::move(*found);
    step.id = call_->id;
    step.may_run_here = call_->may_run_here;
    step.priority = call_->priority;
    step.timeout = call_->timeout;
    step.sequence = call_->sequence;
    for (const auto& binding : plan.inputs) {
      const Tensor& tensor = tensors_[binding.tensor];
      if (tensor.data.data() == nullptr && tensor.shape.empty()) continue;  // an optional one
      step.inputs.push_back({binding.port, tensor.dtype, tensor.shape, tensor.data});
    }
    for (const auto& binding : plan.outputs) {
      CallOutput& output = step.add_output();
      output.name = binding.port;
      output.preset = preset_of(binding.tensor);
    }
    step.model->start(step);
  }

  // The client's memory, where a step makes what the client asked for.
  std::span<std::byte> preset_of(size_t number) const {
    for (const CallOutput& wanted : call_->outputs) {
      if (model_.plan_.outputs[wanted.index] == number) return wanted.preset;
    }
    return {};
  }

  std::shared_ptr<void> keeper_of(size_t number) const {
    for (size_t i = 0; i < steps_.size(); ++i) {
      const auto& outputs = model_.plan_.steps[i].outputs;
      for (size_t j = 0; j < outputs.size(); ++j) {
        if (outputs[j].tensor == number) return steps_[i]->outputs[j].tensor.keep;
      }
    }
    return nullptr;
  }

  void step_finished(size_t at, Status status) {
    uint64_t ready = 0;  // how many; which, in a fixed array on the stack
    std::array<uint16_t, EnsemblePlan::kMostSteps> next{};
    {
      const std::lock_guard lock(mutex_);
      if (!status && failure_) {
        failure_ = fail(status.error().kind,
                        cat("in ensemble '", model_.description().name, "', ", status.error().what));
      }
      if (failure_) {
        const auto& outputs = model_.plan_.steps[at].outputs;
        for (size_t j = 0; j < outputs.size(); ++j) {
          const inference::Output& made = steps_[at]->outputs[j].tensor;
          tensors_[outputs[j].tensor] = {made.dtype, made.shape, made.data};
          for (const size_t reader : model_.plan_.readers[outputs[j].tensor]) {
            if (--missing_[reader] == 0) next[ready++] = static_cast<uint16_t>(reader);
          }
        }
      }
      open_ += ready;
    }
    for (uint64_t i = 0; i < ready; ++i) launch(next[i], how_to_wait());
    close_one();
  }

  void close_one() {
    {
      const std::lock_guard lock(mutex_);
      if (--open_ > 0) return;
    }
    EnsembleModel& model = model_;
    model.finish(std::unique_ptr<Run>(this));
  }

  EnsembleModel& model_;
  std::shared_ptr<EnsembleModel> keep_;
  Call* call_ = nullptr;
  std::vector<std::unique_ptr<StepCall>> steps_;
  std::vector<size_t> ready_;

  std::mutex mutex_;  // of all below
  std::vector<Tensor> tensors_;
  std::vector<size_t> missing_;  // per step: tensors that are not there yet
  size_t open_ = 0;              // steps that run
  Status failure_;
};

Result<std::shared_ptr<Scheduled>> EnsembleModel::create(ScheduledParts parts,
                                                         const Surroundings& surroundings) {
  if (surroundings.service == nullptr) {
    return fail(ErrorKind::bug, cat("ensemble '", parts.description.name, "': nobody to find its steps"));
  }
  const auto describe = [&](const std::string& model,
                            const std::string& version) -> Result<inference::Description> {
    Result<std::shared_ptr<Served>> found = surroundings.service->find(model, version, Wait::yes);
    if (!found) return forward(found);
    return (*found)->description();
  };
  Result<EnsemblePlan> plan = EnsemblePlan::create(parts.description, *parts.settings.ensemble, describe);
  if (!plan) return forward(plan);
  return std::shared_ptr<Scheduled>(new EnsembleModel(std::move(parts), std::move(*plan), surroundings));
}

EnsembleModel::EnsembleModel(ScheduledParts parts, EnsemblePlan plan, const Surroundings& surroundings)
    : parts_(std::move(parts)),
      plan_(std::move(plan)),
      around_(surroundings),
      most_(parts_.settings.ensemble->max_inflight_requests == 0
                ? kMostRunning
                : parts_.settings.ensemble->max_inflight_requests) {}

EnsembleModel::~EnsembleModel() = default;

bool EnsembleModel::quick() const {
  return std::ranges::all_of(plan_.steps, [&](const EnsemblePlan::Step& step) {
    const auto found = around_.service->find(step.model, step.version, Wait::no);
    return found && (*found)->quick();
  });
}

std::unique_ptr<EnsembleModel::Run> EnsembleModel::take_run() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Run>(*this);
  std::unique_ptr<Run> run = std::move(idle_.back());
  idle_.pop_back();
  return run;
}

Status EnsembleModel::admit() {
  const std::lock_guard lock(mutex_);
  if (stopped_) {
    return fail(ErrorKind::unavailable,
                cat("Request for unknown model: '", parts_.description.name, "' is not at ready state"));
  }
  if (running_ >= most_) return std::unexpected(full_error());
  ++running_;
  return {};
}

void EnsembleModel::start(Call& call) {
  call.times.queued = around_.clock.mono();
  if (Status fits = inference::check_call(parts_.description, call); !fits)
    return refuse(call, std::move(fits.error()), FailureReason::other);
  if (Status admitted = admit(); !admitted)
    return refuse(call, std::move(admitted.error()), FailureReason::rejected);
  call.times.compute_start = call.times.infer_start = around_.clock.mono();
  take_run().release()->begin(call, shared_from_this());
}

void EnsembleModel::refuse(Call& call, Error error, FailureReason reason) {
  {
    const std::lock_guard lock(mutex_);
    recorder_.failed(call, reason, around_.clock.mono());
  }
  call.finished(std::unexpected(std::move(error)));
}

void EnsembleModel::finish(std::unique_ptr<Run> run) {
  Call& call = run->call();
  Status status = run->failure();
  call.times.infer_end = around_.clock.mono();
  if (status) status = run->deliver();
  call.times.compute_end = around_.clock.mono();
  const std::shared_ptr<EnsembleModel> keep = run->end();
  {
    const std::lock_guard lock(mutex_);
    --running_;
    idle_.push_back(std::move(run));
    if (status) {
      Waiting waiting{.call = &call};
      if (parts_.description.max_batch_size > 0 && !call.inputs.empty())
        waiting.rows = static_cast<uint64_t>(call.inputs[0].shape[0]);
      recorder_.ran({&waiting, 1}, waiting.rows, around_.clock.wall());
      record_latencies(call.times);
    } else {
      recorder_.failed(call, FailureReason::backend, call.times.compute_end);
    }
  }
  call.finished(std::move(status));
}

void EnsembleModel::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
}

inference::ModelStatistics EnsembleModel::statistics() const {
  const std::lock_guard lock(mutex_);
  inference::ModelStatistics statistics = recorder_.statistics();
  statistics.name = parts_.description.name;
  statistics.version = parts_.description.version;
  statistics.pending = running_;
  statistics.load_seconds = parts_.load_seconds;
  fill_latencies(statistics);
  return statistics;
}

}  // namespace oree::serving
