// What was sealed for an order: whether its bytes are still the same, the judged window or the refused parts, the files.
import { read_evidence, type Sealed } from '../state/evidence';
import { learn_sensors } from '../state/colours';
import { useLoad } from '../state/load';
import { part_address } from '../state/orders_api';
import type { Order } from '../state/orders_types';
import { bytes } from '../words/format';
import { o } from '../words/orders';
import { EvidenceChart } from './evidence_chart';
import { Shape } from './shape';
import { Skeleton } from './states';

function Pictures({ order, sealed }: { order: Order; sealed: Sealed }) {
  const items = [...new Map(sealed.pictures.map((part) => [part.name.split('/')[1] ?? part.name, part]))];
  if (items.length === 0) return null;
  return <ul class="evidence-pictures" aria-label={o('evidence.pictures')}>{items.slice(0, 12).map(([id, part]) => <li key={id}><a href={`/items/${encodeURIComponent(id)}`}><img src={part_address(order.id, part.digest)} alt={id} loading="lazy" /></a></li>)}</ul>;
}

function Files({ order }: { order: Order }) {
  const { parts, bytes: size } = order.evidence;
  return (
    <details class="evidence-files">
      <summary>{o('evidence.parts', { n: parts.length, size: bytes(size) })}</summary>
      <ul>{parts.map((part) => <li key={part.digest + part.name}><a href={part_address(order.id, part.digest)} download={part.name.replaceAll('/', '_')}>{part.name}</a><small>{bytes(part.bytes)}</small><code class="cut" title={part.digest}>{part.digest.slice(0, 16)}…</code></li>)}</ul>
    </details>
  );
}

function Seal({ good }: { good: boolean }) {
  return <p class={`seal-line${good ? '' : ' bad'}`}><Shape decision={good ? 'OK' : 'KO'} size={20} />{good ? o('evidence.good') : o('evidence.bad')}</p>;
}

export function EvidencePanel({ order }: { order: Order }) {
  const { data, error } = useLoad(`evidence ${order.evidence.digest}`, async (stop) => {
    if (order.evidence.digest === '') return null;
    if (order.cause.kind === 'anomaly') learn_sensors(order.cause.contributions.map((c) => c.sensor));
    return read_evidence(order, stop);
  });
  return (
    <section class="panel evidence-panel">
      <div class="panel-head"><h2>{o('evidence')}</h2>{data && <Seal good={data.good} />}</div>
      {data === null && <p class="muted">{o('evidence.none')}</p>}
      {data === undefined && (error !== undefined ? <p class="cause"><Shape decision="NO_DECISION" size={20} />{o('evidence.gone', { why: error instanceof Error ? error.message : String(error) })}</p> : <Skeleton count={4} />)}
      {data?.window && data.window.rows.length > 1 && <EvidenceChart key={order.evidence.digest} window={data.window} manifest={data.manifest} />}
      {data && <Pictures order={order} sealed={data} />}
      {data && order.evidence.parts.length > 0 && <Files order={order} />}
    </section>
  );
}
