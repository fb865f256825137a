// The mock station's maintenance: orders in every state with sealed evidence and true signatures, a ledger, events, and
// the operations of technicians' phones, applied as the station applies them.
import { createHash } from 'node:crypto';
import { Ledger, Signer } from './ledger.mjs';
import { random_source } from './random.mjs';

const hour = 3600e3, minute = 60e3;
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
const authorities = ['factory', 'maintainer', 'insurer'].map((name) => new Signer(name));
const next = { proposed: ['approved', 'refused', 'expired', 'cancelled'], approved: ['ordered', 'cancelled'], ordered: ['scheduled', 'in_progress', 'cancelled', 'done'], scheduled: ['in_progress', 'ordered', 'cancelled', 'done'], in_progress: ['scheduled', 'done', 'cancelled'] };
const tasks = [['stop', 'Stop the robot and lock it out', 'Arrêter le robot et le consigner'], ['bit', 'Replace the drill bit', 'Remplacer la mèche'], ['cooling', 'Check the cooling circuit', 'Vérifier le circuit de refroidissement'], ['run', 'Run ten holes and watch the friction', 'Percer dix trous et observer le frottement']];

function window_of(machine, end, random, shares) {
  const count = 360, judged = 60, columns = ['drill_speed', 'drill_temperature', 'bit_friction', 'cooling_water_temperature'], usual = [1480, 61, 0.3, 18.5], wave = [14, 0.9, 0.012, 0.25];
  const rows = Array.from({ length: count }, (_, i) => columns.map((name, c) => {
    if (i > 120 && i < 131 && c === 3) return null;
    const worn = i > 220 ? (i - 220) / 140 : 0, share = shares.find((s) => s.sensor === name)?.share ?? 0;
    return Math.round((usual[c] + wave[c] * (Math.sin(i / 9 + c) + random.between(-0.6, 0.6)) + worn * worn * share * wave[c] * 26 * (c === 0 ? -1 : 1)) * 1e4) / 1e4;
  }));
  return { machine, columns, step_ms: 1000, end, window: judged, rows, score: 1.71, threshold: 0.9, contributions: shares };
}

export class Maintenance {
  constructor(tell, { empty = false, refused = [] } = {}) {
    this.refused = refused;
    this.tell = tell;
    this.random = random_source(11);
    this.blobs = new Map();
    this.orders = [];
    this.outcomes = new Map();
    this.ledger = new Ledger('oree/ducks-line-1/orders', authorities, 2);
    this.seeded = Date.now();
    this.dead = [];
    if (!empty) this.seed();
    this.deliveries = this.orders.flatMap((order, n) => ['erp-bridge', 'shift-board'].map((subscription, k) => ({ id: `d${n}${k}`, subscription, event: `e${n}`, type: `Oree.Maintenance.Order${order.state === 'proposed' ? 'Proposed' : order.state === 'done' ? 'Done' : 'Approved'}`, subject: `orders/${order.id}`, state: k && n < 2 ? 'waiting' : 'delivered', attempts: k && n < 2 ? 3 : 1, next_attempt: k && n < 2 ? Date.now() + 90e3 : null, last_outcome: k && n < 2 ? 'connection refused' : '200', time: order.updated })));
    if (!empty) this.dead = [{ id: 'x1', subscription: 'shift-board', event: 'e7', type: 'Oree.Maintenance.OrderApproved', reason: 'refused by the receiver', attempts: 12, last_outcome: '410 Gone', publish_time: Date.now() - 5 * hour, last_attempt: Date.now() - 2 * hour, data: { order: this.orders[3].id, asset: 'robot-2', state: 'approved' } }];
  }

  keep(bytes) { const digest = sha(bytes); this.blobs.set(digest, Buffer.from(bytes)); return digest; }
  uuid(n) { return `0199a${n.toString(16).padStart(3, '0')}-4b7e-7c2a-9d31-${sha(`order ${n}`).slice(0, 12)}`; }

  seal(asset, cause, end) {
    const parts = [];
    const put = (name, type, bytes) => parts.push({ name, type, bytes: bytes.length, digest: this.keep(bytes) });
    let scores = [];
    if (cause.kind === 'anomaly') {
      put('window.json', 'application/json', Buffer.from(JSON.stringify(window_of(asset, end, this.random, cause.contributions))));
      put('configuration.json', 'application/json', Buffer.from('{"kind":"lstm","learn_us":0}'));
      put('model/detector.yaml', 'application/yaml', Buffer.from('name: lstm\n'));
      scores = Array.from({ length: 300 }, (_, i) => [end - (299 - i) * 1000, Math.round(1e4 * (i < 160 ? 0.3 + 0.1 * Math.sin(i / 8) : 0.3 + 1.41 * ((i - 160) / 139) ** 2 + this.random.between(-0.03, 0.03))) / 1e4]);
    } else if (cause.kind === 'ko_run') {
      for (const { item, pictures } of this.refused) {
        put(`item/${item.id}.json`, 'application/json', Buffer.from(JSON.stringify(item)));
        for (const [camera, picture] of Object.entries(pictures)) put(`picture/${item.id}/${camera}`, picture.media_type, picture.bytes);
        for (const step of item.steps) if (!parts.some((part) => part.name === `model/${step.model}/${step.model_version}/model.onnx`)) put(`model/${step.model}/${step.model_version}/model.onnx`, 'application/octet-stream', Buffer.from('a network'));
      }
    } else put('cause.json', 'application/json', Buffer.from(JSON.stringify(cause)));
    const manifest = JSON.stringify({ asset, configuration: '', detector: { name: cause.detector ?? cause.kind, model: cause.model ?? '', threshold: cause.threshold }, format: 'oree/evidence/v1', parts, scores });
    return { digest: this.keep(Buffer.from(manifest)), bytes: parts.reduce((sum, p) => sum + p.bytes, 0), parts };
  }

  decide(order, signer, decision, code, reason, by, at) {
    const proposal = sha(`proposal ${order.id}`);
    const statement = `oree/decision/v1\nauthority ${signer.name}\norder ${order.id}\nproposal ${proposal}\ndecision ${decision}\ncode ${code}\nby ${by}\nat ${at}\n`;
    order.authorities.push({ name: signer.name, decision, code, by, reason, at, statement, signature: signer.sign(statement).toString('base64'), key: signer.public_key.toString('base64') });
  }

  write(order, state, at) {
    const entry = this.ledger.append(`oree/entry/v1\norder ${order.id}\nstate ${state}\nevidence ${order.evidence.digest}\nproposal ${sha(`proposal ${order.id}`)}\ndecisions ${sha(JSON.stringify(order.authorities))}\nat ${at}\n`);
    Object.assign(order.quorum, { entry, approvals: order.authorities.filter((a) => a.decision === 'approve').length, refusals: order.authorities.filter((a) => a.decision === 'refuse').length });
    if (state === 'approved') order.proof = { kind: 'embedded', index: entry, size: entry + 1, cosigned: ['factory', 'maintainer'], at };
  }

  seed() {
    const now = this.seeded, wear = (a, b) => [{ sensor: 'bit_friction', share: a }, { sensor: 'drill_temperature', share: b }, { sensor: 'cooling_water_temperature', share: (1 - a - b) * 0.7 }, { sensor: 'drill_speed', share: (1 - a - b) * 0.3 }];
    const plan = [['done', 'robot-1', 60 * hour, 'high'], ['refused', 'robot-3', 52 * hour, 'normal'], ['cancelled', 'press-north-hall-4', 40 * hour, 'low'], ['done', 'robot-2', 30 * hour, 'urgent'], ['expired', 'robot-1', 26 * hour, 'low'],
      ['ordered', 'robot-2', 26 * hour, 'high'], ['scheduled', 'robot-3', 8 * hour, 'normal'], ['in_progress', 'robot-1', 5 * hour, 'urgent'], ['ordered', 'press-north-hall-4', 3 * hour, 'normal'], ['approved', 'robot-7', 20 * minute, 'high'], ['proposed', 'robot-1', 4 * minute, 'high'], ['proposed', 'ducks-line-1', 2 * minute, 'normal']];
    plan.forEach(([state, asset, age, priority], n) => {
      const at = now - age, first = 0.62 - (n % 4) * 0.06;
      const cause = asset === 'ducks-line-1' ? { kind: 'ko_run', station: asset, count: 5, of: 20, score: 5, threshold: 5, started: at, items: this.refused.map(({ item }) => item.id), labels: ['scratch', 'no beak'] }
        : asset.startsWith('press') ? { kind: 'person', by: 'A. Morel', sentence: 'It squeals when the ram comes down.' }
          : { kind: 'anomaly', machine: asset, detector: 'lstm', model: 'robot-lstm/3', score: 1.71 - n / 20, threshold: 0.9, started: at - 90e3, contributions: wear(first, 0.27) };
      this.add(state, { id: this.uuid(n), asset, fault: asset === 'ducks-line-1' ? 'ko_run' : asset.startsWith('press') ? 'bearing' : 'bit_wear', priority, cause, at, n });
    });
    const busy = this.orders.find((one) => one.state === 'in_progress');
    this.operate({ device: 'seed', operations: [['technician', 'C. Petit'], ['started', now - 2 * hour], ['task/stop', true], ['task/bit', true], ['note', 'The bit was blue at its tip. The coolant hose has a kink near the tool head.']].map(([field, value], i) => ({ id: `seed${i}`, order: busy.id, field, value, seen: '', at: now - hour + i * 1000, by: 'C. Petit' })) });
    this.operate({ device: 'other', operations: [{ id: 'seed9', order: busy.id, field: 'note', value: 'Bit worn, replaced. Hose straightened.', seen: '', at: now - hour / 2, by: 'L. Roux' }] });
    const done = this.orders.find((one) => one.state === 'done');
    this.operate({ device: 'seed', operations: [['technician', 'L. Roux'], ['started', done.updated - hour], ['finished', done.updated], ['note', 'Replaced the bit, ten holes drilled, friction back at 0.30.'], ...done.tasks.map((t) => [`task/${t.id}`, true]), ['part/bit-8mm', true]].map(([field, value], i) => ({ id: `done${i}`, order: done.id, field, value, seen: '', at: done.updated - hour + i * 1000, by: 'L. Roux' })) });
  }

  add(state, { id, asset, fault, priority, cause, at, n }) {
    const order = { id, asset, fault, state: 'proposed', priority, created: at, updated: at, expires: at + 15 * minute, due: at + 24 * hour, cost: { ceiling: 1200, currency: 'EUR' }, cause, causes: n % 3 === 0 ? 3 : 1,
      evidence: this.seal(asset, cause, at), quorum: { needed: 2, of: 3, approvals: 0, refusals: 0 }, authorities: [], proof: null, erp: null,
      tasks: tasks.map(([key, en, fr]) => ({ id: key, text: { en, fr }, done: false })), parts: [{ id: 'bit-8mm', name: { en: 'Drill bit 8 mm', fr: 'Mèche de 8 mm' }, quantity: 1, used: false }],
      work: { note: '', technician: '', started: null, finished: null, photos: [], signature: null }, versions: {}, fields: {}, conflicts: [], history: [{ at, state: 'proposed', by: 'station', code: '', reason: '' }] };
    this.orders.unshift(order);
    this.orders.sort((a, b) => b.created - a.created);
    this.orders.find((o) => o.id === id);
    const move = (to, by, code, reason, after) => { order.state = to; order.updated = at + after; order.history.push({ at: at + after, state: to, by, code, reason }); };
    const yes = (i, after) => this.decide(order, authorities[i], 'approve', i === 1 ? 'person' : 'ok', 'every rule is met', i === 1 ? 'M. Lefèvre' : 'rules', at + after);
    if (state === 'refused') {
      this.decide(order, authorities[0], 'refuse', 'cost_ceiling', 'it may cost 1200 EUR; 900 EUR are allowed', 'rules', at + 400);
      this.decide(order, authorities[2], 'refuse', 'outside_window', 'it is outside the hours in which it may approve', 'rules', at + 500);
      move('refused', 'authorities', 'refused', '', 900);
      return this.write(order, 'refused', at + 800);
    }
    if (state === 'expired') {
      yes(0, 400);
      move('expired', 'authorities', 'expired', '', 15 * minute);
      return this.write(order, 'expired', at + 15 * minute);
    }
    if (state === 'proposed') {
      if (fault === 'bit_wear') yes(0, 400);
      if (fault === 'bit_wear') order.authorities.push({ name: 'maintainer', decision: 'pending', code: '', by: '', reason: 'every rule is met; a person has the last word', at: at + 500, statement: '', signature: '', key: '' });
      return undefined;
    }
    yes(0, 400);
    if (n % 2) this.decide(order, authorities[2], 'refuse', 'score_below_limit', 'the score 1.4 is below 1.5', 'rules', at + 450);
    yes(1, 65e3);
    this.write(order, 'approved', at + 66e3);
    move('approved', 'authorities', 'quorum', '', 67e3);
    if (state === 'approved') return undefined;
    order.erp = { system: 'Dynamics 365', number: `WO-00${4711 + n}`, url: '', at: at + 70e3, state: 'placed' };
    move('ordered', 'station', 'erp', order.erp.number, 70e3);
    if (state === 'cancelled') return move('cancelled', 'A. Morel', 'person', 'the press was sold', 2 * hour);
    if (state !== 'ordered') move('scheduled', 'C. Petit', 'technician', '', hour);
    if (state === 'in_progress' || state === 'done') move('in_progress', 'C. Petit', 'technician', '', 2 * hour);
    if (state === 'done') move('done', 'L. Roux', 'technician', '', 3 * hour);
    return undefined;
  }

  publish(order) { this.tell('order', order); }

  set(order, field, op, device) {
    const written = { op: op.id, value: op.value, by: op.by, device, at: op.at }, [kind, id] = field.split('/');
    order.fields[field] = written;
    order.versions[field] = op.id;
    if (kind === 'task') Object.assign(order.tasks.find((t) => t.id === id), { done: op.value, at: op.at, by: op.by });
    else if (kind === 'part') order.parts.find((p) => p.id === id).used = op.value;
    else if (field !== 'state') order.work[field] = op.value;
  }

  apply(order, op, device) {
    const { field } = op, contested = order.conflicts.find((c) => c.field === field), known = order.fields[field];
    const resolves = contested && op.resolves?.length > 0 && contested.values.every((v) => op.resolves.includes(v.op));
    if (field === 'photo') return order.work.photos.push({ digest: op.value.digest, op: op.id, at: op.at, by: op.by }) && 'applied';
    if (field === 'state' && op.value !== order.state) {
      if (!next[order.state]?.includes(op.value)) return { code: 'conflict', reason: `order ${order.id} is ${order.state}: it cannot become ${op.value}` };
      const back = order.state === 'in_progress' && op.value === 'scheduled', unheard = back && known && known.op !== op.seen && !resolves;
      if (unheard) return order.conflicts.push({ field, values: [known, { op: op.id, value: op.value, by: op.by, device, at: op.at }] }) && 'conflict';
      order.state = op.value;
      order.history.push({ at: op.at, state: op.value, by: op.by, code: 'technician', reason: '' });
    }
    if (field === 'state') order.conflicts = order.conflicts.filter((c) => c !== contested || (!resolves && op.value !== 'done'));
    if (contested ? resolves : field === 'state' || !known || known.op === op.seen || JSON.stringify(known.value) === JSON.stringify(op.value)) {
      order.conflicts = order.conflicts.filter((c) => c !== contested);
      this.set(order, field, op, device);
      return 'applied';
    }
    const mine = { op: op.id, value: op.value, by: op.by, device, at: op.at };
    if (!contested) order.conflicts.push({ field, values: [known, mine] });
    else if (contested.values.some((v) => v.op === op.seen)) contested.values = contested.values.map((v) => (v.op === op.seen ? mine : v));
    else contested.values = [...contested.values, mine];
    if (contested?.values[0] === mine) this.set(order, field, op, device);
    return 'conflict';
  }

  operate({ device, operations }) {
    const out = { applied: [], conflicts: [], refused: [], orders: [] };
    for (const op of operations) {
      const order = this.orders.find((o) => o.id === op.order);
      const outcome = this.outcomes.get(op.id) ?? (order ? this.apply(order, op, device) : { code: 'not_found', reason: `there is no order ${op.order}` });
      this.outcomes.set(op.id, outcome);
      if (outcome === 'applied') out.applied.push(op.id);
      else if (outcome === 'conflict') out.conflicts.push({ id: op.id, order: op.order, field: op.field });
      else out.refused.push({ id: op.id, ...outcome });
      if (order && !out.orders.includes(order)) out.orders.push(order);
    }
    for (const order of out.orders) {
      if (device !== 'seed' && device !== 'other') order.updated = Math.max(order.updated, Date.now());
      this.publish(order);
    }
    return out;
  }

  list(q) {
    const states = (q.get('state') ?? '').split(',').filter(Boolean), since = Number(q.get('since') ?? 0);
    const all = this.orders.filter((o) => (states.length === 0 || states.includes(o.state)) && o.updated >= since);
    return [200, { orders: all.slice(0, Number(q.get('limit') ?? 100)), next: null, now: Date.now() }];
  }

  propose({ asset, fault, by, sentence, priority }) {
    this.add('proposed', { id: this.uuid(100 + this.orders.length), asset, fault, priority: priority || 'normal', cause: { kind: 'person', by, sentence: sentence ?? '' }, at: Date.now(), n: 1 });
    this.publish(this.orders[0]);
    return [201, this.orders[0]];
  }

  ledger_sheet() {
    const checkpoint = this.ledger.entries.length > 0 ? this.ledger.checkpoint(Math.floor(this.seeded / 1000)) : '', size = this.ledger.entries.length;
    return { origin: this.ledger.origin, size, root: this.ledger.root().toString('base64'), ...this.ledger.policy(), kind: 'embedded', chain: null, erp: null, checkpoint, cosigned_size: size, cosigned: ['factory', 'maintainer'] };
  }

  order_call(method, [id, what, digest], q, body) {
    if (!id) return method === 'POST' ? this.propose(JSON.parse(body)) : this.list(q);
    if (id === 'operations') return [200, this.operate(JSON.parse(body))];
    if (id === 'photos' && method === 'PUT') return this.keep(body) === what ? [200, { digest: what }] : [400, { error: 'invalid', detail: 'the address must be the SHA-256 of what is sent' }];
    if (id === 'photos') return this.blobs.has(what) ? [200, this.blobs.get(what), { 'content-type': this.blobs.get(what)[0] === 0x89 ? 'image/png' : 'image/jpeg' }] : [404, { error: 'not found' }];
    const order = this.orders.find((o) => o.id === id);
    if (!order) return [404, { error: 'not_found', detail: `there is no order ${id}` }];
    if (!what) return [200, order];
    if (what === 'evidence') return [200, this.blobs.get(digest ?? order.evidence.digest), { 'content-type': order.evidence.parts.find((part) => part.digest === digest)?.type ?? 'application/json' }];
    if (what === 'proof') return order.quorum.entry === undefined ? [404, { error: 'not_found', detail: 'not in the ledger yet' }] : [200, this.ledger.proof(order.quorum.entry, this.ledger_sheet().checkpoint), { 'content-type': 'text/plain; charset=utf-8' }];
    const { state, by, reason } = JSON.parse(body);
    if (!next[order.state]?.includes(state)) return [409, { error: 'conflict', detail: `order ${id} is ${order.state}: it cannot become ${state}` }];
    Object.assign(order, { state, updated: Date.now() });
    order.history.push({ at: Date.now(), state, by, code: 'person', reason });
    this.publish(order);
    return [200, order];
  }

  /** [status, body, headers] for an address of maintenance, or null when it is none. */
  answer(method, url, body) {
    const [, , , family, ...rest] = url.pathname.split('/').map(decodeURIComponent), q = url.searchParams, count = (name, d) => this.orders.flatMap((o) => o.authorities).filter((a) => a.name === name && a.decision === d).length;
    if (family === 'orders') return this.order_call(method, rest, q, body);
    if (family === 'authorities') return [200, { quorum: 2, authorities: authorities.map((a, i) => ({ name: a.name, url: i === 2 ? 'http://127.0.0.1:8473' : `http://127.0.0.1:847${i + 1}`, key: a.public_key.toString('base64'), state: i === 2 ? 'away' : 'ready', last_seen: Date.now() - (i === 2 ? 9 * minute : 1200 * (i + 1)), approved: count(a.name, 'approve'), refused: count(a.name, 'refuse'), error: i === 2 ? 'connection refused' : '' })) }];
    if (family === 'ledger' && !rest[0]) return [200, this.ledger_sheet()];
    if (family === 'ledger') {
      const from = Number(q.get('from') ?? 0), limit = Number(q.get('limit') ?? 50), fields = (text) => Object.fromEntries(text.trim().split('\n').slice(1).map((l) => l.split(' ')));
      return [200, { entries: this.ledger.entries.slice(from, from + limit).map((text, i) => ({ index: from + i, ...fields(text), at: Number(fields(text).at), text })), size: this.ledger.entries.length }];
    }
    if (family === 'events' && rest[0] === 'subscriptions') return [200, { subscriptions: this.orders.length === 0 ? [] : [{ name: 'erp-bridge', sink: 'webhook', address: 'https://erp.example/hooks/oree', schema: 'cloudevents', filter: {}, state: 'active', waiting: 0, delivered: 118, dead: 0, last_error: '', last_delivery: Date.now() - 4 * minute }, { name: 'shift-board', sink: 'webhook', address: 'https://board.example/in', schema: 'eventgrid', filter: {}, state: 'failed', waiting: 2, delivered: 41, dead: this.dead.length, last_error: 'connection refused', last_delivery: Date.now() - 2 * hour }] }];
    if (family === 'events' && rest[0] === 'deliveries') return [200, { deliveries: this.deliveries.filter((d) => !q.get('state') || d.state === q.get('state')) }];
    if (family === 'events' && rest[2] === 'retry') { this.dead = this.dead.filter((d) => d.id !== rest[1]); return [200, {}]; }
    if (family === 'events') return [200, { dead: this.dead }];
    return null;
  }
}
