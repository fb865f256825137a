// The orders of the station: read once, then kept by its events.
import { effect, signal } from '@preact/signals';
import { with_order } from './order_steps';
import { read_orders } from './orders_api';
import type { Order } from './orders_types';
import { connection, listen } from './stream';

const most = 500;
export const orders = signal<Order[] | null>(null);
/** Every order that the events told of since the page was opened, by its id. */
export const told = signal<ReadonlyMap<string, Order>>(new Map());

export async function load_orders(stop?: AbortSignal): Promise<Order[]> {
  const read = await read_orders(new URLSearchParams({ limit: String(most) }), stop);
  orders.value = read.orders;
  return read.orders;
}

/** Takes an order that is newer than what is known. */
export function take_order(order: Order): void {
  told.value = new Map(told.peek()).set(order.id, order);
  if (orders.peek()) orders.value = with_order(orders.peek()!, order);
}

let listening = false;
export function listen_for_orders(): void {
  if (!listening) listen<Order>('order', take_order);
  listening = true;
}

let watching = false;
/** For what only points at orders: reads them once, and anew when the station was away. */
export function watch_orders(): void {
  listen_for_orders();
  if (watching) return;
  watching = true;
  effect(() => {
    if (connection.value === 'live') load_orders().catch(() => { watching = false; });
  });
}
