// What was sealed for an order, read and checked: the manifest, the judged window, the scores, the pictures.
import { text_of, type Bytes } from '../proof/bytes';
import { part_address, read_bytes, read_manifest_bytes } from './orders_api';
import type { EvidencePart, Manifest, Order, Share, Window } from './orders_types';
import { is_sealed } from './verify_order';

export interface Sealed { good: boolean; manifest: Manifest; window: Window | null; pictures: EvidencePart[] }

function parsed<T>(bytes: Bytes): T | null {
  try {
    return JSON.parse(text_of(bytes) ?? '') as T;
  } catch {
    return null;
  }
}

export async function read_evidence(order: Order, stop?: AbortSignal): Promise<Sealed> {
  const bytes = await read_manifest_bytes(order.id, stop), manifest = parsed<Manifest>(bytes);
  const found = order.evidence.parts.find((part) => part.name === 'window.json');
  const window_bytes = found ? await read_bytes(part_address(order.id, found.digest), stop) : null;
  const listed = !found || manifest?.parts.some((part) => part.name === found.name && part.digest === found.digest) === true;
  const good = listed && (await is_sealed(bytes, order.evidence.digest)) && (!found || (await is_sealed(window_bytes!, found.digest)));
  return { good, manifest: manifest ?? { asset: '', parts: [], scores: [], detector: { name: '', model: '' } }, window: window_bytes && parsed<Window>(window_bytes), pictures: order.evidence.parts.filter((part) => part.type.startsWith('image/')) };
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
