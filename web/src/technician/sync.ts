// Brings phone and station together: pictures up, operations up, orders down, then evidence and proofs of what is open.
// Whatever breaks off may begin again: pictures are named by their content, operations by their ids.
import { ApiError, ask } from '../state/api';
import { read_evidence } from '../state/evidence';
import { is_open } from '../state/order_steps';
import { part_address, photo_address, read_authorities, read_ledger, read_orders, read_proof } from '../state/orders_api';
import type { Order, OrderState } from '../state/orders_types';
import { pictures_of, settle, type Answer, type Waiting } from './queue';
import type { Facts, Kept, Papers, Store } from './store';

export type Trouble = { kind: 'offline' | 'station'; why: string };
const patience_ms = 20_000, picture_patience_ms = 120_000;
const most_operations = 500, page = 200, closed_shown = 30;
const all_again_ms = 1800e3, closed_kept_ms = 7 * 86400e3;
const wait = (ms: number) => AbortSignal.timeout(ms);

async function send_pictures(store: Store): Promise<void> {
  for (const digest of await store.pictures_to_send()) {
    const picture = await store.picture(digest);
    if (!picture) continue;
    await ask(photo_address(digest), { method: 'PUT', body: picture.bytes, headers: { 'content-type': picture.type }, signal: wait(picture_patience_ms) });
    await store.write({ pictures: [{ ...picture, uploaded: true }] });
  }
}

async function post(operations: Waiting[], device: string): Promise<Answer> {
  const body = JSON.stringify({ device, operations: operations.map(({ sent: _, ...one }) => one) });
  const answer = await ask('/api/v1/orders/operations', { method: 'POST', body, headers: { 'content-type': 'application/json' }, signal: wait(patience_ms) });
  return (await answer.json()) as Answer;
}

/** The oldest that may go now, marked as gone: from here on none of them is altered. A picture that is not up holds its operation back. */
async function take_batch(store: Store): Promise<Waiting[]> {
  const missing = new Set(await store.pictures_to_send());
  let batch: Waiting[] = [];
  await store.decide(({ waiting }) => {
    batch = waiting.filter((one) => !pictures_of(one).some((digest) => missing.has(digest))).slice(0, most_operations);
    return { put: batch.filter((one) => !one.sent).map((one) => ({ ...one, sent: true })) };
  });
  return batch;
}

async function send_operations(store: Store, device: string): Promise<void> {
  for (;;) {
    const batch = await take_batch(store);
    if (batch.length === 0) return;
    const answer = await post(batch, device), { settled, refused } = settle(batch, answer);
    if (settled.length === 0) throw new ApiError('the station did not say what became of the changes', 500, '/api/v1/orders/operations', answer);
    await store.write({ settled, refused, orders: answer.orders });
  }
}

interface Told { orders: Order[]; now: number }
async function pages(query: Record<string, string>): Promise<Told> {
  const found: Order[] = [];
  for (let before = ''; ;) {
    const { orders, next, now } = await read_orders(new URLSearchParams({ ...query, limit: String(page), ...(before ? { before } : {}) }), wait(patience_ms));
    found.push(...orders);
    if (!next) return { orders: found, now };
    before = next;
  }
}

const open_states: OrderState[] = ['proposed', 'approved', 'ordered', 'scheduled', 'in_progress'];
async function all_orders(): Promise<Told> {
  const closed = await read_orders(new URLSearchParams({ state: 'done,cancelled', limit: String(closed_shown) }), wait(patience_ms)), { orders, now } = await pages({ state: open_states.join(',') });
  return { orders: [...orders, ...closed.orders], now };
}

/** Orders to forget: closed for a week, or unknown to the station, and nothing of them waits here. */
function forgotten(known: Order[], told: Order[], all: boolean, waiting: Waiting[], now: number): string[] {
  const fresh = new Set(told.map((one) => one.id)), busy = new Set(waiting.map((one) => one.order));
  const old = (one: Order) => !is_open(one.state) && one.updated < now - closed_kept_ms;
  return known.filter((one) => !fresh.has(one.id) && !busy.has(one.id) && (old(one) || (all && is_open(one.state)))).map((one) => one.id);
}

async function fetch_orders(store: Store, now: number): Promise<Kept> {
  const kept = await store.read(), { cursor = 0, full_at = 0 } = kept.facts, all = cursor === 0 || now - full_at > all_again_ms;
  const told = await (all ? all_orders() : pages({ since: String(cursor) })), news = told.orders.filter((one) => JSON.stringify(kept.orders.find((known) => known.id === one.id)) !== JSON.stringify(one));
  const newest = Math.min(told.now, Math.max(cursor, ...told.orders.map((one) => one.updated))), went_back = told.now < cursor; // the station's clock: ask for everything next time
  const facts: Partial<Facts> = { cursor: newest, synced_at: now, ...(went_back ? { full_at: 0 } : all ? { full_at: now } : {}) };
  await store.write({ orders: news, gone: forgotten(kept.orders, told.orders, all, kept.waiting, now), facts });
  return store.read();
}

const is_written = (order: Order): boolean => order.quorum.entry !== undefined || order.proof?.kind === 'embedded';
/** Pictures of the evidence pass by once, so that the service worker has them. */
async function see_pictures(order: Order, papers: Papers): Promise<void> {
  for (const part of papers.sealed?.pictures.slice(0, 6) ?? []) await ask(part_address(order.id, part.digest), { signal: wait(patience_ms) }).catch(() => undefined);
}

async function papers_of(order: Order, known: Papers | undefined): Promise<Papers | null> {
  const papers: Papers = known?.evidence === order.evidence.digest ? { ...known } : { id: order.id, evidence: order.evidence.digest };
  const wants_evidence = order.evidence.digest !== '' && !papers.sealed, wants_proof = is_written(order) && !papers.proof;
  if (!wants_evidence && !wants_proof) return null;
  if (wants_evidence) {
    papers.sealed = await read_evidence(order, wait(patience_ms));
    await see_pictures(order, papers);
  }
  if (wants_proof) papers.proof = await read_proof(order.id, wait(patience_ms));
  return papers;
}

async function fetch_papers(store: Store, kept: Kept): Promise<void> {
  const known = new Map((await store.papers()).map((one): [string, Papers] => [one.id, one]));
  let new_proof = kept.facts.ledger === undefined;
  for (const order of kept.orders) {
    const papers = await papers_of(order, known.get(order.id)).catch((error: unknown) => {
      if (error instanceof ApiError && error.status > 0) return null; // not cosigned yet, or gone: the order is worth reading without
      throw error;
    });
    if (!papers) continue;
    new_proof ||= papers.proof !== undefined;
    await store.write({ papers: [papers] });
  }
  if (new_proof) await store.write({ facts: { ledger: await read_ledger(wait(patience_ms)), authorities: await read_authorities(wait(patience_ms)) } });
}

/** Null when phone and station agree. */
export async function sync(store: Store, now: () => number): Promise<Trouble | null> {
  try {
    const { facts } = await store.read();
    let held: unknown;
    await send_pictures(store).catch((error: unknown) => { held = error; });
    await send_operations(store, facts.device ?? '');
    await fetch_papers(store, await fetch_orders(store, now()));
    if (held !== undefined) throw held;
    return null;
  } catch (error) {
    if (error instanceof ApiError && error.status > 0) return { kind: 'station', why: error.message };
    if (error instanceof ApiError || (error instanceof DOMException && (error.name === 'TimeoutError' || error.name === 'AbortError'))) return { kind: 'offline', why: '' };
    throw error;
  }
}
