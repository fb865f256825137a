// English and French say the same things: same keys, same forms, same places for values.
import assert from 'node:assert/strict';
import test from 'node:test';
import { language } from '../src/state/preferences';
import { en } from '../src/words/en';
import { bytes, duration, micros, percent } from '../src/words/format';
import { fr } from '../src/words/fr';
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

test('NoWordIsEmpty', () => {
  for (const table of [en, fr]) for (const [key, entry] of Object.entries(table)) assert.ok(forms(entry).every((form) => form.trim() !== ''), key);
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
