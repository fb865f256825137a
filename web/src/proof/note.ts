// Signed notes, their keys, and checkpoints (c2sp.org: signed-note, tlog-checkpoint, tlog-cosignature v1).
import { base64, from_base64, from_hex, hex, joined, utf8, type Bytes } from './bytes';
import { verify } from './ed25519';
import { sha256 } from './sha256';

export type KeyType = 'log' | 'witness';
export interface VerifierKey { name: string; id: string; type: KeyType; key: Bytes; text: string }
export interface SignatureLine { name: string; id: string; signature: Bytes }
export interface Note { text: string; lines: SignatureLine[] }
export interface Checkpoint { origin: string; size: bigint; root: Bytes }

const types: Record<number, KeyType> = { 1: 'log', 4: 'witness' };

/** A key from its text, name+keyid+base64; null when it is none or does not fit its id. */
export async function verifier_key(text: string): Promise<VerifierKey | null> {
  const [name = '', id = '', rest = ''] = [text.split('+', 1)[0], text.split('+')[1], text.split('+').slice(2).join('+')];
  const material = from_base64(rest), type = material ? types[material[0] ?? 0] : undefined;
  if (!name || !from_hex(id) || id.length !== 8 || !material || material.length !== 33 || !type) return null;
  const made = hex((await sha256(joined(utf8(`${name}\n`), material))).subarray(0, 4));
  return made === id ? { name, id, type, key: material.slice(1), text } : null;
}

export function parse_note(whole: string): Note | null {
  const blank = whole.lastIndexOf('\n\n');
  if (blank < 0 || !whole.endsWith('\n')) return null;
  const lines: SignatureLine[] = [];
  for (const line of whole.slice(blank + 2, -1).split('\n')) {
    const found = /^\u2014 ([^\s+]+) (\S+)$/u.exec(line), bytes = found ? from_base64(found[2]!) : null;
    if (!found || !bytes || bytes.length < 5) return null;
    lines.push({ name: found[1]!, id: hex(bytes.subarray(0, 4)), signature: bytes.slice(4) });
  }
  return lines.length > 0 ? { text: whole.slice(0, blank + 1), lines } : null;
}

export function parse_checkpoint(text: string): Checkpoint | null {
  const [origin = '', size = '', root = ''] = text.split('\n'), hash = from_base64(root);
  if (!origin || !/^(0|[1-9]\d{0,18})$/.test(size) || hash?.length !== 32) return null;
  return { origin, size: BigInt(size), root: hash };
}

export type Signed = 'absent' | 'wrong' | { seconds: number };
/** Whether this key signed the note: `wrong` as soon as one of its lines is. Lines of other keys say nothing. */
export async function signed_by(note: Note, key: VerifierKey): Promise<Signed> {
  let state: Signed = 'absent';
  for (const line of note.lines) {
    if (line.name !== key.name || line.id !== key.id) continue;
    const good = key.type === 'log' ? await log_signed(note, key, line) : await witness_signed(note, key, line);
    if (good === null) return 'wrong';
    state = { seconds: good };
  }
  return state;
}

async function log_signed(note: Note, key: VerifierKey, { signature }: SignatureLine): Promise<number | null> {
  return signature.length === 64 && (await verify(key.key, utf8(note.text), signature)) ? 0 : null;
}
async function witness_signed(note: Note, key: VerifierKey, { signature }: SignatureLine): Promise<number | null> {
  if (signature.length !== 72) return null;
  const seconds = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  return (await verify(key.key, utf8(`cosignature/v1\ntime ${seconds}\n${note.text}`), signature.slice(8))) ? Number(seconds) : null;
}

export const key_text = (name: string, id: string, type: number, key: Uint8Array): string => `${name}+${id}+${base64(joined(Uint8Array.of(type), key))}`;
