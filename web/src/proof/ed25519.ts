// Ed25519 signatures (RFC 8032): checked by the browser where it can, otherwise here, slowly but rightly. Nothing
// secret is handled, so nothing needs to take the same time.
import { joined, type Bytes } from './bytes';
import { sha512 } from './sha512';

const p = (1n << 255n) - 19n;
const order = (1n << 252n) + 27742317777372353535851937790883648493n;
const mod = (x: bigint) => ((x % p) + p) % p;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = (b * b) % p) if (e & 1n) result = (result * b) % p;
  return result;
}
const inverse = (x: bigint) => power(x, p - 2n);
const d = mod(-121665n * inverse(121666n));
const root_of_minus_one = power(2n, (p - 1n) / 4n);

/** X, Y, Z, T: x = X/Z, y = Y/Z, xy = T/Z. */
type Point = readonly [bigint, bigint, bigint, bigint];
const zero: Point = [0n, 1n, 1n, 0n];

function add([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2)), c = mod(2n * d * t1 * t2), e = mod(2n * z1 * z2);
  const f = b - a, g = e - c, h = e + c, i = b + a;
  return [mod(f * g), mod(h * i), mod(g * h), mod(f * i)];
}
function times(n: bigint, point: Point): Point {
  let sum = zero;
  for (let q = point; n > 0n; n >>= 1n, q = add(q, q)) if (n & 1n) sum = add(sum, q);
  return sum;
}

const number_of = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, b) => (sum << 8n) | BigInt(b), 0n);
function encoded([x, y, z]: Point): Bytes {
  const by = inverse(z), out = new Uint8Array(32) as Bytes;
  let n = mod(y * by) | ((mod(x * by) & 1n) << 255n);
  for (let i = 0; i < 32; i++, n >>= 8n) out[i] = Number(n & 255n);
  return out;
}
function decoded(bytes: Uint8Array): Point | null {
  const n = number_of(bytes), sign = n >> 255n, y = n & ((1n << 255n) - 1n);
  if (y >= p) return null;
  const u = mod(y * y - 1n), v = mod(d * y * y + 1n);
  let x = mod(u * v ** 3n * power(mod(u * v ** 7n), (p - 5n) / 8n));
  if (mod(v * x * x) !== u) x = mod(x * root_of_minus_one);
  if (mod(v * x * x) !== u || (x === 0n && sign === 1n)) return null;
  if ((x & 1n) !== sign) x = p - x;
  return [x, y, 1n, mod(x * y)];
}
const base = decoded(Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 0x58 : 0x66)))!;

export function verify_here(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== 32 || signature.length !== 64) return false;
  const s = number_of(signature.subarray(32)), a = decoded(key);
  if (!a || s >= order) return false;
  const k = number_of(sha512(joined(signature.subarray(0, 32), key, message))) % order;
  const minus_a: Point = [mod(-a[0]), a[1], a[2], mod(-a[3])];
  const r = encoded(add(times(s, base), times(k, minus_a)));
  return r.every((b, i) => b === signature[i]);
}

export async function verify(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  try {
    if (subtle) return await subtle.verify({ name: 'Ed25519' }, await subtle.importKey('raw', key, { name: 'Ed25519' }, false, ['verify']), signature, message);
  } catch { /* a browser without Ed25519, or a key that is none: decided here */ }
  return verify_here(key, message, signature);
}
