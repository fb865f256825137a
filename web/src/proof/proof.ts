// The proof that one entry stands in a log (c2sp.org/tlog-proof@v1), verified against keys that the reader trusts.
// Everything about the checkpoint comes before what depends on it; each part says whether it holds.
import { from_base64, same, text_of, utf8, type Bytes } from './bytes';
import { leaf_hash, root_by_path } from './merkle';
import { parse_checkpoint, parse_note, signed_by, verifier_key, type Checkpoint, type VerifierKey } from './note';

export interface Proof { entry: Bytes; index: bigint; path: Bytes[]; checkpoint: string }
/** Keys as texts, as the station or an auditor gives them. */
export interface Policy { key: string; witnesses: string[]; quorum: number }
export type Part = 'proof' | 'policy' | 'checkpoint' | 'log_signature' | 'witness' | 'quorum' | 'index' | 'entry';
export interface Cosigner { name: string; seconds: number }
export interface Proven { ok: true; entry: string; index: number; size: number; root: Bytes; origin: string; cosigners: Cosigner[] }
export interface Fault { ok: false; part: Part; witness?: string }

const fault = (part: Part, witness?: string): Fault => ({ ok: false, part, ...(witness === undefined ? {} : { witness }) });
const header = 'c2sp.org/tlog-proof@v1\n';
const most_hashes = 63;

export function parse_proof(text: string): Proof | null {
  const blank = text.indexOf('\n\n');
  if (!text.startsWith(header) || blank < 0) return null;
  const [extra = '', number = '', ...hashes] = text.slice(header.length, blank).split('\n');
  const entry = extra.startsWith('extra ') ? from_base64(extra.slice(6)) : null, index = /^index (0|[1-9]\d{0,18})$/.exec(number)?.[1];
  const path = hashes.map(from_base64);
  if (!entry?.length || index === undefined || path.length > most_hashes || path.some((hash) => hash?.length !== 32)) return null;
  return { entry, index: BigInt(index), path: path as Bytes[], checkpoint: text.slice(blank + 2) };
}

async function keys_of({ key, witnesses, quorum }: Policy): Promise<{ log: VerifierKey; others: VerifierKey[] } | null> {
  const log = await verifier_key(key), others = await Promise.all(witnesses.map(verifier_key));
  if (log?.type !== 'log' || others.some((one) => one?.type !== 'witness')) return null;
  const all = [log, ...(others as VerifierKey[])];
  const twice = all.some((one, i) => all.slice(0, i).some((before) => same(before.key, one.key))); // one key under two names would count twice
  return twice || quorum > others.length || quorum < 0 ? null : { log, others: others as VerifierKey[] };
}

export interface Signed { ok: true; checkpoint: Checkpoint; cosigners: Cosigner[] }
export async function verify_checkpoint(text: string, policy: Policy): Promise<Signed | Fault> {
  const keys = await keys_of(policy), note = parse_note(text), checkpoint = note && parse_checkpoint(note.text);
  if (!keys) return fault('policy');
  if (!note || !checkpoint || checkpoint.origin !== keys.log.name) return fault('checkpoint');
  if (typeof (await signed_by(note, keys.log)) === 'string') return fault('log_signature');
  const cosigners: Cosigner[] = [];
  for (const witness of keys.others) {
    const state = await signed_by(note, witness);
    if (state === 'wrong') return fault('witness', witness.name);
    if (state !== 'absent') cosigners.push({ name: witness.name, seconds: state.seconds });
  }
  return cosigners.length < policy.quorum ? fault('quorum') : { ok: true, checkpoint, cosigners };
}

export async function verify_proof(text: string, policy: Policy): Promise<Proven | Fault> {
  const proof = parse_proof(text);
  if (!proof) return fault('proof');
  const signed = await verify_checkpoint(proof.checkpoint, policy);
  if (!signed.ok) return signed;
  const { size, root, origin } = signed.checkpoint;
  if (proof.index >= size) return fault('index');
  const reached = await root_by_path(await leaf_hash(proof.entry), proof.index, size, proof.path), entry = text_of(proof.entry);
  if (!reached || !same(reached, root) || entry === null) return fault('entry');
  return { ok: true, entry, index: Number(proof.index), size: Number(size), root, origin, cosigners: signed.cosigners };
}

/** "word value" lines of an entry, a proposal or a decision. */
export function lines_of(text: string): Record<string, string> {
  return Object.fromEntries(text.split('\n').slice(1).filter(Boolean).map((line) => [line.split(' ', 1)[0]!, line.slice(line.indexOf(' ') + 1)]));
}
export const leaf_of_text = (text: string): Promise<Bytes> => leaf_hash(utf8(text));
