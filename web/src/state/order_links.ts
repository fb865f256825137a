// Which order came of an anomaly, of a refused part, of a machine: the other way of "why". Pure.
import { is_open, sorted_orders } from './order_steps';
import type { Order } from './orders_types';
import type { Anomaly } from './telemetry_types';

/** Sightings are told within this time after the anomaly was seen. */
const told_within = 60e3;

/** The order that the anomaly made, or the open one of its machine that it was added to. */
export function order_of_anomaly(orders: Order[], { machine, from, to }: Pick<Anomaly, 'machine' | 'from' | 'to'>): Order | undefined {
  const its = orders.filter((order) => order.cause.kind === 'anomaly' && order.cause.machine === machine);
  const closed_after = (order: Order) => is_open(order.state) || order.updated >= from;
  return its.find((order) => order.cause.kind === 'anomaly' && order.cause.started === from)
    ?? its.filter((order) => order.causes > 1 && order.created <= to + told_within && closed_after(order)).sort((a, b) => b.created - a.created)[0];
}

/** The order for whose run this part was counted. */
export const order_of_item = (orders: Order[], id: string): Order | undefined =>
  orders.find((order) => order.cause.kind === 'ko_run' && order.cause.items.includes(id));

/** Those of a machine, open ones first. */
export const orders_of = (orders: Order[], asset: string): Order[] => sorted_orders(orders.filter((order) => order.asset === asset));

/** The newest open order that a run of refused parts made. */
export const open_run = (orders: Order[]): Order | undefined =>
  orders.filter((order) => order.cause.kind === 'ko_run' && is_open(order.state)).sort((a, b) => b.created - a.created)[0];
