// Which state of an order may follow which, and how orders stand on the board. Pure; the station has the last word.
import type { Order, OrderState } from './orders_types';

const by_people: Partial<Record<OrderState, OrderState[]>> = {
  proposed: ['cancelled'], approved: ['cancelled'],
  ordered: ['scheduled', 'in_progress', 'done', 'cancelled'], scheduled: ['in_progress', 'done', 'cancelled'], in_progress: ['scheduled', 'done', 'cancelled'],
};
/** The states that a person may give it. */
export const next_states = (state: OrderState): OrderState[] => by_people[state] ?? [];
export const is_open = (state: OrderState): boolean => state in by_people;

export const columns = { asked: ['proposed'], wanted: ['approved', 'ordered'], planned: ['scheduled'], working: ['in_progress'], closed: ['done', 'refused', 'expired', 'cancelled'] } as const satisfies Record<string, OrderState[]>;
export type Column = keyof typeof columns;

const weight = { urgent: 0, high: 1, normal: 2, low: 3 };
/** Open ones: the most urgent first, then what is due first. Closed ones: the newest first. */
export function sorted_orders(orders: Order[]): Order[] {
  return [...orders].sort((a, b) => {
    if (is_open(a.state) !== is_open(b.state)) return is_open(a.state) ? -1 : 1;
    if (!is_open(a.state)) return b.updated - a.updated;
    return weight[a.priority] - weight[b.priority] || (a.due ?? Infinity) - (b.due ?? Infinity) || b.created - a.created;
  });
}
export const in_column = (orders: Order[], column: Column): Order[] => sorted_orders(orders.filter((o) => (columns[column] as readonly OrderState[]).includes(o.state)));

/** The orders with one put in or replaced; an older account of it changes nothing. */
export function with_order(orders: Order[], fresh: Order): Order[] {
  const known = orders.find((o) => o.id === fresh.id);
  if (known && known.updated > fresh.updated) return orders;
  return known ? orders.map((o) => (o.id === fresh.id ? fresh : o)) : [fresh, ...orders];
}
