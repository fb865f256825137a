// Events: who is told of orders, what was delivered, and what could not be, to be tried again.
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../state/api';
import { now } from '../state/clock';
import { useKept, useLoad } from '../state/load';
import { read_dead, read_deliveries, read_subscriptions, retry_dead } from '../state/orders_api';
import type { DeadLetter, Delivery, Subscription } from '../state/orders_types';
import { watch_orders } from '../state/orders';
import { query } from '../state/router';
import { connection } from '../state/stream';
import { ago, recent_moment, until, whole } from '../words/format';
import { o, order_word } from '../words/orders';
import { NoMaintenance } from '../parts/no_maintenance';
import { OrderRef } from '../parts/order_ref';
import { Shape, type ShapeName } from '../parts/shape';
import { ErrorCard, Skeleton } from '../parts/states';
import { Table } from '../parts/table';

const shapes: Record<string, ShapeName> = { active: 'OK', validating: 'WAITING', failed: 'KO', gone: 'SILENT', waiting: 'WAITING', delivered: 'OK', dead: 'KO' };
const Said = ({ state, said }: { state: string; said: string }) => <span class="state-word"><Shape decision={shapes[state] ?? 'NO_DECISION'} size={20} />{said}</span>;
function type_word(type: string): string {
  const last = type.split('.').at(-1)!;
  return order_word(`event.${last}`, last.replace(/([a-z])([A-Z])/g, '$1 $2'));
}
const Subject = ({ subject }: { subject: string }) => (subject.startsWith('orders/') ? <OrderRef id={subject.slice(7)} /> : <>{subject}</>);

function Subscriptions({ all }: { all: Subscription[] }) {
  return (
    <section class="panel wide">
      <h2>{o('subscriptions')}</h2>
      {all.length === 0 ? <p class="muted">{o('subscriptions.none')}</p> : (
        <Table label={o('subscriptions')} rows={all} row_key={(s) => s.name} columns={[
          { title: o('sub.name'), cell: (s) => <b>{s.name}</b> },
          { title: o('sub.where'), cell: (s) => <><code class="statement">{s.address || s.sink}</code><small>{s.schema}</small></> },
          { title: o('sub.state'), cell: (s) => <><Said state={s.state} said={order_word(`sub.${s.state}`, s.state)} />{s.last_error && s.state !== 'active' && <small class="bad block">{s.last_error}</small>}</> },
          { title: o('sub.waiting'), number: true, cell: (s) => whole(s.waiting) },
          { title: o('sub.delivered'), number: true, cell: (s) => whole(s.delivered) },
          { title: o('sub.dead'), number: true, cell: (s) => (s.dead > 0 ? <b class="bad">{whole(s.dead)}</b> : '0') },
          { title: o('sub.last'), number: true, cell: (s) => (s.last_delivery === null ? o('never') : ago(s.last_delivery, now.value)) },
        ]} />
      )}
    </section>
  );
}

function DeadOne({ letter, again }: { letter: DeadLetter; again: () => void }) {
  const [busy, set_busy] = useState(false), [error, set_error] = useState<unknown>();
  const id = (letter.data as { id?: unknown } | null)?.id, order = typeof id === 'string' ? id : '';
  const retry = async () => {
    set_busy(true);
    set_error(undefined);
    await retry_dead(letter.id).catch(set_error);
    set_busy(false);
    again();
  };
  return (
    <li class="dead-letter">
      <Shape decision="KO" size={24} />
      <div>
        <b>{type_word(letter.type)}</b> <span class="muted">→ {letter.subscription}</span>{order && <small class="block"><OrderRef id={order} /></small>}
        <p class="bad small">{order_word(`reason.${letter.reason}`, letter.reason)}{letter.last_outcome && letter.last_outcome !== letter.reason && ` (${letter.last_outcome})`}</p>
        <p class="muted small">{o('dead.text', { n: letter.attempts, when: ago(letter.last_attempt, now.value) })}</p>
        <details><summary>{o('dead.data')}</summary><pre>{JSON.stringify(letter.data, null, 2)}</pre></details>
        {error !== undefined && <ErrorCard error={error} />}
      </div>
      <button class="button" disabled={busy} onClick={() => void retry()}>{o(busy ? 'dead.retrying' : 'dead.retry')}</button>
    </li>
  );
}

function Log({ all }: { all: Delivery[] }) {
  const chosen = query.value.get('state');
  return (
    <section class="panel wide">
      <div class="panel-head"><h2>{o('delivery.log')}</h2>
        <nav class="chips">{[null, 'waiting', 'delivered', 'dead'].map((s) => <a key={s} class="chip" href={s ? `/deliveries?state=${s}` : '/deliveries'} aria-current={chosen === s ? 'true' : undefined}>{s ? order_word(`delivery.${s}`, s) : o('all')}</a>)}</nav></div>
      {all.length === 0 ? <p class="muted">{o('delivery.none')}</p> : (
        <Table label={o('delivery.log')} rows={all} row_key={(d) => d.id} columns={[
          { title: o('delivery.event'), cell: (d) => <><b>{type_word(d.type)}</b><small class="block"><Subject subject={d.subject} /></small></> },
          { title: o('delivery.to'), cell: (d) => d.subscription },
          { title: o('sub.state'), cell: (d) => <><Said state={d.state} said={order_word(`delivery.${d.state}`, d.state)} />{d.state === 'waiting' && d.next_attempt !== null && <small class="block">{o('delivery.next', { when: until(d.next_attempt, now.value) })}</small>}{d.state !== 'delivered' && d.last_outcome && <small class="block bad">{d.last_outcome}</small>}</> },
          { title: o('delivery.attempts'), number: true, cell: (d) => whole(d.attempts) },
          { title: o('delivery.time'), number: true, cell: (d) => recent_moment(d.time, now.value) },
        ]} />
      )}
    </section>
  );
}

export function Deliveries() {
  const state = query.value.get('state') ?? '';
  const { data, error, again } = useLoad(`deliveries ${state}`, async (stop) => {
    const [subscriptions, log, dead] = await Promise.all([read_subscriptions(stop), read_deliveries(new URLSearchParams({ limit: '100', ...(state ? { state } : {}) }), stop), read_dead(stop)]);
    return { subscriptions, log, dead };
  }, 4000), kept = useKept(data);
  useEffect(watch_orders, []);
  useEffect(() => { document.title = `${o('deliveries')} – Orée`; });
  if (error instanceof ApiError && error.status === 404) return <NoMaintenance />;
  if (!kept) return error !== undefined ? <ErrorCard error={error} again={again} /> : <div><h1 class="for-ears">{o('deliveries')}</h1><Skeleton kind="card" count={2} /></div>;
  return (
    <div class={`deliveries${connection.value === 'lost' ? ' old' : ''}`}>
      <header class="page-head"><h1>{o('deliveries')}</h1></header>
      <div class="panels">
        <Subscriptions all={kept.subscriptions} />
        <section class="panel wide">
          <h2>{o('dead')} {kept.dead.length > 0 && <small>{whole(kept.dead.length)}</small>}</h2>
          {kept.dead.length === 0 ? <p class="none-yet"><Shape decision="OK" size={20} />{o('dead.none')}</p> : <ul class="dead-letters">{kept.dead.map((letter) => <DeadOne key={letter.id} letter={letter} again={again} />)}</ul>}
        </section>
        <Log all={kept.log} />
      </div>
    </div>
  );
}
