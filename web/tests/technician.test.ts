// The technician's queue: what waits, what it has seen, what becomes of it, and how it is sent.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Maintenance } from '../dev/orders.mjs';
import type { Order } from '../src/state/orders_types';
import { language } from '../src/state/preferences';
import { path_of } from '../src/technician/chart';
import { edit, is_news, pictures_of, resolution, settle, shown, ulid, type Answer, type Change, type Waiting } from '../src/technician/queue';
import type { Changes, Facts, Kept, Papers, Picture, Store } from '../src/technician/store';
import { sync } from '../src/technician/sync';
import { technician_en, technician_fr } from '../src/words/technician';
import { order_en, order_fr } from '../src/words/order_words';
import type { Entry } from '../src/words/words';

const fresh = (): Order => structuredClone(new Maintenance(() => undefined).orders.find((one) => one.state === 'ordered')) as Order;
let count = 0;
const author = (by = 'Ada') => ({ id: `op${++count}`, at: 1000 + count, by });
const note = (value: string): Change => ({ field: 'note', value });

test('IdsRiseAlsoWithinAMillisecondAndWhenTheClockGoesBack', () => {
  const ids = [ulid(2e12), ulid(2e12), ulid(1e12), ulid(2e12 + 1)];
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(ids).size, 4);
  for (const id of ids) assert.match(id, /^[0-9A-HJKMNP-TV-Z]{26}$/);
});

test('AnIdWhoseLastDigitIsFullCarries', () => {
  const full = () => new Uint8Array(16).fill(31);
  const [a, b] = [ulid(3e12, full), ulid(3e12, full)];
  assert.ok(b > a);
});

test('AnEditHasSeenWhatThePhoneShows', () => {
  const order = fresh();
  order.versions['note'] = 'v7';
  const first = edit(order, [], note('a'), author());
  assert.equal(first.seen, 'v7');
  assert.equal(edit(order, [{ ...first, sent: true }], note('b'), author()).seen, first.id);
  assert.equal(edit(order, [first], { field: 'task/stop', value: true }, author()).seen, '');
});

test('WhatNeverLeftThePhoneIsChangedInPlaceWhatMayHaveLeftItIsNot', () => {
  const order = fresh(), first = edit(order, [], note('a'), author()), again = edit(order, [first], note('ab'), author());
  assert.deepEqual([again.id, again.value, again.seen], [first.id, 'ab', first.seen]);
  const third = edit(order, [{ ...first, sent: true }], note('ab'), author());
  assert.notEqual(third.id, first.id);
});

test('TwoPhotosAreTwoOperations', () => {
  const order = fresh(), photo = (c: string): Change => ({ field: 'photo', value: { digest: c.repeat(64) } });
  const first = edit(order, [], photo('a'), author()), second = edit(order, [first], photo('b'), author());
  assert.notEqual(first.id, second.id);
  assert.deepEqual([first.seen, second.seen], ['', '']);
  assert.deepEqual(shown(order, [first, second]).work.photos.map((one) => one.digest[0]), ['a', 'b']);
  assert.deepEqual(pictures_of(first), ['a'.repeat(64)]);
});

test('ThePhoneShowsTheStationsOrderWithItsOwnChangesOnTop', () => {
  const order = fresh(), [task] = order.tasks, before = structuredClone(order);
  const queue = ([[`task/${task!.id}`, true], ['part/bit-8mm', true], ['note', 'worn'], ['state', 'in_progress'], ['started', 5], ['technician', 'Ada']] as const).map(([field, value]) => edit(order, [], { field, value }, author()));
  const seen = shown(order, queue);
  assert.equal(seen.tasks[0]!.done, true);
  assert.equal(seen.tasks[0]!.by, 'Ada');
  assert.equal(seen.parts[0]!.used, true);
  assert.deepEqual([seen.work.note, seen.work.started, seen.work.technician, seen.state], ['worn', 5, 'Ada', 'in_progress']);
  assert.deepEqual(order, before);
  assert.equal(shown(order, queue.map((one) => ({ ...one, order: 'another' }))), order);
});

test('WhatChangesNothingIsNoNews', () => {
  const order = fresh(), [task] = order.tasks;
  assert.equal(is_news(order, note('')), false);
  assert.equal(is_news(order, note('x')), true);
  assert.equal(is_news(order, { field: `task/${task!.id}`, value: false }), false);
  assert.equal(is_news(order, { field: 'task/none', value: true }), false);
  assert.equal(is_news(order, { field: 'state', value: 'ordered' }), false);
  assert.equal(is_news(order, { ...note(''), resolves: ['a'] }), true);
});

test('AChoiceNamesEveryAccountAndHidesTheContradiction', () => {
  const order = fresh(), written = (op: string) => ({ op, value: op, by: 'x', device: 'd', at: 1 });
  order.conflicts = [{ field: 'note', values: [written('1'), written('2'), written('3')] }];
  const chosen = edit(order, [], resolution(order, 'note', '2'), author());
  assert.deepEqual(chosen.resolves, ['1', '2', '3']);
  assert.deepEqual(shown(order, [chosen]).conflicts, []);
  assert.equal(order.conflicts.length, 1);
});

test('OnlyWhatTheStationNamedLeavesTheQueue', () => {
  const order = fresh(), queue = ['a', 'b', 'c', 'd'].map((text) => edit(order, [], note(text), author()));
  const answer: Answer = { applied: [queue[0]!.id, 'a stranger'], conflicts: [{ id: queue[1]!.id, order: order.id, field: 'note' }], refused: [{ id: queue[2]!.id, code: 'conflict', reason: 'no' }], orders: [] };
  const { settled, refused } = settle(queue, answer);
  assert.deepEqual(settled, queue.slice(0, 3).map((one) => one.id));
  assert.deepEqual(refused.map((one) => [one.id, one.reason, one.operation.value]), [[queue[2]!.id, 'no', 'c']]);
});

test('AGapInTheWindowIsAGapInItsLine', () => {
  const points = [1, null, 3].map((value, at) => ({ at, value }));
  assert.equal(path_of(points, 0, 2, 1, 3), 'M0.0 100.0M1000.0 0.0');
  assert.equal(path_of([{ at: 0, value: 2 }], 0, 0, 2, 2), 'M0.0 100.0');
});

const forms = (entry: Entry): string => (typeof entry === 'string' ? entry : entry.one + entry.other);
test('TheTechniciansWordsAreTheSameInBothLanguages', () => {
  for (const [en, fr] of [[technician_en, technician_fr], [order_en, order_fr]] as unknown as Record<string, Entry>[][]) {
    assert.deepEqual(Object.keys(fr!).sort(), Object.keys(en!).sort());
    for (const key of Object.keys(en!)) {
      const places = (table: Record<string, Entry>) => [...new Set([...forms(table[key]!).matchAll(/\{(\w+)\}/g)].map((m) => m[1]))].sort();
      assert.deepEqual(places(fr!), places(en!), key);
      assert.ok(forms(fr![key]!).trim() && forms(en![key]!).trim(), key);
    }
  }
  assert.equal(language.value, 'en');
});

/** The store's contract in memory; the browser tests use the real one. */
function memory_store(): Store & { kept: Kept; pictures: Map<string, Picture> } {
  const kept: Kept = { orders: [], waiting: [], refused: [], facts: { device: 'phone' } }, papers = new Map<string, Papers>(), pictures = new Map<string, Picture>();
  const over = <T extends object>(all: T[], put: T[] = [], drop: string[] = []) => [...all.filter((one) => !drop.includes((one as { id: string }).id) && !put.some((other) => (other as { id: string }).id === (one as { id: string }).id)), ...put].sort((a, b) => ((a as { id: string }).id < (b as { id: string }).id ? -1 : 1));
  const apply = (changes: Changes) => {
    kept.orders = over(kept.orders, structuredClone(changes.orders ?? []), changes.gone);
    kept.waiting = over(kept.waiting, changes.put, changes.settled);
    kept.refused = over(kept.refused, changes.refused, changes.understood);
    Object.assign(kept.facts, changes.facts as Partial<Facts>);
    for (const one of changes.papers ?? []) papers.set(one.id, one);
    for (const one of changes.pictures ?? []) pictures.set(one.digest, one);
  };
  return {
    kept, pictures, read: async () => structuredClone(kept), write: async (changes) => apply(changes), decide: async (choose) => apply(choose(structuredClone(kept))), papers: async () => [...papers.values()],
    picture: async (digest) => pictures.get(digest), pictures_to_send: async () => [...pictures.values()].filter((one) => !one.uploaded).map((one) => one.digest), version: () => 0,
  };
}

/** A station in this process, behind fetch; `lose` breaks the connection before or after the station has heard. */
function station(lose: (method: string, path: string) => 'before' | 'after' | number | null = () => null) {
  const maintenance = new Maintenance(() => undefined);
  globalThis.fetch = (async (path: string, init: RequestInit = {}) => {
    const url = new URL(path, 'http://box'), method = init.method ?? 'GET', lost = lose(method, url.pathname);
    if (lost === 'before') throw new TypeError('no network');
    if (typeof lost === 'number') return new Response('{"error":"full"}', { status: lost });
    const [status, body] = maintenance.answer(method, url, typeof init.body === 'string' ? init.body : init.body && Buffer.from(init.body as ArrayBuffer)) as [number, unknown];
    if (lost === 'after') throw new TypeError('no network');
    return new Response(Buffer.isBuffer(body) || typeof body === 'string' ? (body as BodyInit) : JSON.stringify(body), { status });
  }) as typeof fetch;
  return maintenance;
}
const waiting_for = (order: Order, changes: Change[]): Waiting[] => changes.map((one) => edit(order, [], one, { id: ulid(), at: Date.now(), by: 'Ada' }));

test('APhoneMeetsTheStationAndHasOrdersEvidenceAndProofs', async () => {
  station();
  const store = memory_store();
  assert.equal(await sync(store, Date.now), null);
  const open = store.kept.orders.filter((one) => one.state === 'ordered');
  assert.ok(open.length > 0);
  const papers = await store.papers();
  assert.ok(papers.some((one) => one.sealed?.good && one.sealed.window && one.proof));
  assert.ok(store.kept.facts.ledger && store.kept.facts.cursor && store.kept.facts.synced_at);
});

test('AnAnswerThatGotLostIsAskedForAgainAndNothingHappensTwice', async () => {
  let lost = 2;
  const maintenance = station((method) => (method === 'POST' && lost-- > 0 ? 'after' : null)), store = memory_store();
  await sync(store, Date.now);
  const order = store.kept.orders.find((one) => one.state === 'ordered')!;
  await store.write({ put: waiting_for(order, [note('worn'), { field: 'state', value: 'in_progress' }]) });
  assert.deepEqual(await sync(store, Date.now), { kind: 'offline', why: '' });
  assert.equal(store.kept.waiting.length, 2);
  assert.ok(store.kept.waiting.every((one) => one.sent));
  assert.deepEqual(await sync(store, Date.now), { kind: 'offline', why: '' });
  assert.equal(await sync(store, Date.now), null);
  assert.equal(store.kept.waiting.length, 0);
  const there = maintenance.orders.find((one) => one.id === order.id) as Order;
  assert.deepEqual([there.work.note, there.state], ['worn', 'in_progress']);
  assert.equal(there.history.filter((one) => one.state === 'in_progress').length, 1);
});

test('APictureThatCannotGoHoldsItsOwnOperationBackAndNothingElse', async () => {
  let full = true;
  const maintenance = station((method) => (method === 'PUT' && full ? 507 : null)), store = memory_store(), bytes = new TextEncoder().encode('\xff picture').buffer as ArrayBuffer;
  await sync(store, Date.now);
  const order = store.kept.orders.find((one) => one.state === 'ordered')!, digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
  await store.write({ put: waiting_for(order, [{ field: 'photo', value: { digest } }, note('worn')]), pictures: [{ digest, order: order.id, bytes, type: 'image/jpeg', uploaded: false }] });
  assert.deepEqual(await sync(store, Date.now), { kind: 'station', why: 'full' });
  assert.deepEqual(store.kept.waiting.map((one) => one.field), ['photo']);
  full = false;
  assert.equal(await sync(store, Date.now), null);
  assert.equal(store.kept.waiting.length, 0);
  assert.ok(maintenance.blobs.has(digest));
});

test('TwoPhonesMergeByFieldAndATrueConflictComesBackToBoth', async () => {
  station();
  const [a, b] = [memory_store(), memory_store()];
  b.kept.facts.device = 'tablet';
  for (const one of [a, b]) await sync(one, Date.now);
  const order = a.kept.orders.find((one) => one.state === 'ordered')!;
  await a.write({ put: waiting_for(order, [note('worn'), { field: 'task/stop', value: true }]) });
  await b.write({ put: waiting_for(order, [note('blocked'), { field: 'task/bit', value: true }]) });
  for (const one of [a, b, a]) assert.equal(await sync(one, Date.now), null);
  for (const one of [a, b]) {
    const seen = one.kept.orders.find((other) => other.id === order.id)!;
    assert.deepEqual(seen.tasks.filter((task) => task.done).map((task) => task.id).sort(), ['bit', 'stop']);
    assert.deepEqual(seen.conflicts.flatMap((conflict) => conflict.values.map((value) => value.value)), ['worn', 'blocked']);
    assert.equal(one.kept.waiting.length, 0);
  }
});

test('AStationWhoseClockWentBackHidesNothing', async () => {
  const maintenance = station(), store = memory_store();
  await sync(store, Date.now);
  store.kept.facts.cursor = Date.now() + 3600e3; // as it was told an hour ahead
  const order = maintenance.orders.find((one) => one.state === 'ordered')!;
  order.work.note = 'seen';
  order.updated = Date.now() - 60e3;
  await sync(store, Date.now);
  await sync(store, Date.now);
  assert.equal(store.kept.orders.find((one) => one.id === order.id)!.work.note, 'seen');
});

test('WhatTheStationRefusesIsKeptForItsAuthor', async () => {
  const maintenance = station(), store = memory_store();
  await sync(store, Date.now);
  const order = store.kept.orders.find((one) => one.state === 'ordered')!;
  await store.write({ put: waiting_for(order, [{ field: 'state', value: 'in_progress' }]) });
  (maintenance.orders.find((one) => one.id === order.id) as Order).state = 'done';
  assert.equal(await sync(store, Date.now), null);
  assert.equal(store.kept.waiting.length, 0);
  assert.match(store.kept.refused[0]!.reason, /is done: it cannot become in_progress/);
});
