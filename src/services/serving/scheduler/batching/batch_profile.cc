#include "services/serving/scheduler/batching/batch_profile.h"

#include <algorithm>
#include <bit>

namespace oree::serving {

size_t BatchProfile::bucket_of(uint64_t rows) {
  return std::min<size_t>(kBuckets - 1, static_cast<size_t>(std::bit_width(std::max<uint64_t>(rows, 1)) - 1));
}

// The first runs of a size are slower (memory is fetched, kernels are chosen): the quickest of them counts,
// and from then on a mean that follows slowly, so that one hiccup of the machine changes little.
void BatchProfile::observe(uint64_t rows, std::chrono::nanoseconds took) {
  Bucket& bucket = buckets_[bucket_of(rows)];
  const double each = static_cast<double>(took.count()) / static_cast<double>(std::max<uint64_t>(rows, 1));
  ++bucket.runs;
  if (bucket.runs == 1 || (bucket.runs <= kEnough && each < bucket.ns_per_row)) {
    bucket.ns_per_row = each;
  } else if (bucket.runs > kEnough) {
    const double bounded = std::min(each, 4 * bucket.ns_per_row);
    bucket.ns_per_row += (bounded - bucket.ns_per_row) / 16;
  }
}

size_t BatchProfile::best_bucket() const {
  size_t best = 0;
  for (size_t i = 1; i <= bucket_of(largest_); ++i) {
    if (buckets_[i].runs < kEnough || buckets_[best].runs == 0) break;
    if (buckets_[i].ns_per_row * kGain < buckets_[best].ns_per_row) best = i;
  }
  return best;
}

uint64_t BatchProfile::best() const {
  const size_t bucket = best_bucket();
  return bucket == 0 ? 1 : std::min(largest_, (uint64_t{2} << bucket) - 1);
}

uint64_t BatchProfile::choose(uint64_t available) {
  available = std::min(available, largest_);
  if (available <= 1) return 1;
  ++choices_;
  const size_t reachable = bucket_of(available);
  const size_t best = best_bucket();
  if (best >= reachable) return available;
  // One step beyond what pays: not known yet, or known so long ago that it may have changed.
  const Bucket& next = buckets_[best + 1];
  const bool unknown = next.runs < kEnough && buckets_[best].runs >= kEnough;
  if (unknown || choices_ % kTryAgain == 0) return std::min(available, (uint64_t{2} << (best + 1)) - 1);
  return best == 0 ? 1 : std::min(available, (uint64_t{2} << best) - 1);
}

double BatchProfile::expected_ns(uint64_t rows) const {
  const Bucket& bucket = buckets_[bucket_of(rows)];
  return bucket.runs == 0 ? 0 : bucket.ns_per_row * static_cast<double>(rows);
}

std::vector<inference::MeasuredRun> BatchProfile::measured() const {
  std::vector<inference::MeasuredRun> runs;
  for (size_t i = 0; i < kBuckets; ++i) {
    if (buckets_[i].runs == 0) continue;
    const uint64_t rows = uint64_t{1} << i;
    runs.push_back({rows, buckets_[i].ns_per_row * static_cast<double>(rows) / 1e3});
  }
  return runs;
}

}  // namespace oree::serving
