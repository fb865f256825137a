// The proofs of the ledger as a browser checks them: against node's cryptography, and against every kind of forgery.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { base64, from_base64, from_hex, hex, utf8, type Bytes } from '../src/proof/bytes';
import { verify, verify_here } from '../src/proof/ed25519';
import { tree_root } from '../src/proof/merkle';
import { verifier_key } from '../src/proof/note';
import { leaf_of_text, lines_of, verify_checkpoint, verify_proof } from '../src/proof/proof';
import { sha256, sha256_here } from '../src/proof/sha256';
import { sha512 } from '../src/proof/sha512';
import { Ledger, Signer } from '../dev/ledger.mjs';

const bytes = (length: number): Bytes => Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255) as Bytes;
const made = (size: number, quorum = 2): Ledger => {
  const ledger = new Ledger('oree/ducks/orders', ['factory', 'maintainer', 'insurer'].map((n) => new Signer(n)), quorum);
  for (let i = 0; i < size; i++) ledger.append(`oree/entry/v1\norder o-${i}\nstate approved\nat ${i}\n`);
  return ledger;
};

test('HashesAreThoseOfNodeAtEveryLength', async () => {
  for (const length of [0, 1, 3, 55, 56, 63, 64, 65, 111, 112, 119, 127, 128, 129, 1000]) {
    const one = bytes(length);
    assert.equal(hex(sha256_here(one)), createHash('sha256').update(one).digest('hex'), `sha256 of ${length}`);
    assert.equal(hex(await sha256(one)), hex(sha256_here(one)));
    assert.equal(hex(sha512(one)), createHash('sha512').update(one).digest('hex'), `sha512 of ${length}`);
  }
});

test('ASignatureOfRfc8032IsRecognisedHere', () => { // its test 2
  const key = from_hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')!;
  const signature = from_hex('92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00')!;
  assert.equal(verify_here(key, Uint8Array.of(0x72), signature), true);
  assert.equal(verify_here(key, Uint8Array.of(0x73), signature), false);
});

test('OwnAndBrowsersEd25519Agree', async () => {
  const signer = new Signer('a'), message = utf8('words'), key = new Uint8Array(signer.public_key) as Bytes, signature = new Uint8Array(signer.sign('words')) as Bytes;
  assert.equal(verify_here(key, message, signature), true);
  assert.equal(await verify(key, message, signature), true);
  for (const at of [0, 31, 32, 63]) {
    const other = signature.slice() as Bytes;
    other[at]! ^= 1;
    assert.equal(verify_here(key, message, other), false);
    assert.equal(await verify(key, message, other), false);
  }
  assert.equal(verify_here(key, message, signature.slice(1)), false);
  const high = signature.slice();
  high.fill(255, 32); // S above the group's order
  assert.equal(verify_here(key, message, high), false);
  assert.equal(verify_here(new Uint8Array(32).fill(255), message, signature), false);
});

test('EveryEntryOfEverySizeIsProven', async () => {
  for (const size of [1, 2, 3, 4, 5, 7, 8, 11]) {
    const ledger = made(size);
    for (let index = 0; index < size; index++) {
      const result = await verify_proof(ledger.proof(index), ledger.policy());
      assert.ok(result.ok, `${index} of ${size}`);
      assert.equal(result.index, index);
      assert.equal(lines_of(result.entry)['order'], `o-${index}`);
      assert.deepEqual(result.cosigners.map((c) => c.name), ['factory', 'maintainer']);
    }
    assert.equal(base64(await tree_root(await Promise.all(ledger.entries.map(leaf_of_text)))), ledger.root().toString('base64'));
  }
});

test('NoByteOfAProofCanBeChanged', async () => {
  const ledger = made(5), proof = ledger.proof(3), policy = ledger.policy();
  for (let at = 0; at < proof.length; at++) {
    const other = proof.slice(0, at) + String.fromCharCode(proof.charCodeAt(at) ^ 1) + proof.slice(at + 1);
    const result = await verify_proof(other, policy);
    assert.equal(result.ok, false, `byte ${at}: ${JSON.stringify(other.slice(Math.max(0, at - 20), at + 20))}`);
  }
});

test('AForgedPartIsNamed', async () => {
  const ledger = made(4), policy = ledger.policy(), proof = ledger.proof(2);
  const part = async (text: string, by = policy) => { const r = await verify_proof(text, by); return r.ok ? 'ok' : r.part; };
  const swapped = proof.replace(Buffer.from(ledger.entries[2]!).toString('base64'), Buffer.from(ledger.entries[1]!).toString('base64'));
  assert.equal(await part(swapped), 'entry');
  assert.equal(await part(proof.replace('index 2', 'index 1')), 'entry');
  assert.equal(await part(proof.replace('index 2', 'index 4')), 'index');
  assert.equal(await part(ledger.proof(2, ledger.checkpoint(1, ledger.witnesses.slice(0, 1)))), 'quorum');
  assert.equal(await part(proof, { ...policy, key: new Signer('oree/ducks/orders ').text(1) }), 'checkpoint');
  assert.equal(await part(proof, { ...policy, witnesses: [policy.witnesses[0]!, policy.witnesses[0]!] }), 'policy');
  assert.equal(await part(proof, { ...policy, quorum: 4 }), 'policy');
  const stranger = new Ledger('oree/ducks/orders', ledger.witnesses, 2);
  Object.assign(stranger, { log: Object.assign(new Signer('another'), { name: 'oree/ducks/orders' }) });
  for (const entry of ledger.entries) stranger.append(entry);
  assert.equal(await part(stranger.proof(2)), 'log_signature');
  const forged = new Signer('x');
  const imitated = Object.assign(forged, { name: 'factory', id: () => ledger.witnesses[0]!.id(4) });
  const named = await verify_proof(ledger.proof(2, ledger.checkpoint(1, [imitated, ledger.witnesses[1]!])), policy);
  assert.deepEqual(named, { ok: false, part: 'witness', witness: 'factory' });
});

test('ACheckpointAloneSaysWhoSigned', async () => {
  const ledger = made(6, 3), result = await verify_checkpoint(ledger.checkpoint(77), ledger.policy());
  assert.ok(result.ok);
  assert.equal(result.checkpoint.size, 6n);
  assert.deepEqual(result.cosigners, ['factory', 'maintainer', 'insurer'].map((name) => ({ name, seconds: 77 })));
  assert.equal((await verify_checkpoint('', ledger.policy())).ok, false);
});

test('AKeyMustFitItsId', async () => {
  const text = new Signer('factory').text(4);
  assert.equal((await verifier_key(text))?.name, 'factory');
  assert.equal(await verifier_key(text.replace('factory', 'factori')), null);
  assert.equal(await verifier_key('factory'), null);
});

test('Base64HasOneTextForOneValue', () => {
  assert.equal(hex(from_base64('AQI=')!), '0102');
  for (const wrong of ['AQI', 'AQJ=', 'A QI=', '====', 'AQI-']) assert.equal(from_base64(wrong), null, wrong);
  assert.equal(from_hex('0g'), null);
});
