// Numbers, sizes, durations and moments as people of the chosen language write them.
import { language } from '../state/preferences';
import { locale } from './tell';

const cached = new Map<string, Intl.NumberFormat>();
function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale() + JSON.stringify(options);
  const known = cached.get(key) ?? new Intl.NumberFormat(locale(), options);
  cached.set(key, known);
  return known;
}

export const whole = (n: number): string => numbers({ maximumFractionDigits: 0 }).format(n);
export const decimal = (n: number, digits = 1): string => numbers({ maximumFractionDigits: digits }).format(n);
/** A sensor's value: as many decimals as its size deserves, always the same number, so that digits do not dance. */
export function reading(n: number): string {
  const size = Math.abs(n), digits = size >= 1000 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return numbers({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(n);
}
/** A number under an axis whose marks are `step` apart: as many decimals as the step has. */
export function axis_number(n: number, step: number): string {
  let digits = 0;
  while (digits < 6 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits++;
  return numbers({ minimumFractionDigits: digits, maximumFractionDigits: digits, ...(Math.abs(n) >= 1e5 ? { notation: 'compact' } : {}) }).format(n);
}
/** A threshold, written as it was set. */
export const limit = (n: number): string => numbers({ maximumSignificantDigits: 4 }).format(n);
/** A flow of messages: 0.3, 3.2, 118, 52,300. */
export const flow = (n: number): string => decimal(n, Math.abs(n) < 10 ? 1 : 0);
/** A ratio as a percentage; never rounds 99.97 % up to 100 %, and keeps small ratios visible. */
export function percent(ratio: number, digits = 1): string {
  const few = ratio > 0 && ratio < 0.01 ? 2 : digits;
  const scale = 10 ** (few + 2);
  const held = ratio < 1 && ratio > 0.99 ? Math.floor(ratio * scale) / scale : ratio;
  return numbers({ style: 'percent', maximumFractionDigits: few }).format(held);
}

export function bytes(n: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  let step = 0;
  while (n >= 1000 && step < units.length - 1) {
    n /= 1000;
    step++;
  }
  return numbers({ style: 'unit', unit: units[step]!, unitDisplay: 'short', maximumFractionDigits: n < 10 && step > 0 ? 1 : 0 }).format(n);
}

const unit = (n: number, name: string, digits = 0, display: 'short' | 'narrow' | 'long' = 'short') =>
  numbers({ style: 'unit', unit: name, unitDisplay: display, maximumFractionDigits: digits }).format(n);

/** A stage's time, given in microseconds. */
export function micros(us: number): string {
  if (us < 1000) return `${whole(us)} µs`;
  if (us < 1e6) return unit(us / 1000, 'millisecond', us < 1e5 ? 1 : 0);
  return unit(us / 1e6, 'second', 1);
}

export function duration(seconds: number): string {
  if (seconds < 60) return unit(seconds, 'second');
  if (seconds < 3600) return unit(Math.floor(seconds / 60), 'minute');
  const two = (n: number, name: string, rest: number, small: string) => (rest > 0 ? `${unit(n, name)} ${unit(rest, small)}` : unit(n, name));
  if (seconds < 86400) return two(Math.floor(seconds / 3600), 'hour', Math.floor((seconds % 3600) / 60), 'minute');
  return two(Math.floor(seconds / 86400), 'day', Math.floor((seconds % 86400) / 3600), 'hour');
}

export function ago(then: number, now: number): string {
  const seconds = Math.round((now - then) / 1000);
  if (seconds < 3) return language.value === 'fr' ? 'à l’instant' : 'just now';
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'short' });
  if (seconds < 60) return words.format(-seconds, 'second');
  if (seconds < 3600) return words.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 86400) return words.format(-Math.floor(seconds / 3600), 'hour');
  return words.format(-Math.floor(seconds / 86400), 'day');
}

const moment = (iso: string | number, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale(), options).format(new Date(iso));
const short_moment = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
/** The time today, the day and the time otherwise. */
export const recent_moment = (ms: number, now: number): string => (new Date(ms).toDateString() === new Date(now).toDateString() ? clock(ms) : moment(ms, short_moment));
export const clock = (iso: string | number): string => moment(iso, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
export const hour_minute = (iso: string | number): string => moment(iso, { hour: '2-digit', minute: '2-digit' });
export const day = (iso: string): string => moment(iso, { weekday: 'long', day: 'numeric', month: 'long' });
export const date_and_time = (iso: string | number): string => moment(iso, { dateStyle: 'medium', timeStyle: 'short' });
export const day_and_time = (iso: string | number): string => moment(iso, { dateStyle: 'long', timeStyle: 'medium' });


const second_s = 1, minute_s = 60, day_s = 86400;
/** A moment as precise as a chart whose points are `step_s` apart can tell it. */
export function moment_of(ms: number, step_s: number): string {
  if (step_s < second_s) return moment(ms, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 1 });
  if (step_s < minute_s) return moment(ms, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return moment(ms, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
}

/** What stands under an axis whose marks are `step_s` apart: seconds, minutes, days or months. */
export function axis_label(ms: number, step_s: number): string {
  const date = new Date(ms);
  if (step_s >= 28 * day_s) return moment(ms, date.getMonth() === 0 ? { year: 'numeric' } : { month: 'short' });
  if (step_s >= day_s || (step_s >= minute_s && date.getHours() + date.getMinutes() === 0)) return moment(ms, { day: 'numeric', month: 'short' });
  if (step_s >= minute_s) return hour_minute(ms);
  if (step_s >= second_s) return clock(ms);
  return moment(ms, { minute: '2-digit', second: '2-digit', fractionalSecondDigits: step_s < 0.1 ? 2 : 1 });
}

/** From when to when, the day said once when it is the same. */
export function stretch(from: number, to: number): string {
  const same = new Date(from).toDateString() === new Date(to).toDateString(), short = to - from < 600e3;
  const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', ...(short ? { second: '2-digit' } : {}) };
  const format = new Intl.DateTimeFormat(locale(), to - from > 40 * 86400e3 ? { day: 'numeric', month: 'short', year: 'numeric' } : { day: 'numeric', month: 'short', ...time });
  return same ? `${moment(from, { day: 'numeric', month: 'long' })}, ${moment(from, time)} – ${moment(to, time)}` : `${format.format(from)} – ${format.format(to)}`;
}

/** When something comes: "in 12 min". */
export function until(then: number, now: number): string {
  const seconds = Math.max(0, Math.round((then - now) / 1000));
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: 'always', style: 'short' });
  if (seconds < 60) return words.format(seconds, 'second');
  if (seconds < 3600) return words.format(Math.round(seconds / 60), 'minute');
  if (seconds < 86400) return words.format(Math.round(seconds / 3600), 'hour');
  return words.format(Math.round(seconds / 86400), 'day');
}

/** "since 08:12" today, "since Mon 3 Nov" before. */
export function since(iso: string, now: number): string {
  const today = new Date(iso).toDateString() === new Date(now).toDateString();
  return today ? hour_minute(iso) : moment(iso, { weekday: 'short', day: 'numeric', month: 'short' });
}
