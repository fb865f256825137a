// The decisions behind Machines, Messages, Jobs and Alerts: rings, zoom, charts' columns, painter, rates, SQL places.
import assert from 'node:assert/strict';
import test from 'node:test';
import { matches, silence_of, sorted_alerts, with_alert } from '../src/state/alerts';
import { mean_of, rate_columns } from '../src/state/messages';
import { Painter } from '../src/state/painter';
import { Ring } from '../src/state/ring';
import { place_of } from '../src/state/sql_place';
import { with_event } from '../src/state/telemetry';
import { drawn_of, end_of, extent, steady, usual_step, value_near } from '../src/state/track';
import type { Alert, Machine } from '../src/state/telemetry_types';
import { begun, moved, points_for, query_of, range_of, resolution_for, spans, step_of, with_margin, within_limits, zoom_of, zoomed } from '../src/state/zoom';
import { path_of } from '../src/parts/score_line';
import { as_text } from '../src/parts/sql_result';
import { language } from '../src/state/preferences';

language.value = 'en';

function after(ring: Ring, name: string, time: number): [number, number][] {
  const all: [number, number][] = [];
  ring.each_after(name, time, (at, value) => all.push([at, value]));
  return all;
}

test('ARingKeepsTheNewestMoments', () => {
  const ring = new Ring(3);
  for (let i = 1; i <= 5; i++) ring.push(i, { a: i * 10 });
  assert.equal(ring.length, 3);
  assert.equal(ring.newest, 5);
  assert.deepEqual(after(ring, 'a', -Infinity), [[3, 30], [4, 40], [5, 50]]);
  assert.deepEqual(after(ring, 'a', 4), [[5, 50]]);
  assert.deepEqual(after(ring, 'a', 5), []);
  assert.deepEqual(after(ring, 'unknown', 0), []);
});

test('ASensorThatAMomentDoesNotSayIsLeftOutOfIt', () => {
  const ring = new Ring(4);
  ring.push(1, { a: 1 });
  ring.push(2, { b: 2 });
  ring.push(3, { a: 3, b: null });
  assert.deepEqual(after(ring, 'a', 0), [[1, 1], [3, 3]]);
  assert.deepEqual(after(ring, 'b', 0), [[2, 2]]);
});

test('AnOldValueDoesNotShineThroughAReusedPlace', () => {
  const ring = new Ring(2);
  ring.push(1, { a: 1 });
  ring.push(2, { a: 2 });
  ring.push(3, { b: 3 });
  assert.deepEqual(after(ring, 'a', 0), [[2, 2]]);
});

test('SensorsThatSpeakAtTheSameMomentShareIt', () => {
  const ring = new Ring(4);
  ring.push(5, { a: 1 });
  ring.push(5, { b: 2 });
  assert.equal(ring.length, 1);
  assert.deepEqual([after(ring, 'a', 0), after(ring, 'b', 0)], [[[5, 1]], [[5, 2]]]);
});

test('AnOlderMomentIsNotDrawnBack', () => {
  const ring = new Ring(4);
  assert.equal(ring.push(5, { a: 1 }), true);
  assert.equal(ring.push(4, { a: 3 }), false);
  assert.deepEqual(after(ring, 'a', 0), [[5, 1]]);
});

const at = (text: string) => Date.parse(text);
const now = at('2026-11-22T12:00:00Z');

test('TheAddressSaysTheTime', () => {
  assert.deepEqual(zoom_of(new URLSearchParams()), { follows: true, span: 'hour' });
  assert.deepEqual(zoom_of(new URLSearchParams('span=week')), { follows: true, span: 'week' });
  assert.deepEqual(zoom_of(new URLSearchParams('span=toString')), { follows: true, span: 'hour' });
  const between = zoom_of(new URLSearchParams('from=2026-11-22T10:00:00Z&to=2026-11-22T11:00:00Z'));
  assert.deepEqual(between, { follows: false, from: now - 2 * 3600e3, to: now - 3600e3 });
  assert.deepEqual(zoom_of(new URLSearchParams('from=2026-11-22T11:00:00Z&to=2026-11-22T10:00:00Z&span=day')), { follows: true, span: 'day' });
});

test('AZoomComesBackFromItsAddress', () => {
  for (const zoom of [{ follows: true, span: 'hour' }, { follows: true, span: 'year' }, { follows: false, from: now - 1234, to: now }] as const) assert.deepEqual(zoom_of(query_of(zoom)), zoom);
});

test('FromAYearToASecondEachRangeHasItsResolution', () => {
  const of = (ms: number) => resolution_for({ from: now - ms, to: now }, 600);
  assert.deepEqual([spans.year, spans.month, spans.week, spans.day, spans.hour, spans.minute, 1000].map(of), ['1h', '1h', '1m', '1m', '1s', 'raw', 'raw']);
});

test('TheLiveEndIsGatheredAsWideAsThePoints', () => {
  const hour = { from: now - spans.hour, to: now };
  assert.equal(step_of(hour, 600, '1s'), 6000);
  assert.equal(step_of(hour, 600, '1m'), 60000);
  assert.equal(step_of({ from: now - 60e3, to: now }, 600, 'raw'), 100);
});

test('ARangeIsNeverNarrowerThanASecondNorWiderThanTwoYears', () => {
  assert.deepEqual(within_limits({ from: now, to: now + 10 }), { from: now - 495, to: now + 505 });
  const wide = within_limits({ from: 0, to: now });
  assert.equal(wide.to - wide.from, 2 * spans.year);
  const second = zoomed({ from: now, to: now + 1000 }, 0.5);
  assert.equal(second.to - second.from, 1000);
});

test('ZoomingKeepsTheMiddleAndMovingTheWidth', () => {
  assert.deepEqual(zoomed({ from: now, to: now + 4000 }, 0.5), { from: now + 1000, to: now + 3000 });
  assert.deepEqual(moved({ from: now, to: now + 4000 }, -0.5), { from: now - 2000, to: now + 2000 });
});

test('AStationThatJustStartedFillsItsHour', () => {
  const zoom = { follows: true, span: 'hour' } as const, range = range_of(zoom, now);
  assert.deepEqual(begun(range, zoom, null), range);
  assert.equal(begun(range, zoom, now - 600e3).from, now - 600e3);
  assert.equal(begun(range, zoom, now - 5e3).from, now - 60e3);
  const week = { follows: true, span: 'week' } as const;
  assert.deepEqual(begun(range_of(week, now), week, now - 600e3), range_of(week, now));
});

test('MoreIsAskedForThanShownSoThatLinesReachTheEdges', () => {
  assert.deepEqual(with_margin({ from: 10e3, to: 11e3 }), { from: 8e3, to: 13e3 });
  assert.deepEqual(with_margin({ from: 0, to: spans.hour }), { from: -180e3, to: spans.hour + 180e3 });
});

test('PointsAreAskedForInSteps', () => {
  assert.equal(points_for(700), 500);
  assert.equal(points_for(720), 500);
  assert.equal(points_for(10), 200);
  assert.equal(points_for(9000), 2000);
});

test('TheLiveEndFollowsTheHistory', () => {
  const ring = new Ring(100);
  for (let i = 0; i < 30; i++) ring.push(1e6 + i * 100, { a: i });
  const [time, value, min, max] = drawn_of({ time: [999e3, 1e6], value: [5, 6], min: [4, 5], max: [6, 7] }, ring, 'a', 1000, 0);
  assert.deepEqual(time.slice(0, 2), [999, 1000]);
  assert.deepEqual(value, [5, 6, 5, 14.5, 24.5]);
  assert.deepEqual([min[2], max[2]], [1, 9]);
  assert.equal(time.at(-1), 1002.9);
});

test('SilenceIsAGapAlsoAtTheLiveEnd', () => {
  const ring = new Ring(10);
  ring.push(1000, { a: 1 });
  ring.push(1100, { a: 2 });
  ring.push(20000, { a: 3 });
  assert.deepEqual(drawn_of(undefined, ring, 'a', 100, 0)[1], [1, 2, null, 3]);
  assert.deepEqual(drawn_of({ time: [1, 2, 3], value: [1, null, 3] }, null, 'a', 1000, 0), [[0.001, 0.002, 0.003], [1, null, 3], [1, null, 3], [1, null, 3]]);
});

test('AnAnomalyThatGoesOnIsShadedUntilNow', () => {
  assert.equal(end_of({ to: 1000 }, 5000), 5000);
  assert.equal(end_of({ to: 1000 }, null), 1000);
  assert.equal(end_of({ to: 1000 }, 500), 1000);
  assert.equal(end_of({ to: 1000 }, 1000 + 3600e3), 1000);
});

test('RoomForValuesDoesNotTremble', () => {
  const first = steady(null, 10, 20);
  assert.ok(first[0] < 10 && first[1] > 20);
  assert.equal(steady(first, 11, 19), first);
  assert.ok(steady(first, 10, 30)[1] > 30);
  assert.ok(steady(first, 14, 15)[1] < 16);
});

test('TheExtentOfWhatIsInSight', () => {
  const drawn = drawn_of({ time: [1000, 2000, 3000, 4000], value: [1, null, 5, 9] }, null, 'a', 1000, 0);
  assert.deepEqual(extent(drawn, 0, 3.5), [1, 5]);
  assert.equal(extent(drawn, 1.5, 2.5), null);
});

test('TheValueUnderThePointerIsTheNearest', () => {
  const drawn = drawn_of({ time: [1000, 2000, 4000], value: [1, null, 9] }, null, 'a', 1000, 0);
  assert.deepEqual([0, 1.4, 1.6, 2.9, 3.1, 99].map((s) => value_near(drawn, s)), [1, 1, null, null, 9, 9]);
  assert.equal(value_near([[], [], [], []], 1), null);
  assert.equal(usual_step([0, 10, 20, 5000]), 10);
});

test('DrawingsShareTheFramesInsteadOfDroppingThem', () => {
  let time = 0;
  const frames: (() => void)[] = [], drawn: number[] = [];
  const painter = new Painter({ now: () => time, soon: (job) => frames.push(job) });
  const draws = Array.from({ length: 5 }, (_, i) => () => { drawn.push(i); time += 3; });
  draws.forEach((draw) => { painter.ask(draw); painter.ask(draw); });
  assert.equal(frames.length, 1);
  frames.shift()!();
  assert.deepEqual(drawn, [0, 1, 2]);
  painter.ask(draws[0]!);
  frames.shift()!();
  assert.deepEqual(drawn, [0, 1, 2, 3, 4, 0]);
  assert.equal(frames.length, 0);
});

test('ASlowScreenIsGivenLessToDrawInEachFrame', () => {
  let time = 0;
  const frames: (() => void)[] = [], drawn: number[] = [];
  const painter = new Painter({ now: () => time, soon: (job) => frames.push(job) });
  for (let i = 0; i < 12; i++) painter.ask(() => { drawn.push(i); time += 2; });
  const counts: number[] = [];
  for (let n = 0; frames.length > 0; n++) {
    const before = drawn.length;
    frames.shift()!();
    counts.push(drawn.length - before);
    time += 60;
  }
  assert.deepEqual(counts, [4, 2, 1, 1, 1, 1, 1, 1]);
});

const machine: Machine = { name: 'r', state: 'normal', last_seen: 100, alerts: 0, detector: { name: 'd', model: 'm', threshold: 1, score: 0.2, scores: [] }, sensors: [{ name: 'a', unit: '', last: 1, time: 100 }, { name: 'b', unit: '', last: 2, time: 100 }] };

test('AnEventChangesOnlyWhatItSays', () => {
  const fresh = with_event(machine, { machine: 'r', time: 200, values: { a: 7 }, score: null, threshold: null, state: 'anomaly' });
  assert.deepEqual(fresh.sensors.map((s) => s.last), [7, 2]);
  assert.deepEqual([fresh.state, fresh.detector!.score, fresh.detector!.threshold], ['anomaly', 0.2, 1]);
  assert.equal(with_event(machine, { machine: 'r', time: 50, values: { a: 7 }, score: 9, threshold: 1, state: 'anomaly' }), machine);
});

const alert = (id: string, state: Alert['state'], severity: Alert['severity'], since: number): Alert =>
  ({ id, rule: 'wears', state, severity, sentence: id, since, ended: null, value: 1, threshold: 1, labels: { machine: 'r' }, silenced: false });

test('WhatFiresStandsFirstAndTheGravestBeforeTheNewest', () => {
  const all = [alert('old', 'resolved', 'page', 9), alert('soon', 'pending', 'page', 9), alert('note', 'firing', 'info', 9), alert('call', 'firing', 'page', 1), alert('call2', 'firing', 'page', 2)];
  assert.deepEqual(sorted_alerts(all).map((a) => a.id), ['call2', 'call', 'note', 'soon', 'old']);
  assert.equal(with_alert(all, alert('note', 'resolved', 'info', 9)).length, all.length);
});

test('ASilenceHoldsWhereEveryMatcherHolds', () => {
  const one = alert('x', 'firing', 'page', 1), silence = (matchers: Record<string, string>, until: number) => ({ id: String(until), matchers, until, comment: '' });
  assert.equal(matches(silence({ machine: 'r', rule: 'wears' }, 9), one), true);
  assert.equal(matches(silence({ machine: 'r', rule: 'other' }, 9), one), false);
  assert.equal(silence_of([silence({ machine: 'r' }, 5), silence({ machine: 'r' }, 9), silence({ machine: 'q' }, 99)], one, 6)?.until, 9);
  assert.equal(silence_of([silence({ machine: 'r' }, 5)], one, 6), undefined);
});

test('RatesOfEventsFollowThoseOfTheHistory', () => {
  const columns = rate_columns({ time: [1000, 2000], in: [1, null], out: [0, 0], acked: [1, 1] }, [{ time: 2000, in: 9, out: 9, acked: 9 }, { time: 3000, in: 3, out: 1, acked: 2 }]);
  assert.deepEqual([columns.times, columns.in, columns.acked], [[1, 2, 3], [1, null, 3], [1, 1, 2]]);
  assert.equal(mean_of(columns.in), 2);
  assert.equal(mean_of([null]), null);
});

test('AnSqlErrorIsFoundInItsStatement', () => {
  const sql = 'SELECT *\nFORM readings';
  assert.deepEqual(place_of(sql, { detail: 'near "FORM": syntax error' }), { line: 2, column: 1, length: 4 });
  assert.deepEqual(place_of(sql, { offset: 14 }), { line: 2, column: 6, length: 8 });
  assert.deepEqual(place_of(sql, { line: 1, column: 8 }), { line: 1, column: 8, length: 1 });
  assert.deepEqual(place_of('SELECT pretemp, temp FROM r', { error: 'no such column: temp' }), { line: 1, column: 17, length: 4 });
  assert.equal(place_of(sql, { detail: 'took too long' }), null);
  assert.equal(place_of(sql, null), null);
});

test('ATableIsCopiedAsASpreadsheetTakesIt', () => {
  assert.equal(as_text({ columns: ['a', 'b'], rows: [[1, null], ['x\ty', true]], truncated: false, elapsed_ms: 1 }), 'a\tb\n1\t\nx y\ttrue');
});

test('ASilenceBreaksTheScoreLine', () => {
  const path = path_of([[0, 1], [10, 1], [20, 2], [200, 1], [210, 1]], 2);
  assert.equal(path.match(/M/g)?.length, 2);
  assert.equal(path.match(/L/g)?.length, 3);
  assert.equal(path_of([], 1), '');
});
