// What the app knows, as signals, and everything that a technician can do with it. The store is the truth: it is read
// again after each change, so that two windows and the service worker agree.
import { batch, computed, signal } from '@preact/signals';
import { station_now } from '../state/clock';
import { photo_address } from '../state/orders_api';
import type { Order } from '../state/orders_types';
export const station_time = (): number => Math.round(station_now());
import { edit, is_news, shown, ulid, type Change, type Refusal, type Waiting } from './queue';
import { open_store, type Facts, type Kept, type Papers, type Picture, type Store } from './store';
import { sync, type Trouble } from './sync';

export const ready = signal(false);
export const waiting = signal<Waiting[]>([]);
export const refused = signal<Refusal[]>([]);
export const facts = signal<Partial<Facts>>({});
export const papers = signal<ReadonlyMap<string, Papers>>(new Map());
/** What the last attempt to reach the station met; undefined before the first. */
export const trouble = signal<Trouble | null | undefined>(undefined);
export const sending = signal(false);
/** Something that must be said: this browser could not keep a change. */
export const alarm = signal('');
const told = signal<Order[]>([]);
export const orders = computed(() => told.value.map((order) => shown(order, waiting.value)));
export const who = computed(() => facts.value.by ?? '');

let store: Store;
async function reread(): Promise<void> {
  const [kept, kept_papers] = await Promise.all([store.read(), store.papers()]);
  batch(() => {
    told.value = kept.orders;
    waiting.value = kept.waiting;
    refused.value = kept.refused;
    facts.value = kept.facts;
    papers.value = new Map(kept_papers.map((one): [string, Papers] => [one.id, one]));
    ready.value = true;
  });
}

let running: Promise<void> | undefined, again = false;
/** Brings phone and station together now, or once more after the attempt that runs. */
export function sync_now(): Promise<void> {
  again = running !== undefined;
  running ??= (async () => {
    do {
      again = false;
      sending.value = true;
      const before = store.version();
      trouble.value = await sync(store, station_now);
      if (store.version() !== before) await reread();
      else if (!trouble.value) facts.value = { ...facts.value, synced_at: station_now() };
    } while (again && !trouble.value);
  })().catch((error: unknown) => { alarm.value = String(error); }).finally(() => { running = undefined; sending.value = false; });
  return running;
}

function ask_for_background_sync(): void {
  void navigator.serviceWorker?.ready.then((registration) => (registration as unknown as { sync?: { register: (tag: string) => Promise<void> } }).sync?.register('queue')).catch(() => undefined);
}

/** Runs one after the other, and says aloud what this browser cannot keep. */
let line: Promise<unknown> = Promise.resolve();
function in_turn(job: () => Promise<void>): Promise<void> {
  const turn = line.then(job).catch((error: unknown) => { alarm.value = String(error); });
  line = turn;
  return turn;
}

/** The operations that make these changes of an order, each having seen the one before it. */
function operations(kept: Kept, id: string, changes: Change[]): Waiting[] {
  const order = kept.orders.find((one) => one.id === id), put: Waiting[] = [];
  if (!order) return put;
  for (const one of changes) {
    const so_far = [...kept.waiting.filter((old) => !put.some((fresh) => fresh.id === old.id)), ...put];
    if (is_news(shown(order, so_far), one)) put.push(edit(order, so_far, one, { id: ulid(), at: Math.round(station_now()), by: kept.facts.by ?? '' }));
  }
  return put;
}

/** Keeps the changes of an order on the phone and sends them when that is possible. Durable when it returns. */
export const change = (id: string, changes: Change[], pictures: Picture[] = []): Promise<void> => in_turn(async () => {
  await store.decide((kept) => ({ put: operations(kept, id, changes), pictures }));
  await reread();
  ask_for_background_sync();
  void sync_now();
});

export const understood = (id: string): Promise<void> => in_turn(async () => {
  await store.write({ understood: [id] });
  await reread();
});
export const call_me = (by: string): Promise<void> => in_turn(async () => {
  await store.write({ facts: { by: by.trim().slice(0, 100) } });
  await reread();
});

const addresses = new Map<string, string>();
/** Where a picture can be shown from: this phone while it has it, else the station (and what the service worker kept). */
export async function picture_address(digest: string): Promise<string> {
  const known = addresses.get(digest);
  if (known) return known;
  const picture = await store.picture(digest), address = picture ? URL.createObjectURL(new Blob([picture.bytes], { type: picture.type })) : photo_address(digest);
  addresses.set(digest, address);
  return address;
}

const each_ms = 2000, slower_ms = 12_000;
function keep_looking(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    if (document.hidden) return;
    void sync_now().finally(() => { timer = setTimeout(look, trouble.value?.kind === 'station' ? slower_ms : each_ms); });
  };
  addEventListener('online', look);
  addEventListener('offline', () => { trouble.value = { kind: 'offline', why: '' }; });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void reread(); // another window, or the service worker, may have been at it
    look();
  });
  navigator.serviceWorker?.addEventListener('message', () => void reread());
  look();
}

export async function start(): Promise<void> {
  store = await open_store();
  if ((await store.read()).facts.device === undefined) await store.write({ facts: { device: ulid() } });
  await reread();
  void navigator.storage?.persist?.();
  keep_looking();
}
