// The station's ten-second buckets made into what people read: one point a minute, the last minute, the whole span.
import type { Bucket } from './types';

export interface Point { time: number; items: number; good: number; refused: number; rate: number | null; yield: number | null; p50: number | null; p95: number | null }

function point_of(time: number, group: Bucket[], seconds: number): Point {
  let good = 0, refused = 0, items = 0, p50 = 0, p95 = 0;
  for (const b of group) {
    const n = b.ok + b.ko + b.no_decision;
    good += b.ok;
    refused += b.ko;
    items += n;
    p50 += b.p50_us * n;
    p95 = Math.max(p95, b.p95_us);
  }
  const some = items > 0;
  return {
    time, items, good, refused, rate: some && seconds > 0 ? (items / seconds) * 60 : null, yield: some ? good / items : null,
    p50: some ? p50 / items / 1000 : null, p95: some ? p95 / 1000 : null,
  };
}

const width_ms = 10000;

/** The station leaves out buckets without parts: this puts them back, so that time runs evenly and gaps show. */
export function whole_hour(sparse: Bucket[], now: number): Bucket[] {
  const known = new Map(sparse.map((bucket) => [Math.floor(Date.parse(bucket.start) / width_ms), bucket]));
  const last = Math.max(Math.floor(now / width_ms), ...known.keys());
  return Array.from({ length: 361 }, (_, i) => {
    const number = last - 360 + i;
    return known.get(number) ?? { start: new Date(number * width_ms).toISOString(), ok: 0, ko: 0, no_decision: 0, p50_us: 0, p95_us: 0 };
  });
}

/** One point per minute; a minute without parts has nulls, drawn as a gap. The running minute is left out until full. */
export function minute_points(buckets: Bucket[]): Point[] {
  const minutes = new Map<number, Bucket[]>();
  for (const bucket of buckets) {
    const minute = Math.floor(Date.parse(bucket.start) / 60000) * 60;
    minutes.set(minute, [...(minutes.get(minute) ?? []), bucket]);
  }
  return [...minutes].filter(([, group]) => group.length >= 6).map(([time, group]) => point_of(time, group, group.length * 10));
}

const least_points = 10;

/** Without the empty time before the first part, so that a station that just started fills its charts. */
export function since_first(points: Point[]): Point[] {
  const first = points.findIndex((point) => point.rate !== null);
  return points.slice(Math.max(0, Math.min(first < 0 ? 0 : first, points.length - least_points)));
}

/** The last whole minute, counted from the newest bucket backwards (the newest one is still filling). */
export function last_minute(buckets: Bucket[]): Point {
  return point_of(0, buckets.slice(-7, -1), 60);
}

/** Everything the buckets hold; the rate counts only the time in which there were parts. */
export function whole_span(buckets: Bucket[]): Point {
  const busy = buckets.filter((b) => b.ok + b.ko + b.no_decision > 0);
  const whole = point_of(0, buckets, busy.length * 10);
  const p95 = busy.map((b) => b.p95_us / 1000).sort((a, b) => a - b);
  return { ...whole, p95: p95.length ? (p95[Math.floor(p95.length / 2)] ?? null) : null };
}
