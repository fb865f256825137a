// Orders: the board by state, or the list of all; the address keeps the choice.
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../state/api';
import { now } from '../state/clock';
import { useLoad } from '../state/load';
import { columns, in_column, is_open, sorted_orders, type Column } from '../state/order_steps';
import { load_orders, orders, watch_orders } from '../state/orders';
import type { Order, OrderState } from '../state/orders_types';
import { go, query } from '../state/router';
import { connection } from '../state/stream';
import { recent_moment, whole } from '../words/format';
import { fault_word, priority_word, state_word } from '../words/order_words';
import { o } from '../words/orders';
import { Icon } from '../parts/icon';
import { NoMaintenance } from '../parts/no_maintenance';
import { due_words, OrderCard, SealMarks } from '../parts/order_card';
import { OrderShape, PriorityMark } from '../parts/order_shape';
import { ReportDialog } from '../parts/report_dialog';
import { Empty, ErrorCard, Skeleton } from '../parts/states';
import { Table } from '../parts/table';

const on_board = 8;

function BoardColumn({ all, column }: { all: Order[]; column: Column }) {
  const found = in_column(all, column), shown = column === 'closed' ? found.slice(0, on_board) : found;
  return (
    <section class={`board-column${found.length === 0 ? ' none' : ''}`} aria-label={o(`column.${column}`)}>
      <h2>{o(`column.${column}`)} <small>{whole(found.length)}</small></h2>
      {found.length === 0 ? <p class="muted small">{o('column.none')}</p> : <ul>{shown.map((order) => <OrderCard key={order.id} order={order} />)}</ul>}
      {found.length > shown.length && <a class="button plain" href="/orders?view=list">{o('column.more', { n: found.length - shown.length })}</a>}
    </section>
  );
}

function StateChips({ all, chosen }: { all: Order[]; chosen: string | null }) {
  const states = [...new Set(Object.values(columns).flat() as OrderState[])].filter((s) => s === chosen || all.some((one) => one.state === s));
  return (
    <nav class="chips order-chips" aria-label={o('field.state')}>
      <a class="chip" href="/orders?view=list" aria-current={chosen === null ? 'true' : undefined}>{o('all')}<small>{whole(all.length)}</small></a>
      {states.map((s) => <a key={s} class="chip" href={`/orders?view=list&state=${s}`} aria-current={chosen === s ? 'true' : undefined}><OrderShape state={s} size={18} />{state_word(s)}<small>{whole(all.filter((one) => one.state === s).length)}</small></a>)}
    </nav>
  );
}

function List({ all }: { all: Order[] }) {
  const chosen = query.value.get('state'), rows = sorted_orders(chosen ? all.filter((one) => one.state === chosen) : all);
  const due = (order: Order) => { const said = due_words(order, now.value); return <span class={said.late ? 'bad' : ''}>{said.text || '–'}</span>; };
  return (
    <>
      <StateChips all={all} chosen={chosen} />
      {rows.length === 0 ? <p class="none-yet">{o('none_so')} <a class="button" href="/orders?view=list">{o('show_all')}</a></p> : (
        <section class="panel order-list">
          <Table label={o('title')} rows={rows} row_key={(order) => order.id} columns={[
            { title: o('field.fault'), cell: (order) => <a class="row-link" href={`/orders/${encodeURIComponent(order.id)}`}><OrderShape state={order.state} /><b>{fault_word(order.fault)}</b></a> },
            { title: o('field.asset'), cell: (order) => order.asset },
            { title: o('field.state'), short: true, cell: (order) => state_word(order.state) },
            { title: o('field.priority'), cell: (order) => (is_open(order.state) ? <span class="priority"><PriorityMark priority={order.priority} />{priority_word(order.priority)}</span> : '–') },
            { title: o('field.approvals'), cell: (order) => <SealMarks order={order} /> },
            { title: o('field.erp'), short: true, cell: (order) => order.erp?.number || '–' },
            { title: o('field.created'), short: true, cell: (order) => recent_moment(order.created, now.value) },
            { title: o('field.due'), cell: due },
          ]} />
        </section>
      )}
    </>
  );
}

function ViewSwitch({ view }: { view: string }) {
  return (
    <div class="switch" role="group" aria-label={o('view')}>
      {(['board', 'list'] as const).map((one) => <button key={one} aria-pressed={view === one} onClick={() => go(one === 'list' ? '/orders?view=list' : '/orders', true)}>{o(`view.${one}`)}</button>)}
    </div>
  );
}

export function Orders() {
  const { error, again } = useLoad('orders', load_orders, 300000), [reporting, report] = useState(false);
  useEffect(watch_orders, []);
  useEffect(() => { document.title = `${o('title')} – Orée`; });
  const all = orders.value, view = query.value.get('view') === 'list' ? 'list' : 'board';
  if (error instanceof ApiError && error.status === 404) return <NoMaintenance />;
  if (!all) return error !== undefined ? <ErrorCard error={error} again={again} /> : <div><h1 class="for-ears">{o('title')}</h1><Skeleton kind="card" count={4} /></div>;
  return (
    <div class={`orders${connection.value === 'lost' ? ' old' : ''}`}>
      <header class="page-head orders-head"><h1>{o('title')}</h1>{all.length > 0 && <ViewSwitch view={view} />}<button class="button" onClick={() => report(true)}><Icon name="plus" size={20} />{o('report')}</button></header>
      {all.length === 0 ? <Empty title={o('empty')} next={o('empty.next')} /> : view === 'list' ? <List all={all} /> : <div class="board">{(Object.keys(columns) as Column[]).map((column) => <BoardColumn key={column} all={all} column={column} />)}</div>}
      {reporting && <ReportDialog done={() => report(false)} />}
    </div>
  );
}
