// The mock station's machines: every value is a function of the moment, so that any zoom from a year to a second is
// answered without keeping anything. robot-1 wears out within a minute and a half of the start, gets a new
// bit, and wears out again.
const minute = 60e3, hour = 3600e3, day = 24 * hour;

/** A number between 0 and 1 that only the moment and the seed decide. */
function noise(seed, n) {
  let h = Math.imul(seed ^ Math.floor(n % 4294967296), 0x9e3779b1) ^ Math.floor(n / 4294967296);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}
const smooth = (seed, t, width) => {
  const n = Math.floor(t / width), f = t / width - n, s = f * f * (3 - 2 * f);
  return noise(seed, n) * (1 - s) + noise(seed, n + 1) * s - 0.5;
};

export const started = Date.now();
const life = 2 * minute, old_life = 3 * day, new_bit = started - 12 * hour;
/** How worn the robot's bit is, 0 to 1: lives of three days before the start, a new bit for twelve hours, then lives of two minutes. */
function wear(t) {
  if (t >= new_bit && t < started) return 0;
  const age = t < new_bit ? 1 - ((new_bit - t) % old_life) / old_life : ((t - started) % life) / life;
  return Math.max(0, (age - 0.1) / 0.9) ** 2.2;
}

const robot_sensors = [
  { name: 'drill_speed', unit: 'rpm', base: 1480, day: 14, slow: 22, fast: 9, worn: -190 },
  { name: 'drill_temperature', unit: '°C', base: 58, day: 2.5, slow: 2.2, fast: 0.5, worn: 27 },
  { name: 'bit_friction', unit: '', base: 0.31, day: 0.004, slow: 0.02, fast: 0.008, worn: 0.46 },
  { name: 'cooling_water_temperature', unit: '°C', base: 21.5, day: 1.8, slow: 0.7, fast: 0.12, worn: 4.2 },
];
const bench_sensors = Array.from({ length: 40 }, (_, i) => ({ name: `${['vibration', 'current', 'pressure', 'flow'][i % 4]}_${String(1 + (i >> 2)).padStart(2, '0')}`, unit: ['mm/s', 'A', 'bar', 'l/min'][i % 4], base: [2.4, 11, 6.2, 38][i % 4], day: 0.2, slow: 0.5, fast: 0.25, worn: 0 }));

export const machines = [
  { name: 'robot-1', wears: true, scale: 1, sensors: robot_sensors, detector: 'lstm', since: -Infinity },
  { name: 'robot-2', wears: false, scale: 1.02, sensors: robot_sensors, detector: 'lstm', since: -Infinity },
  { name: 'robot-3', wears: false, scale: 0.98, sensors: robot_sensors, detector: 'lstm', learning: true, since: started - 9 * minute },
  { name: 'press-north-hall-4', wears: false, scale: 1, sensors: bench_sensors.slice(0, 3), detector: null, silent: started - 47 * minute, since: -Infinity },
  { name: 'test-bench', wears: false, scale: 1, sensors: bench_sensors, detector: 'pca', since: -Infinity },
];
export const machine_of = (name) => machines.find((m) => m.name === name);
const threshold_of = (m) => (m.detector === 'pca' ? 12 : 0.9);

/** Nothing is heard for 40 minutes of each night, for 90 seconds of each 20 minutes of the press, and after silence. */
const heard = (m, t) => t >= m.since && t <= Math.min(Date.now() + 200, m.silent ?? Infinity) && ((t % day) / minute < 130 || (t % day) / minute > 170) && !(m.detector === null && (t % (20 * minute)) < 90e3);

export function value_at(m, sensor, t) {
  if (!heard(m, t)) return null;
  const seed = [...m.name + sensor.name].reduce((h, c) => Math.imul(h, 31) + c.charCodeAt(0) | 0, 7);
  const w = m.wears ? wear(t) : 0;
  return m.scale * sensor.base + sensor.day * Math.sin((2 * Math.PI * t) / day) + sensor.slow * smooth(seed, t, 17 * minute) + sensor.fast * (2 * smooth(seed + 1, t, 1700) + smooth(seed + 2, t, 230)) * (1 + w) + sensor.worn * w;
}

export function score_at(m, t) {
  if (!m.detector || m.learning || !heard(m, t)) return null;
  const limit = threshold_of(m), w = m.wears ? wear(t) : 0;
  return limit * (0.34 + 0.12 * smooth(m.name.length * 77, t, 40e3) + 0.1 * smooth(5, t, 6e3) + 1.5 * w);
}
const crossing = 0.1 + 0.9 * (0.62 / 1.5) ** (1 / 2.2); // the share of a life at which the score passes the threshold

function anomaly(from, to, top) {
  return { id: `a-${Math.round(from / 1000).toString(36)}`, machine: 'robot-1', detector: 'lstm', from: Math.round(from), to: Math.round(to), score: top, threshold: 0.9,
    contributions: [['bit_friction', 0.58], ['drill_temperature', 0.27], ['drill_speed', 0.1], ['cooling_water_temperature', 0.05]],
    sentence: 'bit friction (58 %) and drill temperature (27 %) leave their usual course together' };
}

/** All anomalies of robot-1 that touch the range, newest first. */
export function anomalies_of(m, from, to) {
  if (!m.wears) return [];
  const found = [], now = Date.now();
  for (let n = Math.floor((Math.min(to, now) - started) / life); n >= 0; n--) {
    const begin = started + n * life + crossing * life, end = Math.min(started + (n + 1) * life, now);
    if (begin < now && end >= from && begin <= to) found.push(anomaly(begin, end, 0.9 * (0.34 + 1.5 * wear(end - 1))));
  }
  for (let end = new_bit; end > from && end > started - 400 * day; end -= old_life) {
    const begin = end - (1 - crossing) * old_life;
    if (begin <= to && end <= now) found.push(anomaly(begin, end - 1, 1.62));
  }
  return found;
}

const widths = [['1h', hour], ['1m', minute], ['1s', 1000]];
const samples = 6;

function column_of(at, from, to, step) {
  const out = { time: [], value: [], min: [], max: [] };
  for (let t = Math.ceil(from / step) * step; t <= Math.min(to, Date.now()); t += step) {
    const all = Array.from({ length: step > 100 ? samples : 1 }, (_, i) => at(t + (i * step) / samples)).filter((v) => v !== null);
    const before = out.value.at(-1);
    if (all.length === 0 && (before === null || before === undefined)) continue;
    out.time.push(t);
    out.value.push(all.length ? all.reduce((a, b) => a + b) / all.length : null);
    out.min.push(all.length ? Math.min(...all) : null);
    out.max.push(all.length ? Math.max(...all) : null);
  }
  return out;
}

export function series_of(m, from, to, points) {
  const wanted = (to - from) / points, [resolution, width] = widths.find(([, w]) => w <= wanted) ?? ['raw', 100];
  const step = Math.max(width, Math.ceil(wanted / width) * width);
  const score = m.detector ? column_of((t) => score_at(m, t), from, to, Math.max(step, 1000)) : null;
  return { from, to, resolution, sensors: m.sensors.map((s) => ({ name: s.name, unit: s.unit, ...column_of((t) => value_at(m, s, t), from, to, step) })),
    score: score && { time: score.time, value: score.value, threshold: threshold_of(m) }, anomalies: anomalies_of(m, from, to) };
}

export function state_of(m) {
  if (m.silent) return 'stale';
  if (m.learning) return 'learning';
  const score = score_at(m, Date.now()) ?? 0, limit = threshold_of(m);
  return score > limit ? 'anomaly' : score > limit * 0.8 ? 'warning' : 'normal';
}

export function sheet_of(m, alerts = 0) {
  const now = Math.min(Date.now(), m.silent ?? Infinity);
  const scores = Array.from({ length: 60 }, (_, i) => [now - (59 - i) * 5e3, score_at(m, now - (59 - i) * 5e3)]).filter(([, s]) => s !== null);
  return { name: m.name, state: state_of(m), last_seen: Math.round(now),
    detector: m.detector && { name: m.detector, model: `robot-${m.detector}/1`, threshold: threshold_of(m), score: score_at(m, now), scores },
    sensors: m.sensors.map((s) => ({ name: s.name, unit: s.unit, last: value_at(m, s, now - 1), time: Math.round(now) })), alerts };
}

export function event_of(m) {
  const time = Date.now(), values = Object.fromEntries(m.sensors.map((s) => [s.name, value_at(m, s, time)]).filter(([, v]) => v !== null));
  return { machine: m.name, time, values, score: score_at(m, time), threshold: m.detector ? threshold_of(m) : null, state: state_of(m) };
}
