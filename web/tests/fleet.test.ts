// The hub's pages: both languages, what comes first, how long a wave's bar is.
import assert from 'node:assert/strict';
import test from 'node:test';
import { wave_size, wave_word } from '../src/fleet/rollouts';
import { read_place } from '../src/fleet/state';
import { modules_sorted, shape_of, sorted } from '../src/fleet/stations';
import type { Device, StationState } from '../src/fleet/types';
import { fleet_en, fleet_fr } from '../src/fleet/words';
import type { Entry } from '../src/words/words';

const forms = (entry: Entry): string[] => (typeof entry === 'string' ? [entry] : [entry.one, entry.other]);
const places = (entry: Entry): string[] => [...new Set(forms(entry).flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!)))].sort();

test('TheHubSpeaksBothLanguages', () => {
  assert.deepEqual(Object.keys(fleet_fr).sort(), Object.keys(fleet_en).sort());
  for (const key of Object.keys(fleet_en) as (keyof typeof fleet_en)[]) {
    assert.equal(typeof fleet_fr[key], typeof fleet_en[key], key);
    assert.deepEqual(places(fleet_fr[key]), places(fleet_en[key]), key);
    assert.ok([...forms(fleet_en[key]), ...forms(fleet_fr[key])].every((form) => form.trim() !== ''), key);
  }
});

const device = (id: string, state: StationState = 'healthy', more: Partial<Device> = {}): Device => ({
  id, standing: 'admitted', online: true, last_seen: 1, hardware: 'x', software: 'x', tags: [], attacks: [],
  models: [{ name: 'ducks', state, current: { version: '1', package: 'sha256:1' }, desired: '1', progress: { bytes: 0, of: 0 }, error: null }], ...more,
});

test('WhatIsWrongComesFirst', () => {
  const all = [device('line-10'), device('line-2'), device('away', 'healthy', { online: false }), device('new', 'shadow'), device('bad', 'failed'), device('twice', 'healthy', { standing: 'cloned' })];
  assert.deepEqual(sorted(all).map((one) => one.id), ['twice', 'bad', 'new', 'away', 'line-2', 'line-10']);
  assert.equal(shape_of(device('x', 'rolled_back')), 'WARNING');
  assert.equal(shape_of(device('x', 'healthy', { configuration: { ...device('y').models[0]!, name: 'line', state: 'failed' } })), 'WARNING');
  assert.equal(shape_of(device('x', 'healthy', { deployment: { ...device('y').models[0]!, name: 'modules', state: 'rolled_back' } })), 'WARNING');
  assert.equal(shape_of(device('x', 'healthy', { standing: 'waiting' })), 'NO_DECISION');
  const module = (name: string, status: string) => ({ name, image: 'x', status, restarts: 0 });
  assert.deepEqual(modules_sorted([module('b', 'running'), module('a', 'running'), module('c', 'failed')]).map((one) => one.name), ['c', 'a', 'b']);
});

test('AWaveToComeIsAsLongAsItsPlanSays', () => {
  const wave = { name: 'first', percent: 10, count: 0, state: 'waiting' as const, stations: 0, healthy: 0, failed: 0 };
  assert.equal(wave_size(wave, 1000), 100);
  assert.equal(wave_size({ ...wave, count: 3 }, 1000), 3);
  assert.equal(wave_size({ ...wave, stations: 7 }, 1000), 7);
});

test('of a roll-out that was stopped no wave is under way or to come', () => {
  const wave = { name: 'first', percent: 10, count: 0, stations: 1, healthy: 0, failed: 1 };
  for (const [state, going, stopped] of [['done', 'wave.done', 'wave.done'], ['running', 'wave.running', 'wave.stopped'], ['waiting', 'wave.waiting', 'wave.never']] as const) {
    assert.equal(wave_word({ ...wave, state }, false), going);
    assert.equal(wave_word({ ...wave, state }, true), stopped);
    assert.ok(fleet_en[stopped as keyof typeof fleet_en] && fleet_fr[stopped as keyof typeof fleet_fr]);
  }
});

test('TheAddressSaysWhichPage', () => {
  assert.deepEqual(read_place('#rollouts/r-2'), { page: 'rollouts', rollout: 'r-2' });
  assert.deepEqual(read_place('#/fleet'), { page: 'fleet', rollout: '' });
  assert.deepEqual(read_place(''), { page: 'fleet', rollout: '' });
});
