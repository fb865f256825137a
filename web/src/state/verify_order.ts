// Whether an order is proven, checked here against the keys that the station names: the entry, its place in the tree,
// the signatures of the tree, the sealed manifest, the signed decisions.
import { from_base64, hex, utf8, type Bytes } from '../proof/bytes';
import { verify } from '../proof/ed25519';
import { lines_of, verify_proof, type Policy, type Proven } from '../proof/proof';
import { sha256 } from '../proof/sha256';
import type { Order, Seal } from './orders_types';

/** Whose decision it is and whether it was altered: false when it was. */
export type Decisions = ReadonlyMap<string, boolean>;
export type Checked =
  | { ok: true; proven: Proven; signers: string[]; decisions: Decisions }
  | { ok: false; why: string; values: Record<string, string>; decisions: Decisions };

/** A decision is right when its authority signed these words, and they speak of this order and this proposal. */
async function decision_holds(order: Order, seal: Seal, key: string, proposal: string | undefined): Promise<boolean> {
  const said = lines_of(seal.statement), public_key = from_base64(key), signature = from_base64(seal.signature);
  if (!seal.statement.startsWith('oree/decision/v1\n') || !public_key || !signature) return false;
  const fits = said['order'] === order.id && said['authority'] === seal.name && said['decision'] === seal.decision && (proposal === undefined || said['proposal'] === proposal);
  return fits && (await verify(public_key, utf8(seal.statement), signature));
}

/** Every signed decision of the order; `keys` are the authorities' own, by name, where they are known. */
export async function check_decisions(order: Order, keys: ReadonlyMap<string, string>, proposal?: string): Promise<Decisions> {
  const found = new Map<string, boolean>();
  for (const seal of order.authorities) if (seal.statement) found.set(seal.name, await decision_holds(order, seal, keys.get(seal.name) ?? seal.key, proposal));
  return found;
}

const fits_state = (entry: string, order: Order): boolean =>
  (entry === 'refused' || entry === 'expired' ? order.state === entry : order.state !== 'refused' && order.state !== 'expired');

export async function check_order(order: Order, proof: string, policy: Policy, keys: ReadonlyMap<string, string>): Promise<Checked> {
  const proven = await verify_proof(proof, policy), entry = proven.ok ? lines_of(proven.entry) : {};
  const decisions = await check_decisions(order, keys, entry['proposal']);
  const bad = (why: string, values: Record<string, string> = {}): Checked => ({ ok: false, why, values, decisions });
  if (!proven.ok) return bad(proven.part, { witness: proven.witness ?? '' });
  if (entry['order'] !== order.id) return bad('other_order');
  if (entry['evidence'] !== order.evidence.digest && order.evidence.digest !== '') return bad('other_evidence');
  if (!fits_state(entry['state'] ?? '', order)) return bad('other_state', { state: entry['state'] ?? '' });
  const forged = [...decisions].find(([, good]) => !good);
  return forged ? bad('decision', { name: forged[0] }) : { ok: true, proven, signers: [...decisions.keys()], decisions };
}

/** Whether these are the bytes of that digest. */
export const is_sealed = async (bytes: Bytes, digest: string): Promise<boolean> => hex(await sha256(bytes)) === digest;
