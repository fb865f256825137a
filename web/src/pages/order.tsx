// One order: why it exists, who approved it, what proves that, what is to be done and what was. Prints on one A4 page.
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../state/api';
import { now } from '../state/clock';
import { useKept, useLoad } from '../state/load';
import { is_open, next_states } from '../state/order_steps';
import { listen_for_orders, told } from '../state/orders';
import { read_order } from '../state/orders_api';
import type { Order, OrderState } from '../state/orders_types';
import { connection } from '../state/stream';
import { query_of } from '../state/zoom';
import { date_and_time, recent_moment } from '../words/format';
import { cause_details, cause_sentence, cost_text, fault_word, priority_phrase, state_word } from '../words/order_words';
import { o } from '../words/orders';
import { EvidencePanel } from '../parts/evidence_panel';
import { Icon } from '../parts/icon';
import { due_words } from '../parts/order_card';
import { OrderShape, PriorityMark, state_ink } from '../parts/order_shape';
import { Conflicts, HistoryPanel, Tasks, WorkDone } from '../parts/order_work';
import { ProofPanel, useVerified } from '../parts/proof_panel';
import { Digest, Fact } from '../parts/provenance';
import { Seals } from '../parts/seals';
import { StateDialog } from '../parts/state_dialog';
import { Empty, ErrorCard, Skeleton } from '../parts/states';

/** The charts of the machine, or the refused parts, around the moment that the order is about. */
function source_address({ asset, cause }: Order): string | null {
  if (cause.kind === 'ko_run') return `/history?${new URLSearchParams({ decision: 'KO', from: new Date(cause.started - 60e3).toISOString(), to: new Date(cause.started + 1800e3).toISOString() })}`;
  if (cause.kind !== 'anomaly') return null;
  return `/machines/${encodeURIComponent(asset)}?${query_of({ follows: false, from: cause.started - 900e3, to: cause.started + 900e3 })}`;
}

/** Paper is white: charts are drawn anew in light while it is printed. */
function usePaper() {
  useEffect(() => {
    const root = document.documentElement;
    let before: string | undefined;
    const redraw = () => dispatchEvent(new Event('oree-print'));
    const light = () => { before = root.dataset['theme']; root.dataset['theme'] = 'light'; redraw(); };
    const back = () => { if (before) root.dataset['theme'] = before; else delete root.dataset['theme']; redraw(); };
    addEventListener('beforeprint', light);
    addEventListener('afterprint', back);
    return () => { removeEventListener('beforeprint', light); removeEventListener('afterprint', back); };
  }, []);
}

function Head({ order }: { order: Order }) {
  const due = due_words(order, now.value), source = source_address(order);
  return (
    <header class="order-head">
      <div class="order-title">
        <a class="button plain back" href="/orders">{o('title')}</a>
        <h1>{fault_word(order.fault)} <span>{order.asset}</span></h1>
        <p class="order-state" role="status" style={{ color: `var(--${state_ink(order.state)})` }}><OrderShape state={order.state} size={28} />{state_word(order.state)}</p>
        {is_open(order.state) && <p class={`order-due${due.late ? ' bad' : ''}`}><PriorityMark priority={order.priority} />{priority_phrase(order.priority)}{due.text && ` · ${due.text}`}</p>}
      </div>
      <p class="order-cause">{cause_sentence(order.cause)}</p>
      <p class="muted">{cause_details(order, now.value)} {source && <a class="text-link" href={source}>{o(order.cause.kind === 'ko_run' ? 'parts_then' : 'machine_then')}</a>}</p>
    </header>
  );
}

function Tools({ order }: { order: Order }) {
  const [asked, ask] = useState<OrderState | null>(null), states = next_states(order.state);
  return (
    <div class="order-tools row">
      {states.filter((s) => s !== 'cancelled').map((s, i) => <button key={s} class={`button${i === 0 ? ' strong' : ''}`} onClick={() => ask(s)}>{o(`set.${s}` as 'set.done')}</button>)}
      {is_open(order.state) && <a class="button" href={`/technician/#/orders/${encodeURIComponent(order.id)}`}>{o('technician')}</a>}
      <button class="button" onClick={() => print()}><Icon name="print" size={20} />{o('print')}</button>
      {states.includes('cancelled') && <button class="button plain" onClick={() => ask('cancelled')}>{o('set.cancelled')}</button>}
      {asked && <StateDialog order={order} state={asked} done={() => ask(null)} />}
    </div>
  );
}

function Facts({ order }: { order: Order }) {
  const { erp } = order, number = erp === null ? (is_open(order.state) && order.state !== 'ordered' ? o('erp.none') : o('erp.off')) : erp.number || o('erp.refused', { reason: erp.reason ?? erp.state });
  return (
    <section class="panel facts-panel">
      <h2>{o('facts')}</h2>
      <dl>
        <Fact name={o('field.erp')}>{erp?.url ? <a class="text-link" href={erp.url} target="_blank" rel="noreferrer">{number}</a> : number}{erp?.system && <small> {erp.system}</small>}</Fact>
        {order.cost.ceiling > 0 && <Fact name={o('cost')}>{o('cost.up_to', { cost: cost_text(order.cost) })}</Fact>}
        {order.due !== null && <Fact name={o('field.due')}>{date_and_time(order.due)}</Fact>}
        <Fact name={o('written')}>{date_and_time(order.created)}</Fact>
        {order.state === 'proposed' && <Fact name={o('valid')}>{recent_moment(order.expires, now.value)}</Fact>}
        <Fact name={o('id')}><Digest value={order.id} name={o('id')} /></Fact>
        {order.evidence.digest && <Fact name={o('evidence')}><Digest value={order.evidence.digest} name={o('evidence')} /></Fact>}
      </dl>
    </section>
  );
}

export function OrderPage({ id }: { id: string }) {
  const { data, error, again } = useLoad(`order ${id}`, (stop) => read_order(id, stop), 30000);
  useEffect(listen_for_orders, []);
  const read = useKept(data), heard = told.value.get(id), order = heard && (!read || heard.updated >= read.updated) ? heard : read;
  useEffect(() => { document.title = `${order ? `${fault_word(order.fault)}, ${order.asset}` : o('title')} – Orée`; });
  usePaper();
  if (error instanceof ApiError && (error.status === 404 || error.status === 400) && !order) return <Empty title={o('gone')} next={o('gone.next')}><a class="button" href="/orders">{o('title')}</a></Empty>;
  if (!order) return error !== undefined ? <ErrorCard error={error} again={again} /> : <div class="order"><Skeleton kind="card" count={2} /></div>;
  return <Shown order={order} />;
}

function Shown({ order }: { order: Order }) {
  const { data: verified, error } = useVerified(order), kept = useKept(verified);
  return (
    <article class={`order${connection.value === 'lost' ? ' old' : ''}`}>
      <Head order={order} />
      <Tools order={order} />
      <div class="order-body">
        <div class="order-main">
          <Conflicts order={order} />
          <Seals order={order} names={kept?.names ?? []} decisions={kept?.decisions} />
          <EvidencePanel order={order} />
          <div class="order-pair"><Tasks order={order} /><WorkDone order={order} /></div>
        </div>
        <div class="order-side"><ProofPanel order={order} verified={kept} error={error} /><Facts order={order} /><HistoryPanel order={order} /></div>
      </div>
    </article>
  );
}
