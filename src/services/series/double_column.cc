#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "services/series/columns.h"

namespace oree::series {
namespace {

enum Coding : uint8_t { kDecimal = 0, kDeflated = 1, kPlain = 2 };

constexpr int kMostDecimals = 9;
constexpr std::array<double, kMostDecimals + 1> kTens{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
constexpr double kMostExact = 9007199254740992.0;  // 2^53
constexpr size_t kRareAbove = 16;                  // one exception in so many is still worth it

// The n of n / 10^decimals, when dividing gives back every bit.
bool as_decimal(double value, int decimals, int64_t& whole) {
  const double scale = kTens[static_cast<size_t>(decimals)];
  const double scaled = value * scale;
  if (!(std::abs(scaled) < kMostExact)) return false;
  whole = std::llrint(scaled);
  const double back = static_cast<double>(whole) / scale;
  return std::bit_cast<uint64_t>(back) == std::bit_cast<uint64_t>(value);
}

// Decimals that suit a sample of the values best; -1 when none does.
int decimals_of(std::span<const double> values) {
  constexpr size_t kSample = 64;
  const size_t stride = std::max<size_t>(1, values.size() / kSample);
  int best = -1;
  size_t least_bad = SIZE_MAX, looked = 0;
  for (int decimals = 0; decimals <= kMostDecimals; ++decimals) {
    size_t bad = 0;
    looked = 0;
    int64_t whole;
    for (size_t i = 0; i < values.size(); i += stride, ++looked) {
      bad += as_decimal(values[i], decimals, whole) ? 0 : 1;
    }
    if (bad < least_bad) {
      least_bad = bad;
      best = decimals;
    }
    if (bad == 0) break;
  }
  return least_bad * kRareAbove <= looked ? best : -1;
}

struct Decimals {
  std::vector<int64_t> whole;
  std::vector<size_t> exceptions;
};

Decimals split(std::span<const double> values, int decimals) {
  Decimals parts;
  parts.whole.resize(values.size());
  int64_t before = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    int64_t whole = 0;
    if (as_decimal(values[i], decimals, whole)) {
      before = whole;
    } else {
      parts.exceptions.push_back(i);
    }
    parts.whole[i] = before;  // an exception repeats its neighbour, which costs nothing
  }
  return parts;
}

void put_decimals(ByteBuffer& out, std::span<const double> values, int decimals, const Decimals& parts) {
  out.push_back(static_cast<std::byte>(kDecimal));
  out.push_back(static_cast<std::byte>(decimals));
  put_integers(out, parts.whole);
  put_varint(out, parts.exceptions.size());
  size_t before = 0;
  for (const size_t at : parts.exceptions) {
    put_varint(out, at - before);
    put_fixed(out, std::bit_cast<uint64_t>(values[at]));
    before = at;
  }
}

Result<std::vector<double>> take_decimals(ByteSource& in, size_t count) {
  const auto decimals = in.byte();
  if (!decimals) return forward(decimals);
  if (*decimals > kMostDecimals) return fail(ErrorKind::corrupt, "stored readings have too many decimals");
  const auto whole = take_integers(in, count);
  if (!whole) return forward(whole);
  std::vector<double> values(count);
  const double scale = kTens[*decimals];
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<double>((*whole)[i]) / scale;
  const auto exceptions = in.varint();
  if (!exceptions) return forward(exceptions);
  size_t at = 0;
  for (uint64_t i = 0; i < *exceptions; ++i) {
    const auto step = in.varint();
    if (!step) return forward(step);
    const auto bits = in.fixed();
    if (!bits) return forward(bits);
    if (*step >= count - at)
      return fail(ErrorKind::corrupt, "stored readings have an exception beyond the end");
    at += *step;
    values[at] = std::bit_cast<double>(*bits);
  }
  return values;
}

// First all lowest bytes, then all second ones: neighbours that are alike end up side by side.
ByteBuffer by_rank(std::span<const double> values) {
  ByteBuffer ranked(values.size() * sizeof(double));
  const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
  for (size_t rank = 0; rank < sizeof(double); ++rank) {
    std::byte* const row = ranked.data() + rank * values.size();
    for (size_t i = 0; i < values.size(); ++i) row[i] = bytes[i * sizeof(double) + rank];
  }
  return ranked;
}

void put_deflated(ByteBuffer& out, std::span<const double> values) {
  constexpr int kLevel = 4;
  const ByteBuffer ranked = by_rank(values);
  uLongf size = compressBound(ranked.size());
  ByteBuffer deflated(size);
  const int code = compress2(reinterpret_cast<Bytef*>(deflated.data()), &size,
                             reinterpret_cast<const Bytef*>(ranked.data()), ranked.size(), kLevel);
  if (code != Z_OK || size >= ranked.size()) {
    out.push_back(static_cast<std::byte>(kPlain));
    put_bytes(out, std::as_bytes(values));
    return;
  }
  out.push_back(static_cast<std::byte>(kDeflated));
  put_varint(out, size);
  put_bytes(out, ByteView(deflated).first(size));
}

Result<std::vector<double>> take_deflated(ByteSource& in, size_t count) {
  const auto size = in.varint();
  if (!size) return forward(size);
  const auto deflated = in.bytes(*size);
  if (!deflated) return forward(deflated);
  constexpr uint64_t kMostInflated = 1100;  // deflate cannot shrink further
  if (count * sizeof(double) / kMostInflated > *size) {
    return fail(ErrorKind::corrupt, "stored readings are too short for their number");
  }
  ByteBuffer ranked(count * sizeof(double));
  uLongf got = ranked.size();
  const int code = uncompress(reinterpret_cast<Bytef*>(ranked.data()), &got,
                              reinterpret_cast<const Bytef*>(deflated->data()), deflated->size());
  if (code != Z_OK || got != ranked.size()) {
    return fail(ErrorKind::corrupt, "stored readings cannot be inflated");
  }
  std::vector<double> values(count);
  auto* bytes = reinterpret_cast<std::byte*>(values.data());
  for (size_t rank = 0; rank < sizeof(double); ++rank) {
    const std::byte* const row = ranked.data() + rank * count;
    for (size_t i = 0; i < count; ++i) bytes[i * sizeof(double) + rank] = row[i];
  }
  return values;
}

}  // namespace

void put_doubles(ByteBuffer& out, std::span<const double> values) {
  const int decimals = decimals_of(values);
  if (decimals >= 0) {
    const Decimals parts = split(values, decimals);
    if (parts.exceptions.size() * kRareAbove <= values.size())
      return put_decimals(out, values, decimals, parts);
  }
  put_deflated(out, values);
}

Result<std::vector<double>> take_doubles(ByteSource& in, size_t count) {
  const auto coding = in.byte();
  if (!coding) return forward(coding);
  switch (*coding) {
    case kDecimal:
      return take_decimals(in, count);
    case kDeflated:
      return take_deflated(in, count);
    case kPlain: {
      const auto bytes = in.bytes(count * sizeof(double));
      if (!bytes) return forward(bytes);
      std::vector<double> values(count);
      if (count > 0) std::memcpy(values.data(), bytes->data(), bytes->size());
      return values;
    }
    default:
      return fail(ErrorKind::corrupt, "stored readings have an unknown coding");
  }
}

}  // namespace oree::series
