// The hash tree of RFC 6962 over SHA-256: what a path makes of a leaf (RFC 9162 §2.1.3.2), and the root of a whole list.
import { joined, utf8, type Bytes } from './bytes';
import { sha256 } from './sha256';

export const leaf_hash = (entry: Uint8Array): Promise<Bytes> => sha256(joined(Uint8Array.of(0), entry));
export const node_hash = (left: Uint8Array, right: Uint8Array): Promise<Bytes> => sha256(joined(Uint8Array.of(1), left, right));

/** Null when the path has not the length that index and size ask for. */
export async function root_by_path(leaf: Bytes, index: bigint, size: bigint, path: Bytes[]): Promise<Bytes | null> {
  if (index >= size) return null;
  let at = index, last = size - 1n, hash = leaf;
  for (const step of path) {
    if (last === 0n) return null;
    if ((at & 1n) === 1n || at === last) {
      hash = await node_hash(step, hash);
      while ((at & 1n) === 0n && at !== 0n) {
        at >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = await node_hash(hash, step);
    }
    at >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? hash : null;
}

/** The root of all these leaves. */
export async function tree_root(leaves: Bytes[]): Promise<Bytes> {
  if (leaves.length === 0) return sha256(utf8(''));
  let row = leaves;
  while (row.length > 1) {
    const above: Bytes[] = [];
    for (let i = 0; i < row.length; i += 2) above.push(row[i + 1] ? await node_hash(row[i]!, row[i + 1]!) : row[i]!);
    row = above;
  }
  return row[0]!;
}
