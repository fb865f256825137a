#include "platform/image/kernels.h"

#include <algorithm>
#include <cstring>

namespace oree::image {

namespace {

// Everything here is inlined into one function per instruction set (below), and compiled for that set.
#define OREE_KERNEL [[gnu::always_inline]] inline
#define OREE_INLINE __attribute__((always_inline))

using Float4 = float __attribute__((vector_size(16)));

OREE_KERNEL Float4 load4(const float* from) {
  Float4 value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
OREE_KERNEL void store4(float* to, Float4 value) {
  std::memcpy(to, &value, sizeof value);
}

// Calls `loop` with the number of taps, 1 to 8, as a constant: a loop of known length is unrolled.
template <class Loop>
OREE_KERNEL void with_taps(int taps, Loop&& loop) {
  switch (taps) {
    case 1:
      return loop.template operator()<1>();
    case 2:
      return loop.template operator()<2>();
    case 3:
      return loop.template operator()<3>();
    case 4:
      return loop.template operator()<4>();
    case 5:
      return loop.template operator()<5>();
    case 6:
      return loop.template operator()<6>();
    case 7:
      return loop.template operator()<7>();
    default:
      return loop.template operator()<8>();
  }
}

// out (+)= weighted sum of `Taps` rows.
template <int Taps, bool kAdd>
OREE_KERNEL void blend_some_rows(const uint8_t* from, ptrdiff_t stride, const float* weights, ptrdiff_t size,
                                 float* __restrict out) {
  for (ptrdiff_t i = 0; i < size; ++i) {
    float sum = kAdd ? out[i] : 0.0f;
    for (int tap = 0; tap < Taps; ++tap) sum += weights[tap] * static_cast<float>(from[tap * stride + i]);
    out[i] = sum;
  }
}

OREE_KERNEL void blend_rows(const Resample& job, int y, ptrdiff_t size) {
  const Axis& axis = *job.y;
  const float* weights = axis.weights.data() + ptrdiff_t{y} * axis.taps;
  const ptrdiff_t stride = job.source.stride;
  const uint8_t* from =
      job.source.row(axis.first[static_cast<size_t>(y)]) + ptrdiff_t{job.x->begin} * job.source.channels;
  const int left = axis.taps % 8;
  with_taps(left == 0 ? 8 : left, [&]<int Taps>() OREE_INLINE {
    blend_some_rows<Taps, false>(from, stride, weights, size, job.blended);
  });
  for (int done = left == 0 ? 8 : left; done < axis.taps; done += 8) {
    blend_some_rows<8, true>(from + done * stride, stride, weights + done, size, job.blended);
  }
}

// Taps is 0 when there are more than eight.
template <int Taps>
OREE_KERNEL void blend_some_rgb_columns(const Axis& axis, const float* blended, float* row) {
  const float* weights = axis.weights.data();
  const int taps = Taps > 0 ? Taps : axis.taps;
  for (int x = 0; x < axis.span.target; ++x, weights += taps, row += 3) {
    const float* from = blended + ptrdiff_t{axis.first[static_cast<size_t>(x)] - axis.begin} * 3;
    Float4 sum = load4(from) * weights[0];
    for (int tap = 1; tap < taps; ++tap) sum += load4(from + tap * 3) * weights[tap];
    store4(row, sum);  // the fourth lane is overwritten by the next pixel
  }
}

OREE_KERNEL void blend_rgb_columns(const Axis& axis, const float* blended, float* row) {
  if (axis.taps > 8) return blend_some_rgb_columns<0>(axis, blended, row);
  with_taps(axis.taps, [&]<int Taps>() OREE_INLINE { blend_some_rgb_columns<Taps>(axis, blended, row); });
}

OREE_KERNEL void blend_grey_columns(const Axis& axis, const float* blended, float* row) {
  const float* weights = axis.weights.data();
  for (int x = 0; x < axis.span.target; ++x, weights += axis.taps) {
    const float* from = blended + (axis.first[static_cast<size_t>(x)] - axis.begin);
    float sum = 0;
    for (int tap = 0; tap < axis.taps; ++tap) sum += from[tap] * weights[tap];
    row[x] = sum;
  }
}

// ITU-R BT.601 luma, in place.
OREE_KERNEL void rgb_to_grey(float* row, int pixels) {
  for (int x = 0; x < pixels; ++x)
    row[x] = 0.299f * row[3 * x] + 0.587f * row[3 * x + 1] + 0.114f * row[3 * x + 2];
}

// In place, from the end so that nothing is overwritten before it is read.
OREE_KERNEL void grey_to_rgb(float* row, int pixels) {
  for (int x = pixels - 1; x >= 0; --x) row[3 * x] = row[3 * x + 1] = row[3 * x + 2] = row[x];
}

OREE_KERNEL void put(float* to, float value, float mean, float scale) {
  *to = (value - mean) * scale;
}
OREE_KERNEL void put(uint8_t* to, float value, float, float) {
  *to = static_cast<uint8_t>(std::min(value + 0.5f, 255.0f));
}

template <class T>
OREE_KERNEL void store_single(const Preprocess& spec, const float* __restrict row, int pixels,
                              T* __restrict to) {
  const float mean = spec.mean[0], scale = spec.scale[0];
  for (int x = 0; x < pixels; ++x) put(to + x, row[x], mean, scale);
}

template <class T>
OREE_KERNEL void store_planes(const Preprocess& spec, const float* __restrict row, int pixels, T* to,
                              ptrdiff_t plane) {
  const size_t first = spec.channels == Channels::bgr ? 2 : 0;
  const size_t third = 2 - first;
  T* __restrict to_red = to + static_cast<ptrdiff_t>(first) * plane;
  T* __restrict to_green = to + plane;
  T* __restrict to_blue = to + static_cast<ptrdiff_t>(third) * plane;
  const float mean[3] = {spec.mean[first], spec.mean[1], spec.mean[third]};
  const float scale[3] = {spec.scale[first], spec.scale[1], spec.scale[third]};
  for (int x = 0; x < pixels; ++x) {
    put(to_red + x, row[3 * x], mean[0], scale[0]);
    put(to_green + x, row[3 * x + 1], mean[1], scale[1]);
    put(to_blue + x, row[3 * x + 2], mean[2], scale[2]);
  }
}

template <class T, int kFirst>
OREE_KERNEL void store_pixels(const Preprocess& spec, const float* __restrict row, int pixels,
                              T* __restrict to) {
  const float mean[3] = {spec.mean[0], spec.mean[1], spec.mean[2]};
  const float scale[3] = {spec.scale[0], spec.scale[1], spec.scale[2]};
  for (int x = 0; x < pixels; ++x) {
    put(to + 3 * x, row[3 * x + kFirst], mean[0], scale[0]);
    put(to + 3 * x + 1, row[3 * x + 1], mean[1], scale[1]);
    put(to + 3 * x + 2, row[3 * x + 2 - kFirst], mean[2], scale[2]);
  }
}

template <class T>
OREE_KERNEL void store_row(const Resample& job, const float* row, int y) {
  const Preprocess& spec = *job.spec;
  const int pixels = job.x->span.target;
  T* out = reinterpret_cast<T*>(job.out);
  const ptrdiff_t at = ptrdiff_t{job.top + y} * spec.width + job.left;
  if (spec.channels == Channels::gray)
    store_single(spec, row, pixels, out + at);
  else if (spec.layout == Layout::nchw)
    store_planes(spec, row, pixels, out + at, ptrdiff_t{spec.width} * spec.height);
  else if (spec.channels == Channels::rgb)
    store_pixels<T, 0>(spec, row, pixels, out + 3 * at);
  else
    store_pixels<T, 2>(spec, row, pixels, out + 3 * at);
}

template <class T>
OREE_KERNEL void resample_all(const Resample& job) {
  const bool is_grey = job.source.channels == 1;
  const bool to_grey = job.spec->channels == Channels::gray;
  const ptrdiff_t size = ptrdiff_t{job.x->end - job.x->begin} * job.source.channels;
  for (int y = 0; y < job.y->span.target; ++y) {
    blend_rows(job, y, size);
    float* row = job.x->copies ? job.blended : job.row;
    if (!job.x->copies && is_grey) blend_grey_columns(*job.x, job.blended, row);
    if (!job.x->copies && !is_grey) blend_rgb_columns(*job.x, job.blended, row);
    if (is_grey && !to_grey) grey_to_rgb(row, job.x->span.target);
    if (!is_grey && to_grey) rgb_to_grey(row, job.x->span.target);
    store_row<T>(job, row, y);
  }
}

OREE_KERNEL void resample_typed(const Resample& job) {
  if (job.spec->pixel == Pixel::f32)
    resample_all<float>(job);
  else
    resample_all<uint8_t>(job);
}

void resample_plain(const Resample& job) {
  resample_typed(job);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void resample_avx2(const Resample& job) {
  resample_typed(job);
}
#endif

}  // namespace

void resample(const Resample& job) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return resample_avx2(job);
#endif
  resample_plain(job);
}

}  // namespace oree::image
