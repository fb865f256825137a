// The orders on this phone: what is in hand first, then what is to do, what waits for approval, what was closed lately.
import { now } from '../state/clock';
import { in_column, is_open, sorted_orders } from '../state/order_steps';
import type { Order } from '../state/orders_types';
import { cause_sentence, fault_word, priority_phrase, state_word } from '../words/order_words';
import { o } from '../words/orders';
import { s } from '../words/technician';
import { due_words } from '../parts/order_card';
import { OrderShape, PriorityMark, state_ink } from '../parts/order_shape';
import { Shape } from '../parts/shape';
import { orders, trouble, waiting } from './state';

export const address_of = (id: string): string => `#/orders/${encodeURIComponent(id)}`;

function Card({ order }: { order: Order }) {
  const due = due_words(order, now.value), n = waiting.value.filter((one) => one.order === order.id).length, open = is_open(order.state);
  return (
    <li>
      <a class={`card${open ? '' : ' closed'}`} href={address_of(order.id)}>
        <OrderShape state={order.state} size={28} />
        <span class="card-title">{fault_word(order.fault)}</span>
        <span class="card-machine">{order.asset}</span>
        {open && <span class="card-cause">{cause_sentence(order.cause)}</span>}
        <span class="card-line" style={{ color: `var(--${state_ink(order.state)})` }}>{state_word(order.state)}{order.work.technician && <em> · {order.work.technician}</em>}</span>
        <span class={`card-line muted${due.late ? ' bad' : ''}`}>{open && <><PriorityMark priority={order.priority} /> {priority_phrase(order.priority)}</>}{open && due.text && ' · '}{due.text}</span>
        {order.conflicts.length > 0 && <span class="card-mark nd"><Shape decision="WARNING" size={18} />{o('conflicts', { n: order.conflicts.length })}</span>}
        {n > 0 && <span class="card-mark info"><Shape decision="WAITING" size={18} />{s('waits', { n })}</span>}
      </a>
    </li>
  );
}

const groups: [key: 'list.working' | 'list.todo' | 'list.asked' | 'list.closed', choose: (all: Order[]) => Order[]][] = [
  ['list.working', (all) => in_column(all, 'working')],
  ['list.todo', (all) => sorted_orders([...in_column(all, 'planned'), ...in_column(all, 'wanted').filter((one) => one.state === 'ordered')])],
  ['list.asked', (all) => sorted_orders(all.filter((one) => one.state === 'proposed' || one.state === 'approved'))],
  ['list.closed', (all) => in_column(all, 'closed').filter((one) => one.state === 'done' || one.state === 'cancelled').slice(0, 10)],
];

function Nothing() {
  const away = trouble.value !== null;
  return (
    <section class="empty">
      <svg viewBox="0 0 160 96" width="160" height="96" aria-hidden="true" class="clearing"><path d="M8 84h144" /><path d="M24 84V24M40 84V36M54 84V48M66 84V58" /><circle cx="112" cy="44" r="14" /></svg>
      <h2>{away ? s('empty.offline') : s('empty')}</h2>
      <p>{away ? s('empty.offline.next') : s('empty.next')}</p>
    </section>
  );
}

export function List() {
  const all = orders.value, filled = groups.map(([key, choose]): [typeof key, Order[]] => [key, choose(all)]).filter(([, some]) => some.length > 0);
  const nothing = !filled.some(([key]) => key !== 'list.closed');
  if (nothing && trouble.value === undefined && all.length === 0) return <div class="skeleton line"><span /><span /><span /></div>;
  return (
    <>
      {nothing && <Nothing />}
      {filled.map(([key, some]) => (
        <section key={key} class="group">
          <h2>{s(key)} <small>{some.length}</small></h2>
          <ul class="cards">{some.map((order) => <Card key={order.id} order={order} />)}</ul>
        </section>
      ))}
    </>
  );
}
