// SHA-512 (FIPS 180-4), for Ed25519 where the browser offers neither. Words are BigInts: short messages only.
import type { Bytes } from './bytes';

const mask = (1n << 64n) - 1n;
const turn = (x: bigint, n: bigint) => ((x >> n) | (x << (64n - n))) & mask;

/** The whole root: the greatest number whose power is not above n. */
function root(n: bigint, power: bigint): bigint {
  let low = 0n, high = 1n << 100n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** power <= n) low = middle;
    else high = middle;
  }
  return low;
}
/** The first 64 bits of the fractional parts of the roots of the first primes. */
function roots(count: number, power: bigint): bigint[] {
  const found: bigint[] = [];
  for (let n = 2; found.length < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (prime) found.push(root(BigInt(n) << (64n * power), power) & mask);
  }
  return found;
}
let tables: { start: bigint[]; constants: bigint[] } | undefined;

export function sha512(bytes: Uint8Array): Bytes {
  const { start, constants } = (tables ??= { start: roots(8, 2n), constants: roots(80, 3n) });
  const all = new Uint8Array(((bytes.length + 144) >> 7) << 7), view = new DataView(all.buffer);
  all.set(bytes);
  all[bytes.length] = 0x80;
  view.setBigUint64(all.length - 8, BigInt(bytes.length) * 8n);
  const state = [...start], w: bigint[] = [];
  for (let block = 0; block < all.length; block += 128) {
    for (let i = 0; i < 16; i++) w[i] = view.getBigUint64(block + 8 * i);
    for (let i = 16; i < 80; i++) {
      const a = w[i - 15]!, b = w[i - 2]!;
      w[i] = (w[i - 16]! + (turn(a, 1n) ^ turn(a, 8n) ^ (a >> 7n)) + w[i - 7]! + (turn(b, 19n) ^ turn(b, 61n) ^ (b >> 6n))) & mask;
    }
    let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let i = 0; i < 80; i++) {
      const one = h + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + ((e & f) ^ (~e & mask & g)) + constants[i]! + w[i]!;
      const two = (turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) & mask, c, b, a, (one + two) & mask];
    }
    [a, b, c, d, e, f, g, h].forEach((v, i) => { state[i] = (state[i]! + v) & mask; });
  }
  const out = new DataView(new ArrayBuffer(64));
  state.forEach((v, i) => out.setBigUint64(8 * i, v));
  return new Uint8Array(out.buffer);
}
