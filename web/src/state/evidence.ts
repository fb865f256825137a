// What was sealed for an order, read and checked: the manifest, the judged window and the scores, or the refused parts
// with their pictures. `good` speaks of all the bytes that the page shows.
import { text_of, type Bytes } from '../proof/bytes';
import { part_address, read_bytes, read_manifest_bytes } from './orders_api';
import type { EvidencePart, Manifest, Order, Share, Window } from './orders_types';
import type { Item } from './types';
import { is_sealed } from './verify_order';

export interface Refused { id: string; item: Item | null; pictures: { camera: string; digest: string }[] }
export interface Sealed { good: boolean; manifest: Manifest; window: Window | null; refused: Refused[]; more: number; pictures: EvidencePart[] }

/** So many refused parts are shown, and their bytes checked. */
const shown_parts = 12;

function parsed<T>(bytes: Bytes): T | null {
  try {
    return JSON.parse(text_of(bytes) ?? '') as T;
  } catch {
    return null;
  }
}

/** Reads one part, and says whether its bytes are those that the manifest names. */
async function read_part(order: Order, manifest: Manifest | null, part: EvidencePart, stop?: AbortSignal): Promise<{ bytes: Bytes; good: boolean }> {
  const bytes = await read_bytes(part_address(order.id, part.digest), stop);
  const listed = manifest?.parts.some((one) => one.name === part.name && one.digest === part.digest) === true;
  return { bytes, good: listed && (await is_sealed(bytes, part.digest)) };
}

/** "picture/<item>/<camera>" of each item, newest item first. */
export function refused_of(parts: EvidencePart[]): { id: string; part: EvidencePart; pictures: EvidencePart[] }[] {
  const items = parts.filter((part) => part.name.startsWith('item/') && part.name.endsWith('.json'));
  return items.map((part) => {
    const id = part.name.slice(5, -5);
    return { id, part, pictures: parts.filter((one) => one.name.startsWith(`picture/${id}/`)) };
  }).sort((a, b) => (a.id < b.id ? 1 : -1));
}

export async function read_evidence(order: Order, stop?: AbortSignal): Promise<Sealed> {
  const bytes = await read_manifest_bytes(order.id, stop), manifest = parsed<Manifest>(bytes), all = refused_of(order.evidence.parts);
  let good = await is_sealed(bytes, order.evidence.digest);
  const take = async (part: EvidencePart): Promise<Bytes> => {
    const read = await read_part(order, manifest, part, stop);
    good &&= read.good;
    return read.bytes;
  };
  const found = order.evidence.parts.find((part) => part.name === 'window.json');
  const window = found ? parsed<Window>(await take(found)) : null;
  const refused: Refused[] = [];
  for (const { id, part, pictures } of all.slice(0, shown_parts)) {
    const item = parsed<Item>(await take(part));
    for (const picture of pictures) await take(picture);
    refused.push({ id, item, pictures: pictures.map((one) => ({ camera: one.name.split('/')[2] ?? '', digest: one.digest })) });
  }
  return { good, manifest: manifest ?? { asset: '', parts: [], scores: [], detector: { name: '', model: '' } }, window, refused, more: all.length - refused.length, pictures: order.evidence.parts.filter((part) => part.type.startsWith('image/')) };
}

export interface SensorRows { name: string; share: number; values: (number | null)[] }
export interface Drawing { times: number[]; judged_from: number; judged_to: number; sensors: SensorRows[] }

/** The window as charts want it: seconds, and a column for each sensor, the one that matters most first. */
export function drawing_of(window: Window): Drawing {
  const count = window.rows.length, last = window.end / 1000, step = window.step_ms / 1000;
  const times = Array.from({ length: count }, (_, i) => last - (count - 1 - i) * step), share = new Map(window.contributions.map((c): [string, number] => [c.sensor, c.share]));
  const sensors = window.columns.map((name, column) => ({ name, share: share.get(name) ?? 0, values: window.rows.map((row) => row[column] ?? null) }));
  return { times, judged_from: times[Math.max(0, count - window.window)] ?? last, judged_to: last, sensors: sensors.sort((a, b) => b.share - a.share) };
}

export const greatest_share = (shares: Share[]): number => Math.max(0.01, ...shares.map((s) => s.share));
