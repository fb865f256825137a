// An order named where only its id is known: what and where, as soon as the list of orders says so.
import { orders } from '../state/orders';
import { fault_word } from '../words/order_words';

/** Ids begin with their time, so that neighbours look alike: the end tells them apart. */
export const short_id = (id: string): string => `…${id.slice(-8)}`;

export function OrderRef({ id }: { id: string }) {
  const order = orders.value?.find((one) => one.id === id);
  return <a class="text-link order-ref" href={`/orders/${encodeURIComponent(id)}`} title={id}>{order ? <>{fault_word(order.fault)}, {order.asset}</> : <code>{short_id(id)}</code>}</a>;
}
