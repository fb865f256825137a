// A small ledger with its keys and witnesses, made with node's own cryptography, for tests and for the mock station.
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';

const sha = (...pieces) => pieces.reduce((h, piece) => h.update(piece), createHash('sha256')).digest();

export class Signer {
  constructor(name) {
    this.name = name;
    const seed = sha(`seed of ${name}`); // the same at every start, so that a page kept open stays right
    this.key = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8' });
    this.public_key = createPublicKey(this.key).export({ format: 'der', type: 'spki' }).subarray(-32);
  }
  sign(text) { return sign(null, Buffer.from(text), this.key); }
  material(type) { return Buffer.concat([Buffer.of(type), this.public_key]); }
  id(type) { return sha(`${this.name}\n`, this.material(type)).subarray(0, 4); }
  text(type) { return `${this.name}+${this.id(type).toString('hex')}+${this.material(type).toString('base64')}`; }
  line(text) { return `\u2014 ${this.name} ${Buffer.concat([this.id(1), this.sign(text)]).toString('base64')}\n`; }
  cosign(text, seconds) {
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(seconds));
    return `\u2014 ${this.name} ${Buffer.concat([this.id(4), time, this.sign(`cosignature/v1\ntime ${seconds}\n${text}`)]).toString('base64')}\n`;
  }
}

const leaf = (entry) => sha(Buffer.of(0), entry);
const node = (left, right) => sha(Buffer.of(1), left, right);
const below = (n) => 2 ** Math.floor(Math.log2(n - 1));

export function root_of(leaves) {
  if (leaves.length === 0) return sha('');
  if (leaves.length === 1) return leaves[0];
  const k = below(leaves.length);
  return node(root_of(leaves.slice(0, k)), root_of(leaves.slice(k)));
}
function path_of(index, leaves) {
  if (leaves.length === 1) return [];
  const k = below(leaves.length);
  return index < k ? [...path_of(index, leaves.slice(0, k)), root_of(leaves.slice(k))] : [...path_of(index - k, leaves.slice(k)), root_of(leaves.slice(0, k))];
}

export class Ledger {
  constructor(origin, witnesses, quorum) {
    Object.assign(this, { origin, witnesses, quorum, entries: [], log: new Signer(origin) });
  }
  append(entry) { return this.entries.push(entry) - 1; }
  leaves() { return this.entries.map(leaf); }
  root() { return root_of(this.leaves()); }
  checkpoint(seconds = 1_760_000_000, cosigners = this.witnesses.slice(0, this.quorum)) {
    const text = `${this.origin}\n${this.entries.length}\n${this.root().toString('base64')}\n`;
    return `${text}\n${this.log.line(text)}${cosigners.map((w) => w.cosign(text, seconds)).join('')}`;
  }
  proof(index, checkpoint = this.checkpoint()) {
    const path = path_of(index, this.leaves()).map((hash) => `${hash.toString('base64')}\n`).join('');
    return `c2sp.org/tlog-proof@v1\nextra ${Buffer.from(this.entries[index]).toString('base64')}\nindex ${index}\n${path}\n${checkpoint}`;
  }
  policy() { return { key: this.log.text(1), witnesses: this.witnesses.map((w) => w.text(4)), quorum: this.quorum }; }
}
