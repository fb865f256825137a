// What this phone changed and the station has not confirmed yet: each change is an operation with an id of its own, so
// that it may be sent as often as it takes. Pure; store.ts keeps the queue, sync.ts sends it.
import type { Order, OrderState } from '../state/orders_types';

export interface Operation { id: string; order: string; field: string; value: unknown; seen: string; at: number; by: string; resolves: string[] }
/** `sent`: it may have arrived although nobody said so; it is then sent again as it is, never altered. */
export interface Waiting extends Operation { sent: boolean }
export interface Refusal { id: string; operation: Operation; code: string; reason: string }
export interface Answer { applied: string[]; conflicts: { id: string; order: string; field: string }[]; refused: { id: string; code: string; reason: string }[]; orders: Order[] }

const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
let last_time = 0, last_random: number[] = [];
/** A ULID; each is greater than the one before, also within one millisecond and when the clock goes back. */
export function ulid(now = Date.now(), random: () => Uint8Array = () => crypto.getRandomValues(new Uint8Array(16))): string {
  if (now > last_time) {
    last_time = now;
    last_random = Array.from(random(), (b) => b % 32);
    last_random[0]! %= 16; // room to count up
  } else {
    let at = last_random.length - 1;
    while (last_random[at] === 31) last_random[at--] = 0;
    last_random[at]! += 1;
  }
  let time = '';
  for (let rest = last_time, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = letters[rest % 32]! + time;
  return time + last_random.map((n) => letters[n]).join('');
}

export interface Change { field: string; value: unknown; resolves?: string[] }
export interface Author { id: string; at: number; by: string }

const only_added = (field: string): boolean => field === 'photo';
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * The operation that makes this change: a new one that has seen what this phone shows, or the last one of the field
 * with another value while that has never left the phone.
 */
export function edit(order: Order, waiting: readonly Waiting[], change: Change, author: Author): Waiting {
  const { field, value, resolves = [] } = change, { id, at, by } = author;
  const before = only_added(field) ? undefined : waiting.filter((one) => one.order === order.id && one.field === field).at(-1);
  if (before && !before.sent) return { ...before, value, at, by, resolves: resolves.length > 0 ? resolves : before.resolves };
  return { id, order: order.id, field, value, seen: only_added(field) ? '' : (before?.id ?? order.versions[field] ?? ''), at, by, resolves, sent: false };
}

/** A choice between values that contradict each other names all of them. */
export const resolution = (order: Order, field: string, value: unknown): Change => ({ field, value, resolves: order.conflicts.find((one) => one.field === field)?.values.map((one) => one.op) ?? [] });

function put(order: Order, { field, value, at, by, id }: Operation): Order {
  const [kind, key] = field.split('/');
  if (kind === 'task') return { ...order, tasks: order.tasks.map((task) => (task.id === key ? { ...task, done: value === true, at, by } : task)) };
  if (kind === 'part') return { ...order, parts: order.parts.map((part) => (part.id === key ? { ...part, used: value === true } : part)) };
  if (field === 'state') return { ...order, state: value as OrderState };
  if (!only_added(field)) return { ...order, work: { ...order.work, [field]: value } };
  const { digest } = value as { digest: string };
  return order.work.photos.some((photo) => photo.digest === digest) ? order : { ...order, work: { ...order.work, photos: [...order.work.photos, { digest, op: id, at, by }] } };
}

/** The order as this phone shows it: what the station said last, with what waits here on top. */
export function shown(order: Order, waiting: readonly Waiting[]): Order {
  let out = order;
  for (const one of waiting) {
    if (one.order !== order.id) continue;
    out = put(out, one);
    if (one.resolves.length > 0) out = { ...out, conflicts: out.conflicts.filter((conflict) => conflict.field !== one.field) };
  }
  return out;
}

/** Whether the change would change anything that is seen. */
export function is_news(order: Order, { field, value, resolves }: Change): boolean {
  if (resolves && resolves.length > 0) return true;
  const [kind, key] = field.split('/');
  if (kind === 'task') return order.tasks.some((task) => task.id === key && task.done !== value);
  if (kind === 'part') return order.parts.some((part) => part.id === key && part.used !== value);
  if (field === 'state') return order.state !== value;
  return only_added(field) || !same((order.work as unknown as Record<string, unknown>)[field], value);
}

/** What the station confirmed leaves the queue; what it refused is kept for its author to see. */
export function settle(waiting: readonly Waiting[], answer: Answer): { settled: string[]; refused: Refusal[] } {
  const known = new Map(waiting.map((one): [string, Waiting] => [one.id, one]));
  const refused = answer.refused.flatMap(({ id, code, reason }): Refusal[] => {
    const one = known.get(id);
    if (!one) return [];
    const { sent: _, ...operation } = one;
    return [{ id, operation, code, reason }];
  });
  const settled = [...answer.applied, ...answer.conflicts.map((one) => one.id), ...answer.refused.map((one) => one.id)].filter((id) => known.has(id));
  return { settled, refused };
}

/** The digests that an operation needs to have been uploaded before it is sent. */
export function pictures_of({ field, value }: Operation): string[] {
  const digest = field === 'photo' || field === 'signature' ? (value as { digest?: unknown } | null)?.digest : undefined;
  return typeof digest === 'string' ? [digest] : [];
}
