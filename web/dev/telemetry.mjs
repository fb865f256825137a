// The mock station's telemetry: machines, messages, jobs, SQL, alerts and their events.
import { anomalies_of, event_of, machine_of, machines, series_of, sheet_of, started, state_of } from './robots.mjs';

const hour = 3600e3;
const rules = [
  { name: 'robot_wears', expression: "anomaly(machine) = 'lstm' AND score > threshold", for_s: 5, severity: 'page' },
  { name: 'machine_silent', expression: 'now() - last_seen > 300', for_s: 60, severity: 'ticket' },
  { name: 'queue_grows', expression: "queue_length('$upstream') > 1000", for_s: 300, severity: 'ticket' },
  { name: 'store_fills', expression: 'store_bytes / store_max_bytes > 0.8', for_s: 600, severity: 'info' },
];

export class Telemetry {
  constructor(tell, { empty = false } = {}) {
    this.tell = tell;
    this.machines = empty ? [] : machines;
    this.silences = [];
    this.alerts = empty ? [] : [
      { id: 'silent-4', rule: 'machine_silent', state: 'firing', severity: 'ticket', sentence: 'press-north-hall-4 has said nothing for 5 minutes', since: started - 42 * 60e3, ended: null, value: 2820, threshold: 300, labels: { machine: 'press-north-hall-4' }, silenced: false },
      { id: 'queue-up', rule: 'queue_grows', state: 'pending', severity: 'ticket', sentence: '1,204 messages wait for $upstream', since: started - 100e3, ended: null, value: 1204, threshold: 1000, labels: { endpoint: '$upstream' }, silenced: false },
      { id: 'wear-old', rule: 'robot_wears', state: 'resolved', severity: 'page', sentence: 'robot-1 works unlike it learned: bit friction (58 %)', since: started - 75 * hour, ended: started - 72 * hour, value: 1.62, threshold: 0.9, labels: { machine: 'robot-1' }, silenced: false },
    ];
    this.totals = { in: 8123456, out: 120331, acked: 8123450 };
    this.history = Array.from({ length: empty ? 0 : 300 }, (_, i) => this.rate(Date.now() - (299 - i) * 2000));
    this.timers = [setInterval(() => this.beat(), 100), setInterval(() => this.second(), 1000)];
  }

  rate(time) {
    const outage = time > started - 4 * 60e3 && time < started - 3 * 60e3, wave = 10 * Math.sin(time / 17e3) + 6 * Math.sin(time / 3100);
    return { time, in: outage ? null : 118 + wave, out: outage ? null : 3 + wave / 20, acked: outage ? null : 117.5 + wave };
  }

  beat() {
    for (const m of this.machines) if (!m.silent) this.tell('machine', event_of(m));
  }

  second() {
    if (this.machines.length === 0) return;
    const now = this.rate(Date.now());
    this.tell('messages', now);
    this.history = [...this.history.slice(-299), now];
    for (const name of ['in', 'out', 'acked']) this.totals[name] += Math.round(now[name] ?? 0);
    this.judge();
  }

  /** robot-1's alert follows its state. */
  judge() {
    const worn = state_of(this.machines[0]) === 'anomaly', open = this.alerts.find((a) => a.rule === 'robot_wears' && a.state === 'firing');
    if (worn && !open) {
      const found = anomalies_of(this.machines[0], Date.now() - 60e3, Date.now())[0];
      if (!found) return;
      const alert = { id: `wear-${found.id}`, rule: 'robot_wears', state: 'firing', severity: 'page', sentence: `robot-1 works unlike it learned: ${found.sentence}`, since: Date.now(), ended: null, value: found.score, threshold: 0.9, labels: { machine: 'robot-1' }, silenced: this.is_silent({ machine: 'robot-1', rule: 'robot_wears' }) };
      this.alerts.unshift(alert);
      this.tell('anomaly', found);
      this.tell('alert', alert);
    } else if (!worn && open) {
      Object.assign(open, { state: 'resolved', ended: Date.now() });
      this.tell('alert', open);
    }
  }

  is_silent(labels) { return this.silences.some((s) => s.until > Date.now() && Object.entries(s.matchers).every(([k, v]) => labels[k] === v)); }

  messages() {
    const column = (name) => this.history.map((h) => h[name]), now = Date.now(), busy = this.machines.length > 0;
    return { rates: busy ? this.history.at(-1) : { in: 0, out: 0, acked: 0 }, history: { time: column('time'), in: column('in'), out: column('out'), acked: column('acked') }, totals: busy ? this.totals : { in: 0, out: 0, acked: 0 },
      dropped: busy ? [{ reason: 'no_route', count: 312 }, { reason: 'expired', count: 41 }, { reason: 'qos0_full', count: 7 }, { reason: 'too_large', count: 0 }] : [],
      store: { bytes: busy ? 3.41e8 : 4096, max_bytes: 2e9, messages: busy ? 182034 : 0, full: false },
      clients: busy ? [...this.machines.map((m, i) => ({ id: `${m.name}-plc`, user: 'line-1', address: `10.0.4.${20 + i}:5${i}122`, protocol: i % 2 ? '3.1.1' : '5.0', connected: !m.silent, since: m.silent ?? started - (i + 1) * 7 * hour, queued: m.silent ? 118 : 0, inflight: i % 3, subscriptions: i })), { id: 'historian', user: 'office', address: '10.0.9.2:41234', protocol: '5.0', connected: true, since: started - 3 * 24 * hour, queued: 0, inflight: 12, subscriptions: 3 }] : [],
      routes: [{ name: 'to_series', text: 'FROM /messages/* WHERE $body.value IS_DEFINED INTO sql://readings', matched: busy ? 8123138 : 0 }, { name: 'worn_up', text: "FROM /messages/modules/detector/* WHERE level = 'anomaly' INTO $upstream", matched: busy ? 1893 : 0 }],
      queues: [{ endpoint: '$upstream', priority: 0, length: busy ? 1204 : 0, oldest: busy ? now - 11 * 60e3 : null, sent: busy ? 120331 : 0, expired: busy ? 41 : 0, state: 'waiting' }, { endpoint: '$upstream', priority: 1, length: 0, oldest: null, sent: busy ? 1893 : 0, expired: 0, state: 'connected' }, { endpoint: 'sql://readings', priority: 0, length: busy ? 3 : 0, oldest: busy ? now - 900 : null, sent: busy ? 8123138 : 0, expired: 0, state: 'connected' }] };
  }

  jobs() {
    if (this.machines.length === 0) return { jobs: [], schedules: [] };
    const count = Math.round((Date.now() - started) / 10) + 8e6, top = Math.ceil(Date.now() / hour) * hour;
    return { jobs: [
      { name: 'readings_in', statement: 'SELECT machine, sensor, value INTO readings FROM mqtt', state: 'Processing', in: count, out: count - 312, dropped: 0, error: '' },
      { name: 'judge_windows', statement: 'SELECT machine, ae_error(\'robot-lstm\', drill_speed, drill_temperature, bit_friction, cooling_water_temperature) OVER (ROWS 59 PRECEDING) AS score INTO scores FROM readings', state: 'Processing', in: count - 312, out: 40117, dropped: 0, error: '' },
      { name: 'energy_per_part', statement: 'SELECT machine, sum(power) FROM readings JOIN parts USING (machine)', state: 'Degraded', in: 51233, out: 4011, dropped: 120, error: 'behind by 4 min: the join waits for table parts' },
      { name: 'old_import', statement: 'SELECT * INTO archive FROM csv', state: 'Failed', in: 12, out: 0, dropped: 12, error: 'line 13 of import.csv: 9 values, 8 columns expected' },
    ], schedules: [
      { name: 'rollup_day', when: '0 * * * *', statement: 'INSERT INTO daily SELECT * FROM hourly WHERE …', last_run: top - hour, last_result: 'ok', next_run: top },
      { name: 'forget_old', when: '30 2 * * *', statement: "DELETE FROM readings WHERE time < now('-90 days')", last_run: top - 9 * hour, last_result: 'the disk was full', next_run: top + 5 * hour },
      { name: 'report', when: 'every 7 days', statement: 'SELECT report()', last_run: null, last_result: '', next_run: top + 100 * hour },
    ] };
  }

  sql({ sql }) {
    const wrong = /\b(selct|form|insert|update|delete|drop)\b/i.exec(sql);
    if (wrong) return [400, { error: 'sql', detail: /selct|form/i.test(wrong[0]) ? `near "${wrong[0]}": syntax error` : 'this connection only reads', offset: wrong.index }];
    const rows = Array.from({ length: 240 }, (_, i) => ['robot-1', i % 40 === 7 ? null : 'bit_friction', new Date(Date.now() - i * 1000).toISOString(), Math.round(1e4 * (0.3 + Math.sin(i / 9) / 40)) / 1e4]);
    return [200, { columns: ['machine', 'sensor', 'time', 'value'], rows, truncated: false, elapsed_ms: 3.2 }];
  }

  silence({ matchers, minutes, comment }) {
    const made = { id: `s-${Date.now()}`, matchers, until: Date.now() + minutes * 60e3, comment };
    this.silences.push(made);
    this.mark();
    return [201, { id: made.id }];
  }

  mark() { for (const a of this.alerts) a.silenced = this.is_silent({ ...a.labels, rule: a.rule }); }

  /** [status, body] for an address of the telemetry API, or null when it is none. */
  answer(method, url, body) {
    const [, , , family, name, what] = url.pathname.split('/').map(decodeURIComponent), q = url.searchParams;
    const firing = (m) => this.alerts.filter((a) => a.labels.machine === m.name && a.state === 'firing').length;
    if (family === 'machines' && !name) return [200, { machines: this.machines.map((m) => sheet_of(m, firing(m))) }];
    if (family === 'machines') {
      const m = this.machines.length > 0 && machine_of(name);
      if (!m) return [404, { error: 'unknown machine', detail: `No reading of ${name} has come` }];
      if (what === 'series') return [200, series_of(m, Number(q.get('from')), Number(q.get('to')), Number(q.get('points') ?? 600))];
      return [200, { ...sheet_of(m, firing(m)), anomalies: anomalies_of(m, Date.now() - 40 * 24 * hour, Date.now()).slice(0, 50) }];
    }
    if (family === 'anomalies') return [200, { anomalies: this.machines.flatMap((m) => anomalies_of(m, 0, Date.now())).slice(0, Number(q.get('limit') ?? 50)) }];
    if (family === 'messages') return [200, this.messages()];
    if (family === 'jobs') return [200, this.jobs()];
    if (family === 'sql' && method === 'POST') return this.sql(body);
    if (family === 'alerts') return [200, { alerts: this.alerts, silences: this.silences, rules: this.machines.length ? rules : [] }];
    if (family === 'silences' && method === 'POST') return this.silence(body);
    if (family === 'silences' && method === 'DELETE') {
      this.silences = this.silences.filter((s) => s.id !== name);
      this.mark();
      return [204, ''];
    }
    return null;
  }
}
