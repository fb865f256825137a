#include "services/series/chunk.h"

#include "services/series/columns.h"

namespace oree::series {
namespace {

constexpr std::byte kVersion{1};

template <class Row, class Get>
void put_integers_of(ByteBuffer& out, std::span<const Row> rows, Get get) {
  std::vector<int64_t> column;
  column.reserve(rows.size());
  for (const Row& row : rows) column.push_back(static_cast<int64_t>(get(row)));
  put_integers(out, column);
}

template <class Row, class Get>
void put_doubles_of(ByteBuffer& out, std::span<const Row> rows, Get get) {
  std::vector<double> column;
  column.reserve(rows.size());
  for (const Row& row : rows) column.push_back(get(row));
  put_doubles(out, column);
}

// The body behind the header, and how many rows it says.
struct Opened {
  ByteSource in;
  size_t count;
};

Result<Opened> open_chunk(ByteView chunk) {
  const auto body = unseal(chunk, "a chunk of readings");
  if (!body) return forward(body);
  ByteSource in(*body);
  const auto version = in.byte();
  if (!version) return forward(version);
  if (static_cast<std::byte>(*version) != kVersion) {
    return fail(ErrorKind::unsupported, "a chunk of readings is of a later version");
  }
  const auto count = in.varint();
  if (!count) return forward(count);
  if (*count > kMostInChunk) return fail(ErrorKind::corrupt, "a chunk of readings claims too many");
  return Opened{in, static_cast<size_t>(*count)};
}

Status at_end(const ByteSource& in) {
  if (in.left() == 0) return {};
  return fail(ErrorKind::corrupt, "a chunk of readings is too long");
}

}  // namespace

ByteBuffer encode_points(std::span<const Point> points) {
  ByteBuffer out{kVersion};
  put_varint(out, points.size());
  put_integers_of(out, points, [](const Point& point) { return point.time; });
  put_doubles_of(out, points, [](const Point& point) { return point.value; });
  seal(out);
  return out;
}

Status decode_points(ByteView chunk, std::vector<Point>& append_to) {
  auto opened = open_chunk(chunk);
  if (!opened) return forward(opened);
  auto& [in, count] = *opened;
  const auto times = take_integers(in, count);
  if (!times) return forward(times);
  const auto values = take_doubles(in, count);
  if (!values) return forward(values);
  if (auto end = at_end(in); !end) return end;
  append_to.reserve(append_to.size() + count);
  for (size_t i = 0; i < count; ++i) append_to.push_back({(*times)[i], (*values)[i]});
  return {};
}

ByteBuffer encode_buckets(std::span<const Bucket> buckets) {
  ByteBuffer out{kVersion};
  put_varint(out, buckets.size());
  put_integers_of(out, buckets, [](const Bucket& bucket) { return bucket.time; });
  put_integers_of(out, buckets, [](const Bucket& bucket) { return bucket.count; });
  put_integers_of(out, buckets, [](const Bucket& bucket) { return bucket.last_time; });
  put_doubles_of(out, buckets, [](const Bucket& bucket) { return bucket.min; });
  put_doubles_of(out, buckets, [](const Bucket& bucket) { return bucket.max; });
  put_doubles_of(out, buckets, [](const Bucket& bucket) { return bucket.sum; });
  put_doubles_of(out, buckets, [](const Bucket& bucket) { return bucket.last; });
  seal(out);
  return out;
}

Status decode_buckets(ByteView chunk, std::vector<Bucket>& append_to) {
  auto opened = open_chunk(chunk);
  if (!opened) return forward(opened);
  auto& [in, count] = *opened;
  std::vector<int64_t> integers[3];
  std::vector<double> doubles[4];
  for (auto& column : integers) {
    auto taken = take_integers(in, count);
    if (!taken) return forward(taken);
    column = std::move(*taken);
  }
  for (auto& column : doubles) {
    auto taken = take_doubles(in, count);
    if (!taken) return forward(taken);
    column = std::move(*taken);
  }
  if (auto end = at_end(in); !end) return end;
  for (size_t i = 0; i < count; ++i) {
    append_to.push_back({.time = integers[0][i],
                         .min = doubles[0][i],
                         .max = doubles[1][i],
                         .sum = doubles[2][i],
                         .count = static_cast<uint64_t>(integers[1][i]),
                         .last = doubles[3][i],
                         .last_time = integers[2][i]});
  }
  return {};
}

}  // namespace oree::series
