// Everything this phone keeps, in IndexedDB: orders as the station last told them, the queue, what was refused,
// pictures until they are uploaded, evidence and proofs to look at without a network. One write is one transaction.
import type { Sealed } from '../state/evidence';
import type { Authorities, LedgerSheet, Order } from '../state/orders_types';
import type { Refusal, Waiting } from './queue';

export interface Picture { digest: string; order: string; bytes: ArrayBuffer; type: string; uploaded: boolean }
/** What belongs to an order and does not change any more. */
export interface Papers { id: string; evidence: string; sealed?: Sealed; proof?: string; proof_state?: string }
export interface Facts { by: string; device: string; cursor: number; full_at: number; synced_at: number; ledger: LedgerSheet; authorities: Authorities; station: string }
export interface Kept { orders: Order[]; waiting: Waiting[]; refused: Refusal[]; facts: Partial<Facts> }
export interface Changes { orders?: Order[]; gone?: string[]; put?: Waiting[]; settled?: string[]; refused?: Refusal[]; understood?: string[]; facts?: Partial<Facts>; papers?: Papers[]; pictures?: Picture[] }

export interface Store {
  read: () => Promise<Kept>;
  write: (changes: Changes) => Promise<void>;
  /** Reads, decides and writes in one transaction: nobody, also in another window, changes anything in between. */
  decide: (choose: (kept: Kept) => Changes) => Promise<void>;
  papers: () => Promise<Papers[]>;
  picture: (digest: string) => Promise<Picture | undefined>;
  pictures_to_send: () => Promise<string[]>;
  /** Greater each time that something to be seen was written here. */
  version: () => number;
}

const tables = { orders: 'id', waiting: 'id', refused: 'id', facts: 'name', papers: 'id', pictures: 'digest' } as const;
type Table = keyof typeof tables;

const done = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error ?? new Error('the store of this browser failed'));
});

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    for (const [table, key] of Object.entries(tables)) request.result.createObjectStore(table, { keyPath: key });
  };
  return done(request);
}

type Put = (name: Table) => IDBObjectStore;
function put_all(store: IDBObjectStore, put: readonly unknown[] = [], drop: readonly string[] = []): void {
  for (const one of put) store.put(one);
  for (const key of drop) store.delete(key);
}

/** An older account of an order replaces nothing: the page and the service worker may ask at the same time. */
function put_orders(store: IDBObjectStore, orders: readonly Order[]): void {
  for (const order of orders) {
    const known = store.get(order.id) as IDBRequest<Order | undefined>;
    known.onsuccess = () => { if (!known.result || known.result.updated <= order.updated) store.put(order); };
  }
}

function drop_pictures_of(store: IDBObjectStore, orders: readonly string[]): void {
  const walk = store.openCursor();
  walk.onsuccess = () => {
    if (!walk.result) return;
    if (orders.includes((walk.result.value as Picture).order)) walk.result.delete();
    walk.result.continue();
  };
}

function apply(at: Put, changes: Changes): void {
  const gone = changes.gone ?? [];
  put_orders(at('orders'), changes.orders ?? []);
  put_all(at('orders'), [], gone);
  put_all(at('waiting'), changes.put, changes.settled);
  put_all(at('refused'), changes.refused, changes.understood);
  put_all(at('facts'), Object.entries(changes.facts ?? {}).map(([name, value]) => ({ name, value: value as unknown })));
  put_all(at('papers'), changes.papers, gone);
  put_all(at('pictures'), changes.pictures);
  if (gone.length > 0) drop_pictures_of(at('pictures'), gone);
}

async function read(transaction: IDBTransaction): Promise<Kept> {
  const all = <T>(table: Table) => done(transaction.objectStore(table).getAll() as IDBRequest<T[]>);
  const [orders, waiting, refused, facts] = await Promise.all([all<Order>('orders'), all<Waiting>('waiting'), all<Refusal>('refused'), all<{ name: string; value: unknown }>('facts')]);
  return { orders, waiting, refused, facts: Object.fromEntries(facts.map(({ name, value }) => [name, value])) as Partial<Facts> };
}

const broken = (transaction: IDBTransaction) => transaction.error ?? new Error('the store of this browser failed');
const ended = (transaction: IDBTransaction): Promise<void> => new Promise((resolve, reject) => {
  transaction.oncomplete = () => resolve();
  transaction.onabort = transaction.onerror = () => reject(broken(transaction));
});

export async function open_store(name = 'oree-technician'): Promise<Store> {
  const database = await open(name);
  database.onversionchange = () => database.close();
  let version = 0;
  const take = (transaction: IDBTransaction, changes: Changes) => {
    const { facts: _, ...seen } = changes;
    if (Object.values(seen).some((one) => one.length > 0)) version++;
    apply((table) => transaction.objectStore(table), changes);
  };
  const begin = () => database.transaction(Object.keys(tables), 'readwrite', { durability: 'strict' });
  const pictures = () => database.transaction('pictures').objectStore('pictures');
  return {
    read: () => read(database.transaction(['orders', 'waiting', 'refused', 'facts'])),
    write(changes) {
      const transaction = begin();
      take(transaction, changes);
      return ended(transaction);
    },
    async decide(choose) {
      const transaction = begin(), end = ended(transaction), kept = await read(transaction);
      take(transaction, choose(kept));
      return end;
    },
    papers: () => done(database.transaction('papers').objectStore('papers').getAll() as IDBRequest<Papers[]>),
    picture: (digest) => done(pictures().get(digest) as IDBRequest<Picture | undefined>),
    pictures_to_send: async () => (await done(pictures().getAll() as IDBRequest<Picture[]>)).filter((one) => !one.uploaded).map((one) => one.digest),
    version: () => version,
  };
}
