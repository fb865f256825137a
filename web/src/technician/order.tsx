// One order on the phone: what is wrong and why, what proves it, what to do, and the next step always within reach.
import { useEffect, useRef, useState } from 'preact/hooks';
import { learn_sensors } from '../state/colours';
import { now } from '../state/clock';
import { part_address } from '../state/orders_api';
import type { Order } from '../state/orders_types';
import { recent_moment } from '../words/format';
import { cause_details, cause_sentence, fault_word, field_word, priority_phrase, state_word, value_word } from '../words/order_words';
import { o } from '../words/orders';
import { s } from '../words/technician';
import { due_words } from '../parts/order_card';
import { OrderShape, PriorityMark, state_ink } from '../parts/order_shape';
import { Shape } from '../parts/shape';
import { Chart } from './chart';
import { Conflicts } from './conflict';
import { ProofBadge, ProofPanel, useProof } from './proof';
import { Signature } from './signature';
import { change, orders, papers, refused, station_time, understood, waiting, who } from './state';
import { Note, Parts, Photos, Tasks } from './work';

function Refusals({ order }: { order: Order }) {
  const mine = refused.value.filter((one) => one.operation.order === order.id);
  if (mine.length === 0) return null;
  return (
    <section class="panel refusals" role="alert">
      <h2><Shape decision="KO" size={24} />{s('refused')}</h2>
      {mine.map(({ id, operation, reason }) => (
        <div key={id} class="refusal"><p><b>{s('refused.text', { field: field_word(operation.field, order), value: value_word(operation.field, operation.value) })}</b><small>{reason}</small></p><button class="button" onClick={() => void understood(id)}>{s('refused.known')}</button></div>
      ))}
    </section>
  );
}

function Evidence({ order }: { order: Order }) {
  const sealed = papers.value.get(order.id)?.sealed;
  if (!sealed) return null;
  const pictures = [...new Map(sealed.pictures.map((part) => [part.name.split('/')[1] ?? part.name, part])).values()].slice(0, 6);
  return (
    <section class="panel">
      <h2>{o('evidence')}</h2>
      <p class={`seal-line${sealed.good ? '' : ' bad'}`}><Shape decision={sealed.good ? 'OK' : 'KO'} size={20} />{sealed.good ? o('evidence.good') : o('evidence.bad')}</p>
      {sealed.window && sealed.window.rows.length > 1 && <Chart window={sealed.window} manifest={sealed.manifest} />}
      {pictures.length > 0 && <ul class="photos">{pictures.map((part) => <li key={part.digest}><img src={part_address(order.id, part.digest)} alt={part.name} loading="lazy" /></li>)}</ul>}
    </section>
  );
}

function Facts({ order }: { order: Order }) {
  const { started, finished, technician } = order.work, at = (ms: number) => recent_moment(ms, now.value);
  const facts = [[o('field.erp'), order.erp?.number], [o('work.by'), technician], [o('work.from'), started && at(started)], [o('work.to'), finished && at(finished)], [o('field.due'), order.due && at(order.due)], [o('written'), at(order.created)]] as const;
  return <section class="panel"><h2>{o('facts')}</h2><dl class="facts">{facts.map(([name, value]) => value && <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl></section>;
}

function Finish({ order, close }: { order: Order; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null), open = order.tasks.filter((task) => !task.done).length;
  useEffect(() => dialog.current?.showModal(), []);
  const finish = () => void change(order.id, [{ field: 'state', value: 'done' }, { field: 'finished', value: station_time() }]).then(close);
  return (
    <dialog ref={dialog} class="question" onClose={close} aria-label={s('finish.title')}>
      <h2>{s('finish.title')}</h2>
      <p class={open > 0 ? 'warn' : ''}>{open > 0 ? s('finish.open', { n: open }) : s('finish.all')}</p>
      {!order.work.signature && <p class="muted">{s('finish.unsigned')}</p>}
      <div class="row"><button class="button strong" onClick={finish}>{s('finish.yes')}</button><button class="button" onClick={close}>{s('no')}</button></div>
    </dialog>
  );
}

function Steps({ order }: { order: Order }) {
  const [finishing, set_finishing] = useState(false), { started, technician } = order.work;
  const begin = () => void change(order.id, [{ field: 'state', value: 'in_progress' }, ...(started ? [] : [{ field: 'started', value: station_time() }]), ...(technician ? [] : [{ field: 'technician', value: who.value }])]);
  const plan = () => void change(order.id, [{ field: 'state', value: 'scheduled' }, ...(technician ? [] : [{ field: 'technician', value: who.value }])]);
  if (order.state === 'in_progress') return (
    <footer class="steps"><button class="button" onClick={plan}>{s('pause')}</button><button class="button strong" onClick={() => set_finishing(true)}>{s('finish')}</button>{finishing && <Finish order={order} close={() => set_finishing(false)} />}</footer>
  );
  if (order.state === 'ordered' || order.state === 'scheduled') return <footer class="steps">{order.state === 'ordered' && <button class="button" onClick={plan}>{s('plan')}</button>}<button class="button strong" onClick={begin}>{s('begin')}</button></footer>;
  return <footer class="steps"><p class="muted">{order.state === 'proposed' || order.state === 'approved' ? s('asked.note') : s('closed.note')}</p></footer>;
}

function Head({ order, waits }: { order: Order; waits: boolean }) {
  const checked = useProof(order), due = due_words(order, now.value);
  return (
    <header class="order-head">
      <h1>{fault_word(order.fault)} <span>{order.asset}</span></h1>
      <p class="order-state" role="status" style={{ color: `var(--${state_ink(order.state)})` }}><OrderShape state={order.state} size={28} />{state_word(order.state)}{waits && <small class="waits">{s('waits.field')}</small>}</p>
      <p class="badges"><ProofBadge checked={checked} /><span class={`badge${due.late ? ' ko' : ''}`}><PriorityMark priority={order.priority} />{priority_phrase(order.priority)}{due.text && ` · ${due.text}`}</span></p>
      <p class="cause">{cause_sentence(order.cause)}</p>
      <p class="muted">{cause_details(order, now.value)}</p>
    </header>
  );
}

export function OrderView({ id }: { id: string }) {
  const order = orders.value.find((one) => one.id === id);
  if (!order) return <section class="empty"><h2>{o('gone')}</h2><p>{o('gone.next')}</p></section>;
  return <Shown key={id} order={order} />;
}

function Shown({ order }: { order: Order }) {
  const checked = useProof(order), waits = new Set(waiting.value.filter((one) => one.order === order.id).map((one) => one.field));
  const contested = new Set(order.conflicts.map((one) => one.field)), working = order.state === 'ordered' || order.state === 'scheduled' || order.state === 'in_progress';
  if (order.cause.kind === 'anomaly') learn_sensors(order.cause.contributions.map((one) => one.sensor));
  const work = { order, waits, editable: working };
  return (
    <article class="order">
      <Head order={order} waits={waits.has('state')} />
      <Conflicts order={order} />
      <Refusals order={order} />
      <div class="order-columns">
        <div>
          <Tasks {...work} />
          <Parts {...work} />
          <Note {...work} editable={working && !contested.has('note')} />
          <Photos {...work} />
          <Signature order={order} waits={waits.has('signature')} editable={working && !contested.has('signature')} />
        </div>
        <div><Evidence order={order} /><ProofPanel checked={checked} /><Facts order={order} /></div>
      </div>
      <Steps order={order} />
    </article>
  );
}
