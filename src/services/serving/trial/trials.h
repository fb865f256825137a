// A new version of a model beside the old one: loaded, tried on its golden inputs, shadowing real requests,
// then serving in its place, measured; and back.
//
//   trials.try_out("ducks", folder)         polled: loads it; golden inputs
//   trials.shadow("ducks", plan)            polled: a sample of pictures is answered by both
//   trials.take_over("ducks", folder)       one pointer; requests under way finish on the old one
//   trials.watch("ducks", plan)             polled: errors, 95th percentile, drift, against before
//
// The sample costs whoever asked a copy of the picture, never a wait: a queue of a few pictures, and what
// does not fit is not sampled. The new version's answers are compared and thrown away. What loads beside what
// serves does so on a thread of its own, so that nobody who takes something back waits for it. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/monitoring/sketch.h"
#include "services/serving/repository/model_repository.h"
#include "services/serving/trial/beside.h"

namespace oree::serving {

// How a trial stands: undecided, good, or bad with a code of docs/formats/fleet.md.
struct Judgement {
  enum class Kind { undecided, good, bad };
  Kind kind = Kind::undecided;
  std::string code, message;
  static Judgement good() { return {Kind::good, "", ""}; }
  static Judgement bad(std::string code, std::string message) {
    return {Kind::bad, std::move(code), std::move(message)};
  }
};

struct ShadowTerms {
  double percent = 10;
  int requests = 50;
  std::chrono::seconds at_most{600};
  double agreement = 0.95;
};

struct WatchTerms {
  std::chrono::seconds how_long{600};
  double errors = 0.02;
  double p95_ratio = 1.5;
  double drift = 0.15;
};

// What was seen of one version.
struct Seen {
  uint64_t requests = 0, errors = 0;
  double confidence_sum = 0;
  monitoring::LatencySketch latency;
  monitoring::BinSketch confidence;
};

struct VersionMeasures {
  std::string name, version;
  bool trying = false;  // in shadow
  Seen seen;
  std::optional<monitoring::BinSketch> learned;
  std::optional<uint64_t> shadowed, agreed;
};

class Trials final : public AnswerTap {
 public:
  // Both outlive it. The repository's tap is this from here on.
  Trials(ModelRepository& repository, Clock& clock);
  ~Trials() override;

  Judgement try_out(const std::string& name, const std::filesystem::path& folder);
  Judgement shadow(const std::string& name, const ShadowTerms& terms);
  // An empty folder: what the models' folder has. Of a load that is under way it waits for the rest.
  Judgement take_over(const std::string& name, const std::filesystem::path& folder);
  Judgement prove(const std::string& name);  // of what has taken over
  Judgement watch(const std::string& name, const WatchTerms& terms);
  // Whether it is in memory or on its way there, and bringing it there beside what serves. An empty folder as
  // above. `then` hears how it went, on another thread.
  bool holds(const std::filesystem::path& folder) const { return beside_.holds(folder); }
  void hold(const std::string& name, const std::filesystem::path& folder,
            std::function<void(const Status&)> then);
  void forget(const std::filesystem::path& folder);

  // What was seen since the last time it was asked, per version that served or shadowed.
  std::vector<VersionMeasures> take_measures();

  void predicted(const inference::Identity& model, const image::ImageView& picture,
                 const Result<inference::Prediction>& prediction, microseconds took) override;
  void ran(const inference::Identity& model, bool succeeded, microseconds took) override;

 private:
  using ServedPtr = std::shared_ptr<const ServedModel>;
  struct Shadow {
    ServedPtr model;
    std::filesystem::path folder;
    ShadowTerms terms;
    MonoTime since{};
    uint64_t offered = 0;  // requests that came by
    Seen seen;
    uint64_t agreed = 0;
    uint64_t told = 0, told_agreed = 0;  // of these, already in take_measures()
  };
  struct Sample {
    std::string name;
    image::Image picture;
    inference::Prediction live;
  };
  struct Serving {
    std::string version;
    MonoTime since{};
    Seen seen;    // since then
    Seen before;  // of the version before, while that served
    std::optional<monitoring::BinSketch> learned;
    bool is_update = false;
  };
  void note(const inference::Identity& model, bool succeeded, microseconds took,
            std::optional<double> confidence);
  void mirror(const std::stop_token& stop);
  struct Tried {
    Judgement judgement;  // undecided while it loads
    ServedPtr model;      // of a good one
  };
  Tried try_now(const std::filesystem::path& folder);

  ModelRepository& repository_;
  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::map<std::string, Tried> tried_;                          // by folder
  std::map<std::string, Shadow> shadows_;                       // by name
  std::map<std::string, Serving> serving_;                      // by name
  std::map<std::pair<std::string, std::string>, Seen> window_;  // by name and version
  std::deque<Sample> samples_;
  std::jthread mirror_;
  Beside beside_;
};

}  // namespace oree::serving
