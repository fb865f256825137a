// What was sealed for an order: whether its bytes are still the same, the judged window or the refused parts, the files.
import { learn_sensors } from '../state/colours';
import { read_evidence, type Refused, type Sealed } from '../state/evidence';
import { useLoad } from '../state/load';
import { now } from '../state/clock';
import { part_address } from '../state/orders_api';
import type { Order } from '../state/orders_types';
import { bytes, recent_moment } from '../words/format';
import { list_text, o } from '../words/orders';
import { reasons_of_item } from '../words/reasons';
import { EvidenceChart } from './evidence_chart';
import { Shape } from './shape';
import { CopyButton, Skeleton } from './states';

function RefusedPart({ order, part }: { order: Order; part: Refused }) {
  const { id, item, pictures } = part, why = item ? reasons_of_item(item).join('; ') : id;
  return (
    <li>
      <a href={`/items/${encodeURIComponent(id)}`}>
        <span class="refused-pictures">{pictures.map(({ camera, digest }) => <img key={camera} src={part_address(order.id, digest)} alt={camera} loading="lazy" />)}</span>
        <span class="refused-why"><Shape decision={item?.decision ?? 'NO_DECISION'} size={20} /><b>{why}</b></span>
        {item && <small>{recent_moment(Date.parse(item.creation_date), now.value)}</small>}
      </a>
    </li>
  );
}

function RefusedParts({ order, sealed }: { order: Order; sealed: Sealed }) {
  if (sealed.refused.length === 0) return null;
  const models = [...new Set(sealed.refused.flatMap(({ item }) => item?.steps.filter((step) => step.model_digest).map((step) => `${step.model}/${step.model_version}`) ?? []))];
  const whole = models.every((model) => order.evidence.parts.some((part) => part.name.startsWith(`model/${model}/`)));
  return (
    <>
      <ul class="evidence-pictures" aria-label={o('evidence.refused')}>{sealed.refused.map((part) => <RefusedPart key={part.id} order={order} part={part} />)}</ul>
      <p class="muted small">{models.length > 0 && o(whole ? 'evidence.models' : 'evidence.models_named', { models: list_text(models) })}{sealed.more > 0 && ` ${o('evidence.more', { n: sealed.more })}.`}</p>
    </>
  );
}

/** Only what a detector or a model judged can be judged again. */
function Again({ order }: { order: Order }) {
  if (order.cause.kind === 'person') return null;
  const command = `oree order replay ${order.id}`;
  return <p class="muted small offline">{o('evidence.replay')} <span class="command"><code>{command}</code><CopyButton text={() => command} label={o('copy')} quiet /></span></p>;
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
  return <p class={`seal-line${good ? '' : ' bad'}`} role={good ? undefined : 'alert'}><Shape decision={good ? 'OK' : 'KO'} size={20} />{good ? o('evidence.good') : o('evidence.bad')}</p>;
}

/** As high as what comes will be, so that nothing below it moves. */
const room_of = ({ cause }: Order): number => (cause.kind === 'anomaly' ? (cause.contributions.length + 1) * 77 + 104 : cause.kind === 'ko_run' ? Math.ceil(Math.min(12, cause.items.length) / 4) * 216 + 104 : 72);

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
      {data === undefined && (error !== undefined ? <p class="cause" role="alert"><Shape decision="KO" size={20} />{o('evidence.gone', { why: error instanceof Error ? error.message : String(error) })}</p> : <div style={{ minHeight: room_of(order) }}><Skeleton count={4} /></div>)}
      {data?.window && data.window.rows.length > 1 && <EvidenceChart key={order.evidence.digest} window={data.window} manifest={data.manifest} />}
      {data && <RefusedParts order={order} sealed={data} />}
      {data && order.evidence.parts.length > 0 && <div class="evidence-foot"><Files order={order} /><Again order={order} /></div>}
    </section>
  );
}
