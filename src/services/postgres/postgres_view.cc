#include "services/postgres/postgres_view.h"

#include <algorithm>

#include "base/text.h"

namespace oree::postgres {

using readings::Bucket;
using readings::Micros;
using readings::Point;
using readings::Range;
using readings::SeriesId;

Result<std::unique_ptr<readings::View>> PostgresView::open(PostgresStore& store,
                                                           std::unique_ptr<Connection> from) {
  std::unique_ptr<PostgresView> view(new PostgresView(store, std::move(from)));
  if (auto begun = view->from_->run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); !begun)
    return forward(begun);
  // The first question takes the snapshot.
  const auto rows = view->from_->ask("SELECT id, machine, sensor FROM oree_series ORDER BY id");
  if (!rows) return forward(rows);
  for (size_t i = 0; i < rows->count(); ++i)
    view->catalogue_.push_back(
        {static_cast<SeriesId>(rows->integer(i, 0)), rows->text(i, 1), rows->text(i, 2)});
  return view;
}

Status PostgresView::walk(SeriesId series, Range range,
                          const std::function<Status(std::span<const Point>)>& visit) {
  const auto begun = from_->run(
      cat("DECLARE walk NO SCROLL BINARY CURSOR FOR SELECT time, value FROM oree_readings WHERE series = ",
          series, " AND time >= ", range.from, " AND time < ", range.to, " ORDER BY time, came"));
  if (!begun) return begun;
  Status done;
  std::vector<Point> points;
  while (done) {
    const auto rows = from_->ask("FETCH 8192 FROM walk");
    if (!rows) return forward(rows);
    if (rows->count() == 0) break;
    points.clear();
    for (size_t i = 0; i < rows->count(); ++i) points.push_back({rows->integer(i, 0), rows->real(i, 1)});
    done = visit(points);
  }
  const Status closed = from_->run("CLOSE walk");
  return done ? closed : done;
}

Status PostgresView::points(std::span<const SeriesId> series, Range range,
                            const readings::PointVisitor& visit) {
  for (const SeriesId id : series) {
    const auto done = walk(id, range, [&](std::span<const Point> points) { return visit(id, points); });
    if (!done) return done;
  }
  return {};
}

Status PostgresView::buckets(std::span<const SeriesId> series, Range range, readings::Level level,
                             const readings::BucketVisitor& visit) {
  const Micros width = readings::width(level);
  if (range.from >= range.to) return {};
  // Whole buckets: those that start in the range, with all that is in them.
  const Range whole{readings::floor_to(range.from + width - 1, width),
                    std::min(readings::floor_to(range.to - 1, width) + width, readings::kEndOfTime)};
  for (const SeriesId id : series) {
    std::vector<Bucket> folded;
    const auto done = walk(id, whole, [&](std::span<const Point> points) -> Status {
      readings::fold_points(points, width, folded);
      if (folded.size() < 2) return {};
      const Bucket open = folded.back();  // the next points may go on with it
      folded.pop_back();
      if (auto seen = visit(id, folded); !seen) return seen;
      folded.assign(1, open);
      return {};
    });
    if (!done) return done;
    if (folded.empty()) continue;
    if (auto seen = visit(id, folded); !seen) return seen;
  }
  return {};
}

Result<std::vector<std::optional<Point>>> PostgresView::latest(std::span<const SeriesId> series) {
  std::vector<std::optional<Point>> found;
  for (const SeriesId id : series) {
    const auto rows = from_->ask(
        "SELECT time, value FROM oree_readings WHERE series = $1::integer AND value NOT IN ('NaN', "
        "'Infinity', "
        "'-Infinity') ORDER BY time DESC, came DESC LIMIT 1",
        {cat(id)});
    if (!rows) return forward(rows);
    auto& newest = found.emplace_back();
    if (rows->count() > 0) newest = Point{rows->integer(0, 0), rows->real(0, 1)};
  }
  return found;
}

}  // namespace oree::postgres
