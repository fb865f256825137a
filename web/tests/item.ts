// A small item for the tests, to be changed by each.
import type { Item, Step } from '../src/state/types';

export function step(change: Partial<Step> = {}): Step {
  return {
    name: 'duck', camera: 'top', model: 'ducks', model_version: '1', model_digest: 'd', decision: 'KO', rule: { type: 'expected_label', label: 'good' },
    reason: 'the station’s own sentence', reason_code: 'wrong_label', reason_values: { label: 'scratch', probability: 0.97, expected: 'good' },
    timings_us: { tensor: 900, infer: 9000, decode: 20, rule: 3 }, ...change,
  };
}

export function item(change: Partial<Item> = {}): Item {
  return {
    id: 'a', station_name: 's', config: 's', creation_date: '2026-11-22T19:40:52.123456Z', state: 'DONE', decision: 'KO', reason: 'because',
    cameras_metadata: { top: {} }, binaries: {}, predictions: {}, camera_decisions: {}, steps: [step()],
    timings_us: { capture: 120, decode: 2100, store: 300, total: 12600 }, ...change,
  };
}
