#include "services/serving/trial/trials.h"

#include "base/background.h"
#include "base/text.h"
#include "core/monitoring/drift.h"
#include "services/serving/trial/agreement.h"
#include "services/serving/trial/golden.h"

namespace oree::serving {
namespace {

constexpr size_t kSamples = 4;             // pictures that wait for the new version
constexpr std::chrono::seconds kProof{2};  // alive that long, now that it serves
constexpr uint64_t kFewErrors = 3;         // fewer prove nothing
constexpr uint64_t kEnoughLatencies = 50;
constexpr uint64_t kEnoughConfidences = 100;

void add(Seen& seen, bool succeeded, microseconds took, std::optional<double> confidence) {
  ++seen.requests;
  if (!succeeded) {
    ++seen.errors;
    return;
  }
  seen.latency.add(static_cast<uint64_t>(std::max<int64_t>(0, took.count())));
  if (!confidence) return;
  seen.confidence.add(*confidence);
  seen.confidence_sum += *confidence;
}

double share_of_errors(const Seen& seen) {
  return seen.requests == 0 ? 0 : static_cast<double>(seen.errors) / static_cast<double>(seen.requests);
}

image::Image copy_of(const image::ImageView& view) {
  image::Image copy(view.width, view.height, view.channels);
  for (int y = 0; y < view.height; ++y)
    std::copy_n(view.row(y), static_cast<size_t>(view.width) * static_cast<size_t>(view.channels),
                copy.row(y));
  return copy;
}

}  // namespace

Trials::Trials(ModelRepository& repository, Clock& clock)
    : repository_(repository),
      clock_(clock),
      beside_([&repository](const std::filesystem::path& folder) { return repository.load_beside(folder); }) {
  repository_.set_tap(this);
  mirror_ = std::jthread([this](const std::stop_token& stop) { mirror(stop); });
}

Trials::~Trials() {
  beside_.wait();
  repository_.set_tap(nullptr);
}

Trials::Tried Trials::try_now(const std::filesystem::path& folder) {
  auto model = beside_.get(folder);
  if (!model) return {Judgement::bad("load", model.error().what), nullptr};
  if (auto golden = check_golden(**model, folder); !golden)
    return {Judgement::bad("self_test", golden.error().what), nullptr};
  return {Judgement::good(), std::move(*model)};
}

Judgement Trials::try_out(const std::string& name, const std::filesystem::path& folder) {
  const std::lock_guard lock(mutex_);
  const auto [found, is_first] = tried_.try_emplace(folder.string());
  if (is_first) {
    beside_.run([this, folder] {
      Tried tried = try_now(folder);
      const std::lock_guard guard(mutex_);
      if (const auto asked = tried_.find(folder.string()); asked != tried_.end())
        asked->second = std::move(tried);
    });
    return {};
  }
  if (found->second.judgement.kind == Judgement::Kind::undecided) return {};
  Tried tried = std::move(tried_.extract(found).mapped());
  if (tried.model)
    shadows_[name] = Shadow{
        .model = std::move(tried.model), .folder = folder, .terms = {.percent = 0}, .since = clock_.mono()};
  return tried.judgement;
}

Judgement Trials::shadow(const std::string& name, const ShadowTerms& terms) {
  const std::lock_guard lock(mutex_);
  const auto found = shadows_.find(name);
  if (found == shadows_.end()) return Judgement::bad("shadow", "nothing was loaded beside");
  Shadow& shadow = found->second;
  const bool comparable =
      shadow.model->untapped != nullptr && terms.percent > 0;  // pictures alone are compared
  if (!comparable) return Judgement::good();
  if (shadow.terms.percent == 0) shadow.since = clock_.mono();
  shadow.terms = terms;
  const bool enough = shadow.seen.requests >= static_cast<uint64_t>(std::max(1, terms.requests));
  const bool may_go_on = clock_.mono() - shadow.since < terms.at_most;
  if (!enough && may_go_on) return {};
  if (shadow.seen.requests == 0) return Judgement::good();  // nobody asked anything all the time
  const Share share = judge_share(terms.agreement, shadow.agreed, shadow.seen.requests);
  if (share == Share::unclear && may_go_on) return {};  // more answers decide
  // Unclear to the end: left to the gates of the roll-out, which see every station.
  if (share != Share::refuted) return Judgement::good();
  return Judgement::bad(
      "shadow", cat("it agreed with the version that serves on ", shadow.agreed, " of ", shadow.seen.requests,
                    " pictures, ", fixed(terms.agreement * 100, 1), " % are asked for"));
}

Judgement Trials::take_over(const std::string& name, const std::filesystem::path& folder) {
  ServedPtr next;
  if (!folder.empty()) {
    auto model = beside_.get(folder);
    if (!model) return Judgement::bad("load", model.error().what);
    next = std::move(*model);
  }
  const auto before = repository_.served(name, "");
  const std::string old_version = before ? (*before)->identity.version : "";
  Serving serving{.since = clock_.mono(), .is_update = next != nullptr};
  if (next) {
    serving.version = next->identity.version;
    serving.learned = learned_confidences(folder);
  }
  ServedPtr candidate;  // let go of outside the lock
  {
    const std::lock_guard lock(mutex_);
    if (const auto now = serving_.find(name); now != serving_.end()) {
      if (next && now->second.is_update && before && *before == next)
        return Judgement::good();  // it serves already
      serving.before = std::move(now->second.seen);
    }
    if (const auto shadow = shadows_.find(name); shadow != shadows_.end()) {
      candidate = std::move(shadow->second.model);
      shadows_.erase(shadow);
    }
    serving_[name] = std::move(serving);
  }
  repository_.prefer(name, next);
  return Judgement::good();
}

Judgement Trials::prove(const std::string& name) {
  const auto model = repository_.served(name, "");
  if (!model) return Judgement::bad("load", model.error().what);
  const std::lock_guard lock(mutex_);
  const Serving& serving = serving_[name];
  if (serving.seen.errors >= kFewErrors && share_of_errors(serving.seen) > 0.5) {
    return Judgement::bad(
        "errors", cat(serving.seen.errors, " of its first ", serving.seen.requests, " answers failed"));
  }
  return clock_.mono() - serving.since >= kProof ? Judgement::good() : Judgement{};
}

Judgement Trials::watch(const std::string& name, const WatchTerms& terms) {
  const std::lock_guard lock(mutex_);
  const Serving& serving = serving_[name];
  const Seen& now = serving.seen;
  if (now.errors >= kFewErrors && share_of_errors(now) > terms.errors) {
    return Judgement::bad("errors", cat(now.errors, " of ", now.requests, " answers failed, ",
                                        fixed(terms.errors * 100, 1), " % are allowed"));
  }
  if (now.latency.count() >= kEnoughLatencies && serving.before.latency.count() >= kEnoughLatencies) {
    const auto p95 = static_cast<double>(now.latency.quantile(0.95));
    const auto old = static_cast<double>(serving.before.latency.quantile(0.95));
    if (p95 > terms.p95_ratio * old) {
      return Judgement::bad("latency",
                            cat("its 95th percentile is ", fixed(p95 / 1000, 1),
                                " ms, that of the version before was ", fixed(old / 1000, 1), " ms"));
    }
  }
  if (serving.learned && now.confidence.count() >= kEnoughConfidences) {
    const auto moved = monitoring::wasserstein(*serving.learned, now.confidence);
    if (moved && *moved > terms.drift) {
      return Judgement::bad("drift", cat("how sure it is has moved by ", fixed(*moved, 3),
                                         " from what it learned, ", fixed(terms.drift, 3), " are allowed"));
    }
  }
  return clock_.mono() - serving.since >= terms.how_long ? Judgement::good() : Judgement{};
}

void Trials::hold(const std::string& name, const std::filesystem::path& folder,
                  std::function<void(const Status&)> then) {
  beside_.run([this, name, folder, then = std::move(then)] {
    const auto model = folder.empty() ? repository_.own(name) : beside_.get(folder);
    then(model ? Status() : forward(model));
  });
}

void Trials::forget(const std::filesystem::path& folder) {
  std::vector<ServedPtr> gone;  // let go of outside the lock
  beside_.forget(folder);
  const std::lock_guard lock(mutex_);
  if (auto tried = tried_.extract(folder.string())) gone.push_back(std::move(tried.mapped().model));
  std::erase_if(shadows_, [&](auto& one) {
    if (one.second.folder != folder) return false;
    gone.push_back(std::move(one.second.model));
    return true;
  });
}

std::vector<VersionMeasures> Trials::take_measures() {
  const std::lock_guard lock(mutex_);
  std::vector<VersionMeasures> all;
  for (auto& [key, seen] : window_) {
    VersionMeasures one{.name = key.first, .version = key.second, .seen = std::move(seen)};
    const auto serving = serving_.find(key.first);
    if (serving != serving_.end() && serving->second.version == key.second)
      one.learned = serving->second.learned;
    all.push_back(std::move(one));
  }
  window_.clear();
  for (auto& [name, shadow] : shadows_) {
    if (shadow.terms.percent == 0) continue;
    VersionMeasures one{.name = name, .version = shadow.model->identity.version, .trying = true};
    one.shadowed = shadow.seen.requests - std::exchange(shadow.told, shadow.seen.requests);
    one.agreed = shadow.agreed - std::exchange(shadow.told_agreed, shadow.agreed);
    all.push_back(std::move(one));
  }
  return all;
}

void Trials::note(const inference::Identity& model, bool succeeded, microseconds took,
                  std::optional<double> confidence) {
  add(window_[{model.name, model.version}], succeeded, took, confidence);
  Serving& serving = serving_[model.name];
  if (serving.is_update && serving.version != model.version) return;  // one that was pinned, or finished late
  add(serving.seen, succeeded, took, confidence);
}

void Trials::predicted(const inference::Identity& model, const image::ImageView& picture,
                       const Result<inference::Prediction>& prediction, microseconds took) {
  const auto confidence = prediction ? confidence_of(*prediction) : std::nullopt;
  {
    const std::lock_guard lock(mutex_);
    note(model, prediction.has_value(), took, confidence);
    const auto found = shadows_.find(model.name);
    if (found == shadows_.end() || !prediction || samples_.size() >= kSamples) return;
    Shadow& shadow = found->second;
    // Every so many, evenly: the n-th request is one when the share of n passes a whole number.
    const double share = shadow.terms.percent / 100;
    const auto n = static_cast<double>(++shadow.offered);
    if (static_cast<uint64_t>(n * share) == static_cast<uint64_t>((n - 1) * share)) return;
  }
  Sample sample{model.name, copy_of(picture), *prediction};
  const std::lock_guard lock(mutex_);
  samples_.push_back(std::move(sample));
  wake_.notify_one();
}

void Trials::ran(const inference::Identity& model, bool succeeded, microseconds took) {
  const std::lock_guard lock(mutex_);
  note(model, succeeded, took, std::nullopt);
}

void Trials::mirror(const std::stop_token& stop) {
  stay_in_background();
  while (true) {
    Sample sample;
    ServedPtr model;
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return !samples_.empty(); })) return;
      sample = std::move(samples_.front());
      samples_.pop_front();
      const auto found = shadows_.find(sample.name);
      if (found == shadows_.end()) continue;
      model = found->second.model;
    }
    inference::PredictTimings timings;
    const auto answer = model->untapped->predict(sample.picture.view(), &timings);
    const std::lock_guard lock(mutex_);
    const auto found = shadows_.find(sample.name);
    if (found == shadows_.end() || found->second.model != model) continue;
    add(found->second.seen, answer.has_value(), timings.tensor + timings.infer + timings.decode,
        answer ? confidence_of(*answer) : std::nullopt);
    if (answer && agree(sample.live, *answer)) ++found->second.agreed;
  }
}

}  // namespace oree::serving
