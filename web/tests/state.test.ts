// The small decisions behind the pages: merging events, filters in the address, time buckets, reasons, timings, masks.
import assert from 'node:assert/strict';
import test from 'node:test';
import { toggled } from '../src/state/filter';
import { cells_of } from '../src/parts/mask';
import { stages_of } from '../src/parts/timings';
import { last_minute, minute_points, since_first, whole_hour } from '../src/state/buckets';
import { api_query } from '../src/state/gallery';
import { cameras_of, face_of } from '../src/state/item_facts';
import { address_of, calls_of } from '../src/state/openapi';
import { language } from '../src/state/preferences';
import { merge_items } from '../src/state/stream';
import type { Bucket } from '../src/state/types';
import { reason_of_step, reasons_of_item, rule_in_words } from '../src/words/reasons';
import { item, step } from './item';

language.value = 'en';
const at = (id: string, second: number) => item({ id, creation_date: `2026-11-22T19:40:${String(second).padStart(2, '0')}.000000Z` });

test('AReplayedItemIsNotShownTwice', () => {
  const merged = merge_items([at('b', 2), at('a', 1)], [at('b', 2), at('c', 3)]);
  assert.deepEqual(merged.map((i) => i.id), ['c', 'b', 'a']);
});

test('OnlyTheNewestItemsAreKept', () => {
  const many = Array.from({ length: 30 }, (_, i) => at(`i${i}`, i));
  assert.deepEqual(merge_items([], many, 2).map((i) => i.id), ['i29', 'i28']);
});

test('AFilterIsAddedThenTakenAway', () => {
  const once = toggled(new URLSearchParams('label=a'), 'label', 'b');
  assert.equal(once.toString(), 'label=a&label=b');
  assert.equal(toggled(once, 'label', 'a').toString(), 'label=b');
});

test('ASpanBecomesAMoment', () => {
  const query = api_query(new URLSearchParams('decision=KO&decision=OK&since=1h&junk=1'), Date.parse('2026-11-22T19:00:00Z'));
  assert.deepEqual(query.getAll('decision'), ['KO', 'OK']);
  assert.equal(query.get('from'), '2026-11-22T18:00:00.000Z');
  assert.equal(query.has('junk'), false);
});

const bucket = (second: number, ok: number, ko: number): Bucket => ({ start: new Date(Date.UTC(2026, 10, 22, 19, 0, second)).toISOString(), ok, ko, no_decision: 0, p50_us: 1000, p95_us: 2000 });

test('AMinuteWithoutPartsIsAGap', () => {
  const buckets = Array.from({ length: 12 }, (_, i) => bucket(i * 10, i < 6 ? 3 : 0, i < 6 ? 1 : 0));
  const points = minute_points(buckets);
  assert.equal(points.length, 2);
  assert.equal(points[0]!.yield, 0.75);
  assert.equal(points[0]!.rate, 24);
  assert.equal(points[1]!.yield, null);
});

test('TheFillingBucketIsNotCounted', () => {
  const buckets = [...Array.from({ length: 6 }, (_, i) => bucket(i * 10, 1, 0)), bucket(60, 0, 50)];
  assert.equal(last_minute(buckets).yield, 1);
});

test('TheReasonIsSaidInTheLanguageOfTheReader', () => {
  assert.equal(reason_of_step(step()), 'scratch seen (97%), good expected');
  language.value = 'fr';
  assert.match(reason_of_step(step()), /^scratch vu \(97\s%\), good attendu$/u);
  language.value = 'en';
});

test('AReasonWithoutItsValuesFallsBackToTheStationsSentence', () => {
  const { reason_values: _, ...bare } = step();
  assert.equal(reason_of_step(bare as never), 'the station’s own sentence');
  assert.equal(reason_of_step(step({ reason_code: 'something_new' })), 'the station’s own sentence');
});

test('AMissingThresholdIsTakenFromTheRule', () => {
  const few = step({ reason_code: 'too_few', reason_values: { label: 'person', count: 1 }, rule: { type: 'min_nb_objects', label: 'person', threshold: 2 } });
  assert.equal(reason_of_step(few), 'person: 1 found, at least 2 expected');
});

test('OnlyTheStepsThatDecidedAreGivenAsReasons', () => {
  const two = item({ steps: [step({ name: 'beak', decision: 'OK', reason_code: 'right_label' }), step({ name: 'surface' })] });
  assert.deepEqual(reasons_of_item(two), ['scratch seen (97%), good expected · surface']);
});

test('RatiosInRulesAreReadAsPercentages', () => {
  assert.equal(rule_in_words({ type: 'max_area_ratio', label: 'defect', threshold: 0.0005 }), 'defect on at most 0.05% of the image');
  assert.equal(rule_in_words({ type: 'new_kind' }), 'new_kind');
});

test('StagesAddUpToTheTotal', () => {
  const stages = stages_of(item());
  assert.equal(stages.reduce((sum, s) => sum + s.us, 0), 12600);
  assert.ok(stages.some((s) => s.name === 'other' && s.us === 157));
});

test('AMaskWithTooLongRunsIsCut', () => {
  assert.deepEqual([...cells_of({ width: 2, height: 2, runs: [[-1, 1], [0, 2], [0, 99]] })], [-1, 0, 0, 0]);
});

test('ACameraWithoutAnImageIsStillListed', () => {
  const late = item({ cameras_metadata: { side: {}, top: {} } });
  assert.deepEqual(cameras_of(late), ['side', 'top']);
  assert.equal(face_of(late), undefined);
});

test('ACallsAddressIsFilledIn', () => {
  const [call] = calls_of({ paths: { '/items/{id}': { get: { parameters: [{ name: 'id', in: 'path', required: true }, { $ref: '#/parameters/size' }] } } }, parameters: { size: { name: 'longest', in: 'query', schema: { type: 'integer' } } } });
  assert.equal(address_of(call!, { id: 'a/b', longest: '320' }), '/items/a%2Fb?longest=320');
  assert.equal(address_of(call!, { id: 'a' }), '/items/a');
});

test('ATypedQueryIsAppended', () => {
  const [call] = calls_of({ paths: { '/items': { get: {} } } });
  assert.equal(address_of(call!, { '?': 'limit=5' }), '/items?limit=5');
});

test('MinutesWithoutBucketsAreGaps', () => {
  const hour = whole_hour([bucket(0, 3, 0)], Date.UTC(2026, 10, 22, 19, 5, 0));
  assert.equal(hour.length, 361);
  const points = minute_points(hour);
  assert.equal(points.filter((p) => p.items > 0).length, 1);
  assert.equal(points.at(-1)!.yield, null);
});

test('AStepThatOnlyLooksHasNoRuleToTell', () => {
  assert.equal(reason_of_step(step({ rule: null, reason_code: 'no_rule' })), 'this step only looks, it does not judge');
});

test('ChartsBeginWithTheFirstPartButShowTenMinutesAtLeast', () => {
  const empty = { items: 0, good: 0, refused: 0, rate: null, yield: null, p50: null, p95: null };
  const points = Array.from({ length: 60 }, (_, i) => ({ ...empty, time: i * 60 }));
  assert.equal(since_first(points).length, 60);
  points[57] = { ...points[57]!, rate: 2 } as never;
  assert.equal(since_first(points).length, 10);
  points[20] = { ...points[20]!, rate: 2 } as never;
  assert.equal(since_first(points)[0]!.time, 20 * 60);
});
