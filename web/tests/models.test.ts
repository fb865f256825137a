// The model server's page: what it makes of a server's sheet and answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shape_of_model } from '../src/models/models';
import { read_page } from '../src/models/state';
import { example_of, found_in } from '../src/models/try_it';
import type { Model, Version } from '../src/models/types';
import { models_en, models_fr } from '../src/models/words';

const version = (state: string): Version => ({
  version: '1', state, reason: '', backend: 'onnxruntime', quick: true, memory_bytes: 0, load_seconds: 0, requests: 0, failures: 0, pending: 0, executions: 0,
  means_us: { queue: 0, input: 0, infer: 0, output: 0 }, latency_us: null, measured: [], batches: [], inputs: [], outputs: [], pictures: false,
});
const model = (...states: string[]): Model => ({ name: 'm', platform: '', default: null, versions: states.map(version) });

test('a model is as well as its versions, and a broken one beside a ready one is a warning', () => {
  assert.equal(shape_of_model(model('READY')), 'OK');
  assert.equal(shape_of_model(model('READY', 'UNAVAILABLE')), 'WARNING');
  assert.equal(shape_of_model(model('UNAVAILABLE')), 'KO');
  assert.equal(shape_of_model(model('READY', 'LOADING')), 'WAITING');
  assert.equal(shape_of_model(model('')), 'SILENT');
});

test('the example to try is a whole request, short enough to read', () => {
  const body = JSON.parse(example_of([{ name: 'x', datatype: 'FP32', shape: [-1, 3] }, { name: 't', datatype: 'BYTES', shape: [1] }, { name: 'o', datatype: 'BOOL', shape: [1], optional: true }])) as { inputs: { name: string; shape: number[]; data: unknown[] }[] };
  assert.deepEqual(body.inputs.map((input) => input.name), ['x', 't']);
  assert.deepEqual(body.inputs[0], { name: 'x', datatype: 'FP32', shape: [1, 3], data: [0, 0, 0] });
  assert.deepEqual(body.inputs[1]!.data, ['text']);
  const large = JSON.parse(example_of([{ name: 'x', datatype: 'FP32', shape: [1, 3, 224, 224] }])) as { inputs: { data: unknown[] }[] };
  assert.deepEqual(large.inputs[0]!.data, []);
});

test('what a picture was answered becomes rows, the surest first for areas', () => {
  assert.deepEqual(found_in({ prediction_type: 'class', label: 'good', probability: 0.9 }), [{ label: 'good', share: 0.9 }]);
  assert.deepEqual(found_in({ detected_objects: { object_1: { label: 'duck', objectness: 0.8, location: [0, 0, 1, 1] } } }), [{ label: 'duck', share: 0.8, location: [0, 0, 1, 1] }]);
  assert.deepEqual(found_in({ area_ratios: { a: 0.1, b: 0.5 } }).map((one) => one.label), ['b', 'a']);
  assert.deepEqual(found_in({ error: 'no' }), []);
  assert.deepEqual(found_in(null), []);
});

test('the address says which page', () => {
  assert.equal(read_page('#api'), 'api');
  assert.equal(read_page('#/models'), 'models');
  assert.equal(read_page(''), 'models');
});

test('both languages have the same words', () => {
  assert.deepEqual(Object.keys(models_fr).sort(), Object.keys(models_en).sort());
});
