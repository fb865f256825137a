#include "services/series/landing.h"

#include "services/series/byte_stream.h"

namespace oree::series {
namespace {

constexpr std::byte kVersion{1};

void put_series(ByteBuffer& out, Micros start, const LandedSeries& landed, ByteBuffer& times) {
  times.clear();
  Micros before = start;
  int64_t step = 0;
  bool first = true;
  for (const Point& point : landed.points) {
    const int64_t now = point.time - before;
    if (first) {
      put_varint(times, static_cast<uint64_t>(now));
    } else {
      put_varint(times, zigzag(now - step));
      step = now;
    }
    first = false;
    before = point.time;
  }
  put_varint(out, landed.series);
  put_varint(out, landed.points.size());
  put_varint(out, times.size() + landed.points.size() * sizeof(double));
  put_bytes(out, times);
  for (const Point& point : landed.points) put_fixed(out, std::bit_cast<uint64_t>(point.value));
}

Status take_points(ByteSource in, Micros start, uint64_t count, std::vector<Point>& points) {
  // Each has a byte of time and eight of value, which bounds what a lying count can cost.
  if (count > in.left() / (sizeof(double) + 1)) {
    return fail(ErrorKind::corrupt, "landed readings claim more than there are");
  }
  points.resize(count);
  uint64_t time = static_cast<uint64_t>(start), step = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const auto change = in.varint();
    if (!change) return forward(change);
    if (i == 0) {
      time += *change;
    } else {
      step += static_cast<uint64_t>(unzigzag(*change));
      time += step;
    }
    points[i].time = static_cast<Micros>(time);
  }
  for (Point& point : points) {
    const auto bits = in.fixed();
    if (!bits) return forward(bits);
    point.value = std::bit_cast<double>(*bits);
  }
  if (in.left() != 0) return fail(ErrorKind::corrupt, "landed readings are too long");
  return {};
}

}  // namespace

ByteBuffer encode_landing(int64_t hour, std::span<const LandedSeries> all) {
  ByteBuffer out{kVersion}, times;
  for (const LandedSeries& landed : all) put_series(out, hour * readings::kHour, landed, times);
  seal(out);
  return out;
}

Status decode_landing(int64_t hour, ByteView landing, const std::function<bool(SeriesId)>& wanted,
                      const std::function<void(SeriesId, std::span<const Point>)>& visit) {
  const auto body = unseal(landing, "a landed batch of readings");
  if (!body) return forward(body);
  ByteSource in(*body);
  const auto version = in.byte();
  if (!version) return forward(version);
  if (static_cast<std::byte>(*version) != kVersion) {
    return fail(ErrorKind::unsupported, "a landed batch of readings is of a later version");
  }
  std::vector<Point> points;
  while (in.left() > 0) {
    const auto id = in.varint();
    if (!id) return forward(id);
    const auto count = in.varint();
    if (!count) return forward(count);
    const auto size = in.varint();
    if (!size) return forward(size);
    const auto bytes = in.bytes(*size);
    if (!bytes) return forward(bytes);
    if (*id > UINT32_MAX) return fail(ErrorKind::corrupt, "landed readings name an impossible series");
    const auto series = static_cast<SeriesId>(*id);
    if (!wanted(series)) continue;
    if (auto taken = take_points(ByteSource(*bytes), hour * readings::kHour, *count, points); !taken) {
      return taken;
    }
    if (!points.empty()) visit(series, points);
  }
  return {};
}

}  // namespace oree::series
