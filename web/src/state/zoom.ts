// The time a machine page shows: following now over a span, or standing between two moments. The address bar is its
// only memory, so that what somebody sees is a link.
import type { Resolution } from './telemetry_types';

export const spans = { minute: 60e3, hour: 3600e3, day: 86400e3, week: 7 * 86400e3, month: 30 * 86400e3, year: 365 * 86400e3 } as const;
export type Span = keyof typeof spans;
export const span_names = Object.keys(spans) as Span[];
export const least_ms = 1000;
export const most_ms = 2 * spans.year;

export type Zoom = { follows: true; span: Span } | { follows: false; from: number; to: number };
export interface Range { from: number; to: number }

/** The zoom that the address asks for; anything unreadable is the last hour. */
export function zoom_of(query: URLSearchParams): Zoom {
  const from = Date.parse(query.get('from') ?? ''), to = Date.parse(query.get('to') ?? '');
  if (from < to) return { follows: false, ...within_limits({ from, to }) };
  const asked = query.get('span') as Span | null;
  return { follows: true, span: asked !== null && Object.hasOwn(spans, asked) ? asked : 'hour' };
}

/** The same zoom as an address writes it. */
export function query_of(zoom: Zoom): URLSearchParams {
  if (zoom.follows) return new URLSearchParams(zoom.span === 'hour' ? {} : { span: zoom.span });
  return new URLSearchParams({ from: new Date(zoom.from).toISOString(), to: new Date(zoom.to).toISOString() });
}

/** Not narrower than a second, not wider than two years, its middle kept. */
export function within_limits({ from, to }: Range): Range {
  const width = Math.min(Math.max(to - from, least_ms), most_ms);
  if (width === to - from) return { from, to };
  const middle = (from + to) / 2;
  return { from: Math.round(middle - width / 2), to: Math.round(middle + width / 2) };
}

export const range_of = (zoom: Zoom, now: number): Range => (zoom.follows ? { from: now - spans[zoom.span], to: now } : zoom);

/** The range made `factor` times as wide around its middle, or moved by `share` of its width. */
export function zoomed({ from, to }: Range, factor: number): Range {
  const middle = (from + to) / 2, half = ((to - from) / 2) * factor;
  return within_limits({ from: Math.round(middle - half), to: Math.round(middle + half) });
}
export function moved({ from, to }: Range, share: number): Range {
  const by = Math.round((to - from) * share);
  return { from: from + by, to: to + by };
}

/** A stretch of time with some of what was before and after it. */
export const around = (from: number, to: number): Range => within_limits({ from: from - Math.max(30e3, to - from), to: to + Math.max(30e3, to - from) });

/** How many points to ask for: one for each pixel and a half, in steps, so that a resized window does not ask anew. */
export const points_for = (width: number): number => Math.min(2000, Math.max(200, Math.ceil(width / 1.5 / 100) * 100));

const widths: [Resolution, number][] = [['1h', 3600e3], ['1m', 60e3], ['1s', 1000]];
/** The coarsest rollup that still fills the points: what the station answers a range with. */
export function resolution_for({ from, to }: Range, points: number): Resolution {
  const step = (to - from) / points;
  return widths.find(([, width]) => width <= step)?.[0] ?? 'raw';
}

/** What is asked for: the range and some more on both sides, so that lines run on over the chart's edges. */
export function with_margin({ from, to }: Range): Range {
  const more = Math.max(2000, (to - from) * 0.05);
  return { from: Math.floor(from - more), to: Math.ceil(to + more) };
}

/** How long one drawn point lasts: the live end is gathered to the same width as the history before it. */
export function step_of(range: Range, points: number, resolution: Resolution): number {
  const rolled = widths.find(([name]) => name === resolution)?.[1] ?? 0;
  return Math.max(rolled, (range.to - range.from) / points);
}

/** How often a followed chart is drawn again: a quarter of a point, at most ten times and at least once a second. */
export const redraw_every = (step: number): number => Math.min(1000, Math.max(100, step / 4));
/** How often a followed range is asked for again; in between, the ring continues it. */
export const ask_every = (step: number): number => Math.min(60e3, Math.max(15e3, step * 4));

/** The first stretch of an hour without any reading is left out, so that a station that just started fills its charts. */
export function begun(range: Range, zoom: Zoom, first: number | null): Range {
  if (!zoom.follows || spans[zoom.span] > spans.hour || first === null || first <= range.from) return range;
  return { from: Math.min(first, range.to - spans.minute), to: range.to };
}
