// The history list of one filter, kept while the page is elsewhere, so that Back finds everything where it was.
import { signal } from '@preact/signals';
import { read_items } from './api';
import { station_now } from './clock';
import type { Item } from './types';

export interface Gallery { key: string; items: Item[]; next: string | null; loading: boolean; error: unknown; loaded: boolean; at_load: number }
const nothing = (key: string): Gallery => ({ key, items: [], next: null, loading: false, error: undefined, loaded: false, at_load: 0 });
export const gallery = signal<Gallery>(nothing(''));

const spans_s: Record<string, number> = { '1h': 3600, '24h': 86400, '7d': 604800 };
const page_size = 60;

/** The address bar's filters as the API's: a span such as 24h becomes a moment. */
export function api_query(address: URLSearchParams, now: number): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of ['decision', 'label', 'camera']) for (const value of address.getAll(name)) query.append(name, value);
  const span = spans_s[address.get('since') ?? ''];
  if (span) query.set('from', new Date(now - span * 1000).toISOString());
  for (const name of ['from', 'to']) {
    const moment = new Date(address.get(name) ?? '');
    if (!Number.isNaN(moment.getTime())) query.set(name, moment.toISOString());
  }
  query.set('limit', String(page_size));
  return query;
}

let running: AbortController | undefined;

async function read(key: string, cursor: string | null, seen: number) {
  running?.abort();
  const stop = (running = new AbortController());
  const query = api_query(new URLSearchParams(key), station_now());
  if (cursor) query.set('cursor', cursor);
  try {
    const { items, next } = await read_items(query, stop.signal);
    const before = cursor ? gallery.peek().items : [];
    const known = new Set(before.map((item) => item.id));
    gallery.value = { key, items: [...before, ...items.filter((item) => !known.has(item.id))], next, loading: false, error: undefined, loaded: true, at_load: cursor ? gallery.peek().at_load : seen };
  } catch (error) {
    if (!stop.signal.aborted) gallery.value = { ...gallery.peek(), loading: false, error };
  }
}

/** Shows the gallery of this filter; keeps what is there when the filter is the same. */
export function open_gallery(key: string, seen: number, anew = false): void {
  const old = gallery.peek();
  if (old.key === key && (old.loaded || old.loading) && !anew) return;
  gallery.value = old.key === key ? { ...old, loading: true, error: undefined } : { ...nothing(key), loading: true };
  void read(key, null, seen);
}

export function read_older(): void {
  const old = gallery.peek();
  if (old.loading || old.next === null) return;
  gallery.value = { ...old, loading: true, error: undefined };
  void read(old.key, old.next, 0);
}

export function forget_gallery(): void {
  running?.abort();
  gallery.value = nothing('');
}
