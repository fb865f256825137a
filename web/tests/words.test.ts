// English and French say the same things: same keys, same forms, same places for values.
import assert from 'node:assert/strict';
import test from 'node:test';
import { language } from '../src/state/preferences';
import { en } from '../src/words/en';
import { axis_label, axis_number, bytes, duration, limit, micros, percent, reading, stretch, until } from '../src/words/format';
import { fr } from '../src/words/fr';
import { anomaly_sentence, labels_text, sensor_name } from '../src/words/machines';
import { modules_en, modules_fr } from '../src/words/modules';
import { t, type Entry } from '../src/words/words';

const forms = (entry: Entry): string[] => (typeof entry === 'string' ? [entry] : [entry.one, entry.other]);
const places = (entry: Entry): string[] => [...new Set(forms(entry).flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!)))].sort();

test('BothLanguagesHaveTheSameKeys', () => {
  assert.deepEqual(Object.keys(fr).sort(), Object.keys(en).sort());
});

test('BothLanguagesTakeTheSameValues', () => {
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    assert.equal(typeof fr[key], typeof en[key], key);
    assert.deepEqual(places(fr[key]), places(en[key]), key);
  }
});

test('TheModulesPanelSpeaksBothLanguages', () => {
  assert.deepEqual(Object.keys(modules_fr).sort(), Object.keys(modules_en).sort());
  for (const key of Object.keys(modules_en) as (keyof typeof modules_en)[]) assert.deepEqual(places(modules_fr[key]), places(modules_en[key]), key);
});

test('NoWordIsEmpty', () => {
  for (const table of [en, fr, modules_en, modules_fr]) for (const [key, entry] of Object.entries(table)) assert.ok(forms(entry).every((form) => form.trim() !== ''), key);
});

test('CountsChooseTheirForm', () => {
  language.value = 'en';
  assert.equal(t('history.shown', { n: 1 }), '1 part');
  assert.equal(t('history.shown', { n: 0 }), '0 parts');
  language.value = 'fr';
  assert.equal(t('history.shown', { n: 0 }), '0 pièce'); // French counts zero as one
  assert.equal(t('history.shown', { n: 2 }), '2 pièces');
});

test('NumbersAreWrittenByLocale', () => {
  language.value = 'en';
  assert.equal(percent(0.9999), '99.9%');
  assert.equal(percent(0.00055, 2), '0.06%');
  assert.equal(micros(950), '950 µs');
  assert.equal(bytes(6.4e9), '6.4 GB');
  assert.equal(duration(3700), '1 hr 1 min');
  language.value = 'fr';
  assert.match(percent(0.5), /^50\s%$/u);
  assert.match(micros(12500), /^12,5\sms$/u);
});

test('ReadingsKeepTheirNumberOfDecimals', () => {
  language.value = 'en';
  assert.deepEqual([1480.21, 61.2, 3, 0.3, -12.34].map(reading), ['1,480', '61.2', '3.00', '0.300', '-12.3']);
  assert.deepEqual([0.9, 300, 1.62].map(limit), ['0.9', '300', '1.62']);
  assert.deepEqual([axis_number(0.25, 0.25), axis_number(0.5, 0.25), axis_number(1480, 20)], ['0.25', '0.50', '1,480']);
});

test('AnAxisSaysSecondsMinutesDaysOrMonths', () => {
  language.value = 'en';
  const noon = new Date(2026, 10, 22, 12, 5, 7, 500).getTime();
  assert.deepEqual([0.5, 5, 300, 86400, 30 * 86400].map((step) => axis_label(noon, step)), ['05:07.5', '12:05:07', '12:05', '22 Nov', 'Nov']);
  assert.equal(axis_label(new Date(2026, 10, 22).getTime(), 3600), '22 Nov');
  assert.equal(axis_label(new Date(2026, 0, 1).getTime(), 30 * 86400), '2026');
});

test('AStretchSaysItsDayOnce', () => {
  language.value = 'en';
  const from = new Date(2026, 10, 22, 12, 5, 7).getTime();
  assert.equal(stretch(from, from + 3600e3), '22 November, 12:05 – 13:05');
  assert.equal(stretch(from, from + 9000), '22 November, 12:05:07 – 12:05:16');
  assert.match(stretch(from, from + 86400e3), /^22 Nov, 12:05 – 23 Nov, 12:05$/);
  assert.equal(until(from + 720e3, from), 'in 12 min');
});

test('AnAnomalyIsSaidInTheLanguageOfTheReader', () => {
  const anomaly = { id: 'a', machine: 'r', detector: 'lstm', from: 0, to: 1, score: 1.7, threshold: 0.9, contributions: [['bit_friction', 0.62], ['drill_temperature', 0.3]] as [string, number][], sentence: 'the station’s own sentence' };
  language.value = 'en';
  assert.equal(anomaly_sentence(anomaly), 'the station’s own sentence');
  assert.equal(anomaly_sentence({ ...anomaly, sentence: '' }), 'bit friction makes 62% and drill temperature 30% of the score 1.70 (threshold 0.9)');
  assert.equal(anomaly_sentence({ ...anomaly, sentence: '', contributions: [] }), 'The score 1.70 is over the threshold 0.9');
  language.value = 'fr';
  assert.match(anomaly_sentence(anomaly), /^frottement de la mèche fait 62\s% et température du foret 30\s% du score 1,70 \(seuil 0,9\)$/u);
  assert.equal(sensor_name('my_own_sensor'), 'my own sensor');
  assert.equal(labels_text({ machine: 'r', zone: 'b' }), 'machine r, zone b');
  language.value = 'en';
});
