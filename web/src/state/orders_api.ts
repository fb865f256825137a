// The calls of the pages about maintenance.
import { ask, get } from './api';
import type { Authorities, DeadLetter, Delivery, LedgerEntry, LedgerSheet, Order, OrderState, Subscription } from './orders_types';

const named = (id: string) => `/api/v1/orders/${encodeURIComponent(id)}`;
const sent = (body: unknown): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

export const part_address = (id: string, digest: string): string => `${named(id)}/evidence/${digest}`;
export const proof_address = (id: string): string => `${named(id)}/proof`;
export const photo_address = (digest: string): string => `/api/v1/orders/photos/${digest}`;

export const read_orders = (query: URLSearchParams, stop?: AbortSignal) => get<{ orders: Order[]; next: string | null; now: number }>(`/api/v1/orders?${query}`, stop);
export const read_order = (id: string, stop?: AbortSignal) => get<Order>(named(id), stop);
export const read_bytes = async (address: string, stop?: AbortSignal) => new Uint8Array(await (await ask(address, stop ? { signal: stop } : {})).arrayBuffer());
export const read_manifest_bytes = (id: string, stop?: AbortSignal) => read_bytes(`${named(id)}/evidence`, stop);
export const read_proof = async (id: string, stop?: AbortSignal) => (await ask(proof_address(id), stop ? { signal: stop } : {})).text();
export const set_order_state = async (id: string, state: OrderState, by: string, reason: string) => (await (await ask(`${named(id)}/state`, sent({ state, by, reason }))).json()) as Order;
export const propose_order = async (body: { asset: string; fault: string; by: string; sentence: string; priority: string }) => (await (await ask('/api/v1/orders', sent(body))).json()) as Order;

export const read_authorities = (stop?: AbortSignal) => get<Authorities>('/api/v1/authorities', stop);
export const read_ledger = (stop?: AbortSignal) => get<LedgerSheet>('/api/v1/ledger', stop);
export const read_entries = (from: number, limit: number, stop?: AbortSignal) => get<{ entries: LedgerEntry[]; size: number }>(`/api/v1/ledger/entries?from=${from}&limit=${limit}`, stop);

export const read_subscriptions = async (stop?: AbortSignal) => (await get<{ subscriptions?: Subscription[] }>('/api/v1/events/subscriptions', stop)).subscriptions ?? [];
export const read_deliveries = async (query: URLSearchParams, stop?: AbortSignal) => (await get<{ deliveries?: Delivery[] }>(`/api/v1/events/deliveries?${query}`, stop)).deliveries ?? [];
export const read_dead = async (stop?: AbortSignal) => (await get<{ dead?: DeadLetter[] }>('/api/v1/events/dead', stop)).dead ?? [];
export const retry_dead = (id: string) => ask(`/api/v1/events/dead/${encodeURIComponent(id)}/retry`, { method: 'POST' });
