// One axis of a resize: which source samples each target sample is made of, and with which weights.
#pragma once

#include <cstddef>
#include <vector>

namespace oree::image {

// Target samples 0..target-1 cover source coordinates [begin, begin + length) of an axis of `source` samples.
struct Span {
  int source = 0;
  double begin = 0;
  double length = 0;
  int target = 0;

  bool operator==(const Span&) const = default;
};

// The triangle filter with half-pixel centres, widened on reduction. At the borders of the source (not of the
// span: a crop sees its neighbours) the weights that fall outside are dropped and the rest is scaled to 1.
struct Axis {
  Span span;
  bool copies = false;         // each target sample is one source sample, untouched
  int taps = 0;                // weights per target sample; all its source samples exist
  std::vector<int> first;      // per target sample
  std::vector<float> weights;  // per target sample, `taps` each, sum 1
  int begin = 0;               // source samples that are read at all
  int end = 0;

  size_t memory() const { return first.capacity() * sizeof(int) + weights.capacity() * sizeof(float); }
};

// Fills `axis` for `span`, reusing its memory; nothing to do when it holds that span already.
void prepare(Axis& axis, const Span& span);

}  // namespace oree::image
