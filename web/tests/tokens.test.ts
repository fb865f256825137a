// The colours of the pages read well: text at 4.5:1 or more, shapes at 3:1 or more, in light and in dark.
import assert from 'node:assert/strict';
import test from 'node:test';
import { class_colours, contrast, ink_on, sensor_colours } from '../src/state/colours';
import css from '../src/style/tokens.css';

/** The colour tokens of each block that sets them: light, dark chosen, dark by the system. */
const blocks = [...css.matchAll(/:root[^{]*\{([^}]*)\}/g)]
  .map(([, body]) => Object.fromEntries([...body!.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, value]) => [name!, value!])))
  .filter((tokens) => tokens['ground']);

const sensor_inks = Array.from({ length: sensor_colours }, (_, i) => `s${i + 1}`);
const grounds = ['ground', 'surface', 'sunken'];
const text_pairs: [string, string][] = [
  ...grounds.flatMap((ground) => ['text', 'muted', 'accent', 'info'].map((ink): [string, string] => [ink, ground])),
  ...['ground', 'surface'].flatMap((ground) => ['ok', 'ko', 'nd'].map((ink): [string, string] => [ink, ground])),
  ['ok', 'ok-soft'], ['ko', 'ko-soft'], ['nd', 'nd-soft'], ['accent', 'accent-soft'],
  ...['ok-soft', 'ko-soft', 'nd-soft'].flatMap((ground): [string, string][] => [['text', ground], ['muted', ground]]),
  ['on-solid', 'ko'], ['on-solid', 'accent'], ['on-solid', 'ok'], ['on-solid', 'nd'],
];

test('TheDarkColoursStandTwiceAndAreEqual', () => {
  assert.equal(blocks.length, 3);
  assert.deepEqual(blocks[1], blocks[2]);
});

for (const [index, name] of ['light', 'dark'].entries()) {
  const tokens = blocks[index]!;
  test(`TextReadsWellIn_${name}`, () => {
    for (const [ink, ground] of text_pairs) {
      const ratio = contrast(tokens[ink]!, tokens[ground]!);
      assert.ok(ratio >= 4.5, `${ink} on ${ground} is ${ratio.toFixed(2)}:1`);
    }
  });
  test(`ShapesStandOutIn_${name}`, () => {
    for (const shape of ['ok', 'ko', 'nd', 'accent', 'info', 'edge', ...sensor_inks]) {
      for (const ground of grounds) {
        const ratio = contrast(tokens[shape]!, tokens[ground]!);
        assert.ok(ratio >= 3, `${shape} on ${ground} is ${ratio.toFixed(2)}:1`);
      }
    }
  });
}

test('EveryClassColourCarriesReadableInk', () => {
  for (const colour of class_colours) assert.ok(contrast(colour, ink_on(colour)) >= 4.5, colour);
});

test('EveryClassColourStandsOutFromItsDarkHalo', () => {
  for (const colour of class_colours) assert.ok(contrast(colour, '#111111') >= 3, `${colour}: ${contrast(colour, '#111111')}`);
});
