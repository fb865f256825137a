// One order on the board: what is wrong with which machine, how urgent, until when, and how many have approved.
import { now } from '../state/clock';
import { is_open } from '../state/order_steps';
import type { Order } from '../state/orders_types';
import { ago, until } from '../words/format';
import { fault_word, priority_phrase, priority_word, state_word } from '../words/order_words';
import { o } from '../words/orders';
import { OrderShape, PriorityMark } from './order_shape';

export function due_words(order: Order, at: number): { text: string; late: boolean } {
  if (!is_open(order.state)) return { text: ago(order.updated, at), late: false };
  if (order.state === 'proposed') return { text: o('expires', { when: until(order.expires, at) }), late: false };
  if (order.due === null) return { text: '', late: false };
  return order.due < at ? { text: o('overdue', { when: ago(order.due, at) }), late: true } : { text: o('due', { when: until(order.due, at) }), late: false };
}

/** One mark for each authority: full for a yes, crossed for a no, empty while it is silent. */
export function SealMarks({ order }: { order: Order }) {
  const { needed, of = order.authorities.length } = order.quorum, yes = order.authorities.filter((s) => s.decision === 'approve').length;
  if (!of) return null;
  const said = o('approvals', { n: yes, needed: needed ?? of });
  return (
    <span class="seal-marks" role="img" aria-label={said} title={said}>
      {Array.from({ length: of }, (_, i) => <i key={i} class={order.authorities[i]?.decision ?? 'waiting'} />)}
    </span>
  );
}

export function OrderCard({ order }: { order: Order }) {
  const due = due_words(order, now.value);
  return (
    <li>
      <a class={`order-card${due.late ? ' late' : ''}${is_open(order.state) ? '' : ' closed'}`} href={`/orders/${encodeURIComponent(order.id)}`}>
        <span class="order-card-head"><OrderShape state={order.state} size={20} /><b>{fault_word(order.fault)}</b></span>
        <span class="order-card-machine cut" title={order.asset}>{order.asset}</span>
        <span class="order-card-line">
          {is_open(order.state) ? <span class="priority" title={priority_phrase(order.priority)}><PriorityMark priority={order.priority} />{priority_word(order.priority)}</span> : <span>{state_word(order.state)}</span>}
          {order.state === 'proposed' ? <SealMarks order={order} /> : <span class="cut">{order.work.technician || order.erp?.number}</span>}
        </span>
        {due.text && <span class={`order-card-due${due.late ? ' bad' : ''}`}>{due.text}</span>}
        {order.conflicts.length > 0 && <span class="order-card-due bad">{o('conflicts', { n: order.conflicts.length })}</span>}
      </a>
    </li>
  );
}
