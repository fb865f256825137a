// What is to be done and what was done: tasks, parts, the technician's note, photos and signature; contradictions;
// and everything that happened to the order, newest first.
import { now } from '../state/clock';
import { photo_address } from '../state/orders_api';
import type { Order } from '../state/orders_types';
import { day_and_time, recent_moment, whole } from '../words/format';
import { field_word, in_language, state_word, value_word } from '../words/order_words';
import { o, order_word } from '../words/orders';
import { OrderShape } from './order_shape';
import { Shape } from './shape';

const Tick = ({ done }: { done: boolean }) => <svg class={`tick-box${done ? ' done' : ''}`} viewBox="0 0 24 24" width="24" height="24" aria-hidden="true"><rect x="2" y="2" width="20" height="20" rx="5" />{done && <path d="M7 12.500l3.500 3.500L17.500 8" />}</svg>;

export function Tasks({ order }: { order: Order }) {
  const done = order.tasks.filter((task) => task.done).length;
  return (
    <section class="panel tasks-panel">
      <h2>{o('tasks')} {order.tasks.length > 0 && <small>{o('tasks.done', { done: whole(done), of: whole(order.tasks.length) })}</small>}</h2>
      {order.tasks.length === 0 ? <p class="muted">{o('tasks.none')}</p> : (
        <ul class="tasks">{order.tasks.map((task) => <li key={task.id}><Tick done={task.done} /><span>{in_language(task.text)}{task.done && task.at !== undefined && <small>{o('conflict.value', { by: task.by ?? '', moment: recent_moment(task.at, now.value) })}</small>}</span></li>)}</ul>
      )}
      {order.parts.length > 0 && (
        <>
          <h3>{o('parts')}</h3>
          <ul class="tasks">{order.parts.map((part) => <li key={part.id}><Tick done={part.used} /><span>{whole(part.quantity)} × {in_language(part.name)}{part.used && <small>{o('part.used')}</small>}</span></li>)}</ul>
        </>
      )}
    </section>
  );
}

export function WorkDone({ order }: { order: Order }) {
  const { note, technician, started, finished, photos, signature } = order.work;
  const facts = ([[o('work.by'), technician], [o('work.from'), started && day_and_time(started)], [o('work.to'), finished && day_and_time(finished)]] as const).filter(([, value]) => value);
  const nothing = facts.length === 0 && !note && photos.length === 0 && !signature;
  return (
    <section class="panel work-panel">
      <h2>{o('work')}</h2>
      {nothing && <p class="muted">{o('work.none')}</p>}
      {facts.length > 0 && <dl>{facts.map(([name, value]) => <div class="fact" key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>}
      {note && <p class="work-note">{note}</p>}
      {photos.length > 0 && <ul class="work-photos">{photos.map((photo) => <li key={photo.op}><a href={photo_address(photo.digest)} target="_blank"><img src={photo_address(photo.digest)} alt={o('work.photo', { moment: recent_moment(photo.at, now.value) })} loading="lazy" /></a></li>)}</ul>}
      {signature && <figure class="work-signature"><img src={photo_address(signature.digest)} alt="" /><figcaption>{o('work.signed', { name: signature.name })}</figcaption></figure>}
    </section>
  );
}

export function Conflicts({ order }: { order: Order }) {
  if (order.conflicts.length === 0) return null;
  return (
    <section class="panel conflicts-panel">
      <h2><Shape decision="WARNING" size={20} /> {o('conflicts', { n: order.conflicts.length })}</h2>
      <p class="muted small">{o('conflicts.text')}</p>
      {order.conflicts.map(({ field, values }) => (
        <div key={field} class="conflict"><h3>{field_word(field, order)}</h3>
          <ul>{values.map((value) => <li key={value.op}><b>{value_word(field, value.value)}</b><small>{o('conflict.value', { by: value.by, moment: recent_moment(value.at, now.value) })}</small></li>)}</ul></div>
      ))}
      <a class="button" href={`/technician/#/orders/${encodeURIComponent(order.id)}`}>{o('technician')}</a>
    </section>
  );
}

const named_after_reason = new Set(['erp']);
export function HistoryPanel({ order }: { order: Order }) {
  return (
    <section class="panel history-panel">
      <h2>{o('history')}</h2>
      <ol class="history">
        {[...order.history].reverse().map((one, i) => {
          const code = one.code && one.code !== 'person' && one.code !== 'cause' ? order_word(`code.${one.code}`, one.code.replaceAll('_', ' '), { reason: one.reason }) : '', reason = named_after_reason.has(one.code) ? '' : one.reason;
          return <li key={i}><OrderShape state={one.state} size={20} /><span><b>{state_word(one.state)}</b><small>{recent_moment(one.at, now.value)}{one.by && ` · ${o('by', { by: order_word(`actor.${one.by}`, one.by) })}`}{code && ` · ${code}`}{reason && ` · ${reason}`}</small></span></li>;
        })}
      </ol>
    </section>
  );
}
