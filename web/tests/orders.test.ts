// From an anomaly or a refused part to its order and back, and what of sealed evidence belongs together.
import assert from 'node:assert/strict';
import test from 'node:test';
import { open_run, order_of_anomaly, order_of_item, orders_of } from '../src/state/order_links';
import { in_column, next_states, with_order } from '../src/state/order_steps';
import { refused_of } from '../src/state/evidence';
import type { Cause, EvidencePart, Order } from '../src/state/orders_types';
import { orders_en } from '../src/words/orders_en';
import { orders_fr } from '../src/words/orders_fr';

const anomaly = (started: number, machine = 'robot-1'): Cause => ({ kind: 'anomaly', machine, detector: 'lstm', model: 'm/1', score: 2, threshold: 1, started, contributions: [] });
const run = (items: string[]): Cause => ({ kind: 'ko_run', station: 'line', count: items.length, of: 10, started: 0, items, labels: [] });
const order = (id: string, cause: Cause, more: Partial<Order> = {}): Order => ({
  id, cause, asset: cause.kind === 'anomaly' ? cause.machine : 'line', state: 'ordered', created: 1000, updated: 2000, causes: 1, priority: 'normal', due: null, ...more } as Order);

test('AnAnomalyLeadsToTheOrderThatItMade', () => {
  const mine = order('a', anomaly(500)), other = order('b', anomaly(500, 'robot-2'));
  assert.equal(order_of_anomaly([other, mine], { machine: 'robot-1', from: 500, to: 900 })?.id, 'a');
  assert.equal(order_of_anomaly([mine], { machine: 'robot-1', from: 90_000, to: 99_000 }), undefined);
});

test('AnAnomalyThatWasAddedToAnOpenOrderLeadsThere', () => {
  const open = order('a', anomaly(500), { causes: 2 }), closed = order('b', anomaly(100), { causes: 3, state: 'done', created: 100, updated: 300 });
  assert.equal(order_of_anomaly([closed, open], { machine: 'robot-1', from: 90_000, to: 99_000 })?.id, 'a');
  assert.equal(order_of_anomaly([closed], { machine: 'robot-1', from: 90_000, to: 99_000 }), undefined, 'it was closed before');
});

test('ARefusedPartLeadsToTheOrderOfItsRun', () => {
  assert.equal(order_of_item([order('a', anomaly(1)), order('b', run(['x', 'y']))], 'y')?.id, 'b');
  assert.equal(order_of_item([order('b', run(['x']))], 'z'), undefined);
});

test('LiveShowsTheNewestOpenRun', () => {
  const all = [order('old', run(['x']), { created: 1 }), order('new', run(['y']), { created: 2 }), order('done', run(['z']), { created: 3, state: 'done' })];
  assert.equal(open_run(all)?.id, 'new');
  assert.equal(open_run([]), undefined);
});

test('AMachineShowsItsOwnOrdersOpenOnesFirst', () => {
  const all = [order('done', anomaly(1), { state: 'done' }), order('open', anomaly(2)), order('other', anomaly(3, 'robot-2'))];
  assert.deepEqual(orders_of(all, 'robot-1').map((one) => one.id), ['open', 'done']);
});

test('TheSealedPartsOfOneItemStandTogetherNewestFirst', () => {
  const part = (name: string): EvidencePart => ({ name, type: '', bytes: 1, digest: name });
  const found = refused_of([part('item/1.json'), part('picture/1/top'), part('item/2.json'), part('picture/2/top'), part('picture/2/side'), part('model/a/1/model.onnx'), part('configuration.json')]);
  assert.deepEqual(found.map(({ id, pictures }) => [id, pictures.length]), [['2', 2], ['1', 1]]);
});

test('AnOlderAccountOfAnOrderChangesNothing', () => {
  const fresh = order('a', anomaly(1), { updated: 9, state: 'done' });
  assert.equal(with_order([fresh], order('a', anomaly(1), { updated: 5 }))[0], fresh);
  assert.equal(in_column(with_order([], fresh), 'closed').length, 1);
});

test('WhatIsClosedIsOfferedNoStep', () => {
  for (const state of ['done', 'refused', 'expired', 'cancelled'] as const) assert.deepEqual(next_states(state), []);
});

test('BothLanguagesSayTheSameOfOrders', () => {
  const places = (entry: unknown) => [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) ?? [])].sort();
  assert.deepEqual(Object.keys(orders_fr).sort(), Object.keys(orders_en).sort());
  for (const [key, entry] of Object.entries(orders_en)) assert.deepEqual(places((orders_fr as Record<string, unknown>)[key]), places(entry), key);
});
