// The station's events as signals. Events are gathered and applied once per animation frame; the browser's own
// reconnection is kept, and replaced by ours when it gives up.
import { batch, signal } from '@preact/signals';
import { read_items } from './api';
import { station_now } from './clock';
import type { Camera, Health, Item, Totals } from './types';

export type Connection = 'connecting' | 'live' | 'lost';
const kept_items = 20;
/** The station speaks every 2 s; this much silence means that it does not. */
const silence_ms = 7000;
/** A blink of the network is nobody's business: only this long without an answer counts as lost. */
const blink_ms = 1500;

export const connection = signal<Connection>('connecting');
export const last_heard = signal<number | null>(null);
/** The newest items, newest first. */
export const recent = signal<Item[]>([]);
/** True once the station has sent what it had: an empty list is then really empty. */
export const caught_up = signal(false);
export const totals = signal<Totals | null>(null);
export const health = signal<Health[] | null>(null);
export const cameras = signal<Camera[]>([]);
/** How many items came since the page was opened: what a reader of older items has not seen. */
export const arrived = signal(0);

let source: EventSource | undefined;
const takers = new Map<string, (event: MessageEvent<string>) => void>();
let retry_ms = 1000;
let pending: (() => void)[] = [];
let scheduled = false;
let doubt: ReturnType<typeof setTimeout> | undefined;

/** Puts new items before the old ones, without repeating any. Both lists newest first. */
export function merge_items(old: Item[], fresh: Item[], keep = kept_items): Item[] {
  const seen = new Set<string>();
  const all = [...fresh, ...old].filter((item) => !seen.has(item.id) && seen.add(item.id));
  return all.sort((a, b) => (a.creation_date < b.creation_date ? 1 : a.creation_date > b.creation_date ? -1 : 0)).slice(0, keep);
}

function apply_pending() {
  scheduled = false;
  const work = pending;
  pending = [];
  clearTimeout(doubt);
  doubt = undefined;
  batch(() => {
    connection.value = 'live';
    last_heard.value = station_now();
    for (const job of work) job();
  });
}

function soon(job: () => void) {
  pending.push(job);
  if (scheduled) return;
  scheduled = true;
  if (document.hidden) setTimeout(apply_pending, 500);
  else requestAnimationFrame(apply_pending);
}

/** Takes every event of this name, once per animation frame with all others. */
export function listen<T>(name: string, take: (data: T) => void): void {
  const on_event = (event: MessageEvent<string>) => {
    const data = JSON.parse(event.data) as T;
    soon(() => take(data));
  };
  takers.set(name, on_event);
  source?.addEventListener(name, on_event);
}

function on_item(event: MessageEvent<string>) {
  const item = JSON.parse(event.data) as Item;
  soon(() => {
    const before = recent.peek();
    recent.value = merge_items(before, [item]);
    if (caught_up.peek() && !before.some((old) => old.id === item.id)) arrived.value += 1;
  });
}

function on_station(event: MessageEvent<string>) {
  const said = JSON.parse(event.data) as { totals?: Totals; health?: Health[]; cameras?: Camera[] };
  soon(() => {
    if (said.totals) totals.value = said.totals;
    if (said.health) health.value = said.health;
    if (said.cameras) cameras.value = said.cameras;
  });
}

/** A station that has just started streams nothing old: what it keeps fills the view. */
async function recall() {
  if (recent.peek().length + pending.length < kept_items) {
    const page = await read_items(new URLSearchParams({ limit: String(kept_items) })).catch(() => null);
    if (page) soon(() => { recent.value = merge_items(recent.peek(), page.items); });
  }
  soon(() => { caught_up.value = true; });
}

function connect() {
  source?.close();
  source = new EventSource('/events');
  source.addEventListener('open', () => {
    retry_ms = 1000;
    soon(() => undefined);
  });
  source.addEventListener('item', on_item);
  source.addEventListener('station', on_station);
  source.addEventListener('ready', () => void recall());
  for (const [name, on_event] of takers) source.addEventListener(name, on_event);
  source.addEventListener('error', () => {
    doubt ??= setTimeout(() => { connection.value = 'lost'; }, blink_ms);
    if (source?.readyState !== EventSource.CLOSED) return;
    setTimeout(connect, retry_ms);
    retry_ms = Math.min(retry_ms * 2, 10000);
  });
}

/** Forgets the old configuration's parts and listens anew. */
export function restart_stream(): void {
  batch(() => {
    recent.value = [];
    caught_up.value = false;
    totals.value = null;
  });
  connect();
}

export function start_stream(): void {
  connect();
  // A page that the browser keeps for "back" would keep its stream too, and six streams leave no connection to the station.
  addEventListener('pagehide', () => source?.close());
  addEventListener('pageshow', (event) => { if (event.persisted) connect(); });
  setInterval(() => {
    if (document.hidden || connection.peek() !== 'live' || station_now() - (last_heard.peek() ?? 0) < silence_ms) return;
    connection.value = 'lost';
    connect();
  }, 1000);
}
