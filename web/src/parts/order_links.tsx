// The way from a machine, an anomaly, a part or Live to its order. A script of its own, loaded where orders are written.
import { useEffect } from 'preact/hooks';
import { now } from '../state/clock';
import { open_run, order_of_anomaly, order_of_item, orders_of } from '../state/order_links';
import { is_open } from '../state/order_steps';
import { orders, watch_orders } from '../state/orders';
import type { Order } from '../state/orders_types';
import type { Anomaly } from '../state/telemetry_types';
import { recent_moment } from '../words/format';
import { fault_word, state_word } from '../words/order_words';
import { t } from '../words/words';
import { OrderShape } from './order_shape';

const shown = 4;
const address = (order: Order) => `/orders/${encodeURIComponent(order.id)}`;

function useOrders(): Order[] | null {
  useEffect(watch_orders, []);
  return orders.value;
}

/** At the foot of a machine's card: its most urgent open order. */
export function MachineOrder({ machine }: { machine: string }) {
  const all = useOrders(), open = all && orders_of(all, machine).filter((order) => is_open(order.state)), first = open?.[0];
  if (!first) return <p class="card-order none">{open ? t('order.none_open') : ''}</p>;
  return <a class="card-order" href={address(first)}><OrderShape state={first.state} size={20} /><span class="cut"><b>{fault_word(first.fault)}</b> · {state_word(first.state)}</span>{open.length > 1 && <small>+{open.length - 1}</small>}</a>;
}

/** On a machine's page: its orders, open ones first. */
export function MachineOrders({ machine }: { machine: string }) {
  const all = useOrders(), its = all && orders_of(all, machine);
  if (!its) return <p class="muted">…</p>;
  if (its.length === 0) return <p class="muted">{t('order.none_yet')}</p>;
  return (
    <ul class="alert-lines">{its.slice(0, shown).map((order) => (
      <li key={order.id}><a href={address(order)}><OrderShape state={order.state} size={20} /><span><b class="cut">{fault_word(order.fault)}</b><small class="cut">{state_word(order.state)} · {recent_moment(order.created, now.value)}</small></span></a></li>
    ))}</ul>
  );
}

/** Under an anomaly: the order that came of it. */
export function AnomalyOrder({ anomaly }: { anomaly: Anomaly }) {
  const all = useOrders(), order = all && order_of_anomaly(all, anomaly);
  if (!order) return null;
  return <a class="button order-button" href={address(order)}><OrderShape state={order.state} size={20} />{t('order.of_this', { state: state_word(order.state) })}</a>;
}

/** On a part's page: the order that its run made. */
export function ItemOrder({ id }: { id: string }) {
  const all = useOrders(), order = all && order_of_item(all, id);
  if (!order) return null;
  return <a class="button order-button" href={address(order)}><OrderShape state={order.state} size={20} />{t('order.of_this', { state: state_word(order.state) })}</a>;
}

/** On Live: the open order of a run of refused parts. */
export function RunOrder(_: object) {
  const all = useOrders(), order = all && open_run(all);
  if (!order) return null;
  const said = `${fault_word(order.fault)} · ${t('order.of_this', { state: state_word(order.state) })}`;
  return <a class="button order-button" href={address(order)} title={said} aria-label={said}><OrderShape state={order.state} size={20} />{t('order.one')}</a>;
}
