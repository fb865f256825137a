#include "services/detection/detectors/change_points.h"

#include <algorithm>
#include <cmath>

#include "services/detection/detectors/adaptive_window.h"
#include "services/detection/detectors/fitted_detector.h"

namespace oree::detection {

namespace {

constexpr size_t kLiveWindow = 600;  // rows replayed to judge the newest
constexpr double kWild = 8;          // one wild value is a spike, not a change

double tamed(double z) {
  return std::clamp(z, -kWild, kWild);
}

// One follower for each column; Follower::step(z) gives its score after one more value.
template <class Follower>
class Followed final : public FittedDetector {
 public:
  Followed(std::string_view name, Follower fresh, Calibration calibration)
      : FittedDetector(name, kLiveWindow, calibration), fresh_(fresh) {}

 protected:
  Status learn(const Rows&) override { return {}; }

  void measure(const Rows& rows, std::span<double> scores, std::vector<double>* blame) const override {
    std::vector<Follower> followers(rows.columns, fresh_);
    for (size_t i = 0; i < rows.count(); ++i) {
      const auto row = rows.row(i);
      scores[i] = 0;
      for (size_t c = 0; c < row.size(); ++c) {
        const double score = followers[c].step(tamed(row[c]));
        scores[i] = std::max(scores[i], score);
        if (blame) (*blame)[c] = score;
      }
    }
  }

 private:
  Follower fresh_;
};

struct Cusum {
  double slack;
  double up = 0, down = 0;

  // Capped, so that a shift that lasted an hour is over soon after it ends.
  double step(double z) {
    constexpr double kCap = 200;
    up = std::clamp(up + z - slack, 0.0, kCap);
    down = std::clamp(down - z - slack, 0.0, kCap);
    return std::max(up, down);
  }
};

struct PageHinkley {
  double allowed, alarm;
  double count = 0, mean = 0;
  double up = 0, least = 0, down = 0, most = 0;

  double step(double z) {
    ++count;
    mean += (z - mean) / count;
    up += z - mean - allowed;
    down += z - mean + allowed;
    least = std::min(least, up);
    most = std::max(most, down);
    const double score = std::max(up - least, most - down);
    if (score > alarm) *this = {.allowed = allowed, .alarm = alarm};
    return score;
  }
};

}  // namespace

std::unique_ptr<Detector> make_cusum(double slack) {
  return std::make_unique<Followed<Cusum>>("cusum", Cusum{.slack = slack}, Calibration{});
}

std::unique_ptr<Detector> make_page_hinkley(double allowed, double alarm) {
  return std::make_unique<Followed<PageHinkley>>(
      "page_hinkley", PageHinkley{.allowed = allowed, .alarm = alarm}, Calibration{.fixed = alarm});
}

std::unique_ptr<Detector> make_adwin(double confidence) {
  return std::make_unique<Followed<AdaptiveWindow>>("adwin", AdaptiveWindow(confidence),
                                                    Calibration{.fixed = 1});
}

}  // namespace oree::detection
