// What one chart of a machine draws: the history that the station answered, and the live end gathered behind it.
import type { Ring } from './ring';
import type { Column } from './telemetry_types';

/** Seconds, as the chart library wants them, then mean, least and greatest. */
export type Drawn = [time: number[], value: Column, min: Column, max: Column];
export interface History { time: number[]; value: Column; min?: Column; max?: Column }
/** Silence this many times longer than usual is a gap. */
const gap_factor = 5;

/** The history and, after its last moment, the ring's values gathered into steps. A longer silence becomes a gap. */
export function drawn_of(history: History | undefined, ring: Ring | null, name: string, step: number, from: number): Drawn {
  const time: number[] = [], value: Column = [], min: Column = [], max: Column = [];
  const known = history?.time ?? [];
  for (let i = 0; i < known.length; i++) {
    time.push(known[i]! / 1000);
    const v = history!.value[i] ?? null;
    value.push(v);
    min.push(v === null ? null : (history!.min?.[i] ?? v));
    max.push(v === null ? null : (history!.max?.[i] ?? v));
  }
  if (ring) add_live([time, value, min, max], ring, name, step, Math.max(known.at(-1) ?? -Infinity, from));
  return [time, value, min, max];
}

function add_live([time, value, min, max]: Drawn, ring: Ring, name: string, step: number, after: number): void {
  let slot = -1, sum = 0, count = 0;
  let last = time.length > 0 ? after : -Infinity;
  ring.each_after(name, after, (at, v) => {
    const silence = Math.max(step, 1000) * gap_factor;
    if (at - last > silence && Number.isFinite(last)) {
      time.push((last + at) / 2000);
      for (const column of [value, min, max]) column.push(null);
      slot = -1;
    }
    last = at;
    const place = time.length - 1, now = Math.floor(at / step);
    if (now === slot) {
      sum += v;
      count++;
      time[place] = at / 1000;
      value[place] = sum / count;
      min[place] = Math.min(min[place]!, v);
      max[place] = Math.max(max[place]!, v);
      return;
    }
    slot = now;
    sum = v;
    count = 1;
    time.push(at / 1000);
    for (const column of [value, min, max]) column.push(v);
  });
}

/** An anomaly's end may be a minute old when the station is asked rarely: so long it still counts as going on. */
const asked_rarely_ms = 90e3;
export const end_of = ({ to }: { to: number }, ongoing: number | null): number => (ongoing !== null && ongoing > to && ongoing - to < asked_rarely_ms ? ongoing : to);

/** The usual distance of moments: the one in the middle, when they are put in order. */
export function usual_step(time: number[]): number {
  const steps = time.slice(1).map((at, i) => at - time[i]!).sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? 0;
}

/** Room for the values that does not tremble: it grows at once, and shrinks only when less than half of it is used. */
export function steady(old: [number, number] | null, low: number, high: number): [number, number] {
  const spread = high - low || Math.abs(high) * 0.1 || 1;
  const wanted: [number, number] = [low - spread * 0.12, high + spread * 0.12];
  if (!old) return wanted;
  const used = (high - low) / (old[1] - old[0]);
  return low >= old[0] && high <= old[1] && used >= 0.5 ? old : wanted;
}

/** The least and greatest value inside the range, or null when there is none. */
export function extent([time, , min, max]: Drawn, from_s: number, to_s: number): [number, number] | null {
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < time.length; i++) {
    if (time[i]! < from_s || time[i]! > to_s || min[i] == null) continue;
    low = Math.min(low, min[i]!);
    high = Math.max(high, max[i]!);
  }
  return low <= high ? [low, high] : null;
}

/** The value whose moment is nearest, or null in a gap. */
export function value_near([time, value]: Drawn, at_s: number): number | null {
  let low = 0, high = time.length - 1;
  if (high < 0) return null;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time[middle]! < at_s) low = middle + 1;
    else high = middle;
  }
  const near = low > 0 && at_s - time[low - 1]! < time[low]! - at_s ? low - 1 : low;
  return value[near] ?? null;
}
