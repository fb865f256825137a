// The mock station's memory: items so far, totals, history buckets and the station sheet.
import { random_source } from './random.mjs';
import { make_item, scenes } from './scenes.mjs';

const median = (list, q) => (list.length === 0 ? 0 : [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))]);

export class Station {
  constructor({ config, empty = false }) {
    this.random = random_source(7);
    this.config = config;
    this.items = []; // oldest first: {item, pictures}
    this.started = Date.now() - 26 * 3600e3;
    if (!empty) this.seed();
  }

  seed() {
    const now = Date.now();
    for (let age = 3 * 24 * 60; age > 70; age -= 9) this.add(now - age * 60e3);
    for (let age = 58 * 60; age > 0; age -= 5) if (age > 1500 || age < 1320) this.add(now - age * 1000); // a gap of 3 minutes
  }

  add(when, wish) {
    const entry = make_item(this.config, this.random, when, wish);
    this.items.push(entry);
    return entry.item;
  }

  find(id) { return this.items.find((e) => e.item.id === id); }

  search(q) {
    const wanted = { decision: q.getAll('decision'), label: q.getAll('label') };
    const labels_of = (item) => Object.values(item.predictions).flatMap((p) => p.label ?? Object.values(p.detected_objects ?? {}).map((o) => o.label));
    const from = q.get('from'), to = q.get('to'), camera = q.get('camera'), limit = Number(q.get('limit') ?? 50), start = Number(q.get('cursor') ?? 0);
    const all = this.items.map((e) => e.item).reverse().filter((item) =>
      (wanted.decision.length === 0 || wanted.decision.includes(item.decision)) &&
      (wanted.label.length === 0 || labels_of(item).some((l) => wanted.label.includes(l))) &&
      (!camera || camera in item.binaries) && (!from || item.creation_date >= from) && (!to || item.creation_date <= to));
    return { page: all.slice(start, start + limit), next: start + limit < all.length ? String(start + limit) : null };
  }

  labels() {
    const counts = new Map();
    for (const { item } of this.items) for (const p of Object.values(item.predictions)) {
      for (const label of new Set(p.label ? [p.label] : Object.values(p.detected_objects ?? {}).map((o) => o.label))) counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    return [...counts].map(([label, count]) => ({ label, count })).sort((a, b) => b.count - a.count);
  }

  totals() {
    const count = (d) => this.items.filter((e) => e.item.decision === d).length;
    const times = this.items.slice(-200).map((e) => e.item.timings_us.total);
    return { ok: count('OK'), ko: count('KO'), no_decision: count('NO_DECISION'), items: this.items.length, rate_per_s: this.items.length ? 0.67 : 0,
      p50_us: median(times, 0.5), p95_us: median(times, 0.95), since: new Date(this.started).toISOString() };
  }

  history(minutes) {
    const now = Math.floor(Date.now() / 10e3) * 10e3, buckets = [];
    for (let start = now - minutes * 60e3; start <= now; start += 10e3) {
      const inside = this.items.map((e) => e.item).filter((i) => { const t = Date.parse(i.creation_date); return t >= start && t < start + 10e3; });
      const count = (d) => inside.filter((i) => i.decision === d).length, times = inside.map((i) => i.timings_us.total);
      if (inside.length > 0) buckets.push({ start: new Date(start).toISOString(), ok: count('OK'), ko: count('KO'), no_decision: count('NO_DECISION'), p50_us: median(times, 0.5), p95_us: median(times, 0.95) });
    }
    return { buckets };
  }

  sheet() {
    const scene = scenes[this.config], now = new Date().toISOString(), last = this.items.at(-1)?.item.creation_date ?? null;
    const cameras = scene.cameras.map((name, i) => ({ name, type: 'folder', state: i === 3 ? 'late' : last ? 'ok' : 'waiting', last_error: i === 3 ? 'no frame within 500 ms' : '', last_seen: last, frames: this.items.length, failures: i === 3 ? 41 : 0, deadline_ms: 500 }));
    const models = scene.models.map(([name, task, labels]) => ({ name, version: '3', backend: 'onnxruntime 1.31.1', task, state: 'ready', bytes: 4213321, labels, input: '1×3×128×128 FP32',
      digest: '9f2c4e7b1d'.repeat(7).slice(0, 64), licence: 'Apache-2.0', runs: this.items.length, infer_p50_us: 9100, infer_p95_us: 11800, reason: '' }));
    models.push({ name: 'spare-detector', version: '1', state: 'failed', reason: 'the file asks for operator GridSample, which this backend does not have' });
    return { station_name: this.config, version: '0.1.0', started: new Date(this.started).toISOString(), uptime_s: (Date.now() - this.started) / 1000,
      host: { name: 'edge-07', cpus: 4, load: 1.31, memory_bytes: 8.2e9, available_bytes: 5.1e9 }, process: { rss_bytes: 212e6, cpu_s: 4123, threads: 19 },
      storage: { records: this.items.length, blobs: this.items.length, bytes: 6.4e9, max_bytes: 10e9, free_bytes: 12.3e9, written_bytes: 31e9, full: false, oldest: this.items[0]?.item.creation_date ?? null },
      cameras, models, triggers: [{ type: 'timer', detail: 'every 1500 ms', fired: this.items.length + 3, missed: 3 }, { type: 'http', detail: 'POST /api/v1/trigger', fired: 12, missed: 0 }],
      totals: this.totals(), health: this.health(), modules: true,
      log: Array.from({ length: 40 }, (_, i) => `${now} ${i % 13 === 5 ? 'WARN ' : 'INFO '} station: part ${i} inspected in ${(11 + (i % 7) / 3).toFixed(1)} ms`) };
  }

  health() {
    return [{ check: 'disk', state: 'ok', detail: '12.3 GB free' }, { check: 'configuration', state: 'ok', detail: this.config },
      { check: `camera ${scenes[this.config].cameras[0]}`, state: this.config.startsWith('fruit') ? 'warning' : 'ok', detail: 'ok' }, { check: `model ${scenes[this.config].models[0][0]}`, state: 'ok', detail: 'version 3' }];
  }
}
