// The item before and the item after, within the same filter. The API lists newest first only, so "the next newer
// one" is looked for in windows of time that grow until one holds it.
import { read_items } from './api';
import { station_now } from './clock';
import type { Item } from './types';

const windows_s = [3, 30, 300, 3600, 86400, 2592000];

async function older_than(item: Item, filter: URLSearchParams, signal: AbortSignal): Promise<string | null> {
  const query = new URLSearchParams(filter);
  query.set('to', item.creation_date);
  query.set('limit', '3');
  const { items } = await read_items(query, signal);
  return items.find((other) => other.id !== item.id && other.creation_date <= item.creation_date)?.id ?? null;
}

/** The oldest item of a window, following its pages to the last. */
async function oldest_in(query: URLSearchParams, self: Item, signal: AbortSignal): Promise<string | null> {
  let oldest: string | null = null;
  for (let page = 0; page < 20; page++) {
    const { items, next } = await read_items(query, signal);
    oldest = items.filter((other) => other.id !== self.id).at(-1)?.id ?? oldest;
    if (!next) break;
    query.set('cursor', next);
  }
  return oldest;
}

async function newer_than(item: Item, filter: URLSearchParams, signal: AbortSignal): Promise<string | null> {
  const start = Date.parse(item.creation_date);
  for (const seconds of windows_s) {
    const query = new URLSearchParams(filter);
    query.set('from', item.creation_date);
    query.set('to', new Date(start + seconds * 1000).toISOString());
    query.set('limit', '100');
    const found = await oldest_in(query, item, signal);
    if (found) return found;
    if (start + seconds * 1000 > station_now()) break;
  }
  return null;
}

export interface Neighbours { older: string | null; newer: string | null }

export async function read_neighbours(item: Item, filter: URLSearchParams, signal: AbortSignal): Promise<Neighbours> {
  const [older, newer] = await Promise.all([older_than(item, filter, signal), newer_than(item, filter, signal)]);
  return { older, newer };
}
