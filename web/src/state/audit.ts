// An audit of the ledger in this browser: one entry by its proof, or all of them by computing the tree anew.
import { same } from '../proof/bytes';
import { tree_root } from '../proof/merkle';
import { leaf_of_text, verify_checkpoint, verify_proof, type Fault, type Policy } from '../proof/proof';
import { ApiError } from './api';
import { read_entries } from './orders_api';
import type { LedgerEntry } from './orders_types';

export type EntryCheck = { state: 'proven' } | { state: 'waiting' } | { state: 'wrong'; why: string; values: Record<string, string> };

/** Asks for the order's proof and checks that it proves this very entry. */
export async function check_entry(entry: LedgerEntry, policy: Policy, read_proof: (id: string) => Promise<string>): Promise<EntryCheck> {
  try {
    const found = await verify_proof(await read_proof(entry.order), policy);
    if (!found.ok) return { state: 'wrong', why: found.part, values: { witness: found.witness ?? '' } };
    return found.entry === entry.text && found.index === entry.index ? { state: 'proven' } : { state: 'wrong', why: 'entry', values: {} };
  } catch (error) {
    if (error instanceof ApiError && (error.status === 503 || error.status === 409)) return { state: 'waiting' };
    return { state: 'wrong', why: 'unread', values: { why: error instanceof Error ? error.message : String(error) } };
  }
}

export type Audited = { ok: true; size: number } | Fault | { ok: false; part: 'root'; witness?: string };
const at_once = 1000;

/** Whether the entries, read one and all, make the tree that the checkpoint signs. */
export async function audit({ checkpoint, ...policy }: Policy & { checkpoint: string }, tell: (n: number, of: number) => void, read = read_entries): Promise<Audited> {
  const signed = await verify_checkpoint(checkpoint, policy);
  if (!signed.ok) return signed;
  const size = Number(signed.checkpoint.size), leaves = [];
  while (leaves.length < size) {
    const { entries } = await read(leaves.length, Math.min(at_once, size - leaves.length));
    if (entries.length === 0) return { ok: false, part: 'root' };
    for (const entry of entries) if (leaves.length < size) leaves.push(await leaf_of_text(entry.text));
    tell(leaves.length, size);
  }
  return same(await tree_root(leaves), signed.checkpoint.root) ? { ok: true, size } : { ok: false, part: 'root' };
}
