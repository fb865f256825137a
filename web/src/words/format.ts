// Numbers, sizes, durations and moments as people of the chosen language write them.
import { locale, t } from './words';

const cached = new Map<string, Intl.NumberFormat>();
function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale() + JSON.stringify(options);
  const known = cached.get(key) ?? new Intl.NumberFormat(locale(), options);
  cached.set(key, known);
  return known;
}

export const whole = (n: number): string => numbers({ maximumFractionDigits: 0 }).format(n);
export const decimal = (n: number, digits = 1): string => numbers({ maximumFractionDigits: digits }).format(n);
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
  if (seconds < 86400) return `${unit(Math.floor(seconds / 3600), 'hour')} ${unit(Math.floor((seconds % 3600) / 60), 'minute')}`;
  return `${unit(Math.floor(seconds / 86400), 'day')} ${unit(Math.floor((seconds % 86400) / 3600), 'hour')}`;
}

export function ago(then: number, now: number): string {
  const seconds = Math.round((now - then) / 1000);
  if (seconds < 3) return t('ago.now');
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'short' });
  if (seconds < 60) return words.format(-seconds, 'second');
  if (seconds < 3600) return words.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 86400) return words.format(-Math.floor(seconds / 3600), 'hour');
  return words.format(-Math.floor(seconds / 86400), 'day');
}

const moment = (iso: string | number, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale(), options).format(new Date(iso));
export const clock = (iso: string | number): string => moment(iso, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
export const hour_minute = (iso: string | number): string => moment(iso, { hour: '2-digit', minute: '2-digit' });
export const day = (iso: string): string => moment(iso, { weekday: 'long', day: 'numeric', month: 'long' });
export const day_and_time = (iso: string): string => moment(iso, { dateStyle: 'long', timeStyle: 'medium' });

/** "since 08:12" today, "since Mon 3 Nov" before. */
export function since(iso: string, now: number): string {
  const today = new Date(iso).toDateString() === new Date(now).toDateString();
  return today ? hour_minute(iso) : moment(iso, { weekday: 'short', day: 'numeric', month: 'short' });
}
