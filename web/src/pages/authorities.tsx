// Authorities: who approves orders, whether each answers, and what it last decided.
import { useEffect } from 'preact/hooks';
import { ApiError } from '../state/api';
import { now } from '../state/clock';
import { useLoad } from '../state/load';
import { listen_for_orders, load_orders, orders } from '../state/orders';
import { read_authorities } from '../state/orders_api';
import type { Authority, Order } from '../state/orders_types';
import { connection } from '../state/stream';
import { ago, recent_moment, whole } from '../words/format';
import { fault_word } from '../words/order_words';
import { o, order_word } from '../words/orders';
import { NoMaintenance } from '../parts/no_maintenance';
import { Digest } from '../parts/provenance';
import { SealShape } from '../parts/seals';
import { Shape } from '../parts/shape';
import { Empty, ErrorCard, Skeleton } from '../parts/states';

const latest = 3;

function Count({ n, word, decision }: { n: number; word: string; decision: string }) {
  return <span class={`authority-count ${decision} ${n === 0 ? 'none' : ''}`}><SealShape decision={decision} size={36} /><b>{whole(n)}</b><small>{word}</small></span>;
}

function Card({ authority, all }: { authority: Authority; all: Order[] }) {
  const said = all.flatMap((order) => order.authorities.filter((s) => s.name === authority.name && s.statement).map((seal) => ({ order, seal }))).sort((a, b) => b.seal.at - a.seal.at);
  const count = (decision: string) => said.filter((s) => s.seal.decision === decision).length, ready = authority.state === 'ready';
  return (
    <li class={`panel authority ${authority.state}`}>
      <h2 class="cut" title={authority.name}>{authority.name}</h2>
      <p class="authority-state"><Shape decision={ready ? 'OK' : 'SILENT'} size={24} /><b>{o(`authority.${authority.state}`)}</b><small>{authority.last_seen === null ? o('authority.never') : o('authority.seen', { ago: ago(authority.last_seen, now.value) })}</small></p>
      {authority.error && <p class="cause">{authority.error}</p>}
      <p class="authority-counts"><Count n={authority.approved ?? count('approve')} word={o('authority.approved')} decision="approve" /><Count n={authority.refused ?? count('refuse')} word={o('authority.refused')} decision="refuse" /></p>
      <h3>{o('authority.latest')}</h3>
      {said.length === 0 ? <p class="muted small">{o('authority.none_yet')}</p> : (
        <ul class="authority-latest">{said.slice(0, latest).map(({ order, seal }) => <li key={order.id}><a href={`/orders/${encodeURIComponent(order.id)}`}><Shape decision={seal.decision === 'approve' ? 'OK' : 'KO'} size={20} /><span><b class="cut">{fault_word(order.fault)}, {order.asset}</b><small class="cut">{recent_moment(seal.at, now.value)} · {order_word(`code.${seal.code}`, seal.code)}</small></span></a></li>)}</ul>
      )}
      <div class="authority-foot"><span class="muted small">{o('authority.key')} <Digest value={authority.key} name={o('authority.key')} /></span>{authority.url && <a class="button" href={authority.url} target="_blank" rel="noreferrer">{o('authority.open')}</a>}</div>
    </li>
  );
}

export function Authorities() {
  const { data, error, again } = useLoad('authorities', read_authorities, 5000);
  useLoad('orders', load_orders, 60000);
  useEffect(listen_for_orders, []);
  useEffect(() => { document.title = `${o('authorities')} – Orée`; });
  if (error instanceof ApiError && error.status === 404) return <NoMaintenance />;
  if (!data) return error !== undefined ? <ErrorCard error={error} again={again} /> : <div><h1 class="for-ears">{o('authorities')}</h1><Skeleton kind="card" count={3} /></div>;
  if (data.authorities.length === 0) return <Empty title={o('authorities.none')} next={o('authorities.none.next')} />;
  return (
    <div class={`authorities${connection.value === 'lost' ? ' old' : ''}`}>
      <header class="page-head"><h1>{o('authorities')}</h1><p class="muted">{o('authorities.sentence', { n: data.authorities.length, needed: data.quorum })}</p></header>
      <ul class="authority-cards">{data.authorities.map((authority) => <Card key={authority.name} authority={authority} all={orders.value ?? []} />)}</ul>
    </div>
  );
}
