// What the technician does with an order: ticks, parts, a note, photos. Every change is kept at once, network or not.
import { useEffect, useRef, useState } from 'preact/hooks';
import { now } from '../state/clock';
import type { Order } from '../state/orders_types';
import { recent_moment, whole } from '../words/format';
import { in_language } from '../words/order_words';
import { o } from '../words/orders';
import { s } from '../words/technician';
import { Icon } from '../parts/icon';
import { Picture, small_photo } from './picture';
import { change } from './state';

export interface Work { order: Order; waits: ReadonlySet<string>; editable: boolean }

const Box = ({ on }: { on: boolean }) => <svg class={`tick-box${on ? ' done' : ''}`} viewBox="0 0 24 24" width="28" height="28" aria-hidden="true"><rect x="2" y="2" width="20" height="20" rx="5" />{on && <path d="M7 12.500l3.500 3.500L17.500 8" />}</svg>;

function Tick({ on, text, small, waits, editable, toggle }: { on: boolean; text: string; small: string; waits: boolean; editable: boolean; toggle: () => void }) {
  return (
    <li><button class="tick" role="checkbox" aria-checked={on} disabled={!editable} onClick={toggle}>
      <Box on={on} /><span>{text}{(small || waits) && <small>{small}{small && waits && ' · '}{waits && <em class="waits">{s('waits.field')}</em>}</small>}</span>
    </button></li>
  );
}

export function Tasks({ order, waits, editable }: Work) {
  const ticked = order.tasks.filter((task) => task.done).length;
  return (
    <section class="panel">
      <h2>{o('tasks')}{order.tasks.length > 0 && <small>{o('tasks.done', { done: whole(ticked), of: whole(order.tasks.length) })}</small>}</h2>
      {order.tasks.length === 0 && <p class="muted">{o('tasks.none')}</p>}
      <ul class="ticks">{order.tasks.map((task) => (
        <Tick key={task.id} on={task.done} text={in_language(task.text)} waits={waits.has(`task/${task.id}`)} editable={editable} toggle={() => void change(order.id, [{ field: `task/${task.id}`, value: !task.done }])}
          small={task.done && task.at !== undefined ? o('conflict.value', { by: task.by ?? '', moment: recent_moment(task.at, now.value) }) : ''} />
      ))}</ul>
    </section>
  );
}

export function Parts({ order, waits, editable }: Work) {
  if (order.parts.length === 0) return null;
  return (
    <section class="panel">
      <h2>{o('parts')}</h2>
      <ul class="ticks">{order.parts.map((part) => (
        <Tick key={part.id} on={part.used} text={`${whole(part.quantity)} × ${in_language(part.name)}`} small={part.used ? o('part.used') : ''} waits={waits.has(`part/${part.id}`)} editable={editable} toggle={() => void change(order.id, [{ field: `part/${part.id}`, value: !part.used }])} />
      ))}</ul>
    </section>
  );
}

const pause_ms = 600;
/** Kept when the writer rests, leaves the field, or leaves the page. What comes from elsewhere never replaces words under a cursor. */
function useDraft(saved: string, save: (text: string) => void): [string, (text: string) => void, () => void] {
  const [draft, set_draft] = useState<string | null>(null), timer = useRef<ReturnType<typeof setTimeout>>(), latest = useRef<string | null>(null);
  const flush = () => {
    clearTimeout(timer.current);
    if (latest.current !== null) save(latest.current);
    latest.current = null;
  };
  const write = (text: string) => {
    set_draft(text);
    latest.current = text;
    clearTimeout(timer.current);
    timer.current = setTimeout(flush, pause_ms);
  };
  const keeper = useRef(flush);
  keeper.current = flush;
  useEffect(() => {
    const keep = () => keeper.current();
    addEventListener('pagehide', keep);
    document.addEventListener('visibilitychange', keep);
    return () => {
      removeEventListener('pagehide', keep);
      document.removeEventListener('visibilitychange', keep);
      keep();
    };
  }, []);
  return [draft ?? saved, write, () => { flush(); set_draft(null); }];
}

export function Note({ order, waits, editable }: Work) {
  const [text, write, leave] = useDraft(order.work.note, (value) => void change(order.id, [{ field: 'note', value }]));
  return (
    <section class="panel">
      <h2><label for="note">{o('work.note')}</label>{waits.has('note') && <small class="waits">{s('waits.field')}</small>}</h2>
      {editable ? <textarea id="note" rows={4} maxLength={5000} placeholder={s('note.hint')} value={text} onInput={(event) => write(event.currentTarget.value)} onBlur={leave} /> : <p class={order.work.note ? 'note' : 'muted'}>{order.work.note || '–'}</p>}
    </section>
  );
}

export function Photos({ order, waits, editable }: Work) {
  const [problem, set_problem] = useState(''), { photos } = order.work;
  const take = async (files: FileList | null) => {
    set_problem('');
    for (const file of files ?? []) {
      const picture = await small_photo(order.id, file);
      if (picture) await change(order.id, [{ field: 'photo', value: { digest: picture.digest } }], [picture]);
      else set_problem(s('photo.bad'));
    }
  };
  if (!editable && photos.length === 0) return null;
  return (
    <section class="panel">
      <h2>{s('photos')}{waits.has('photo') && <small class="waits">{s('photo.waits')}</small>}</h2>
      {photos.length > 0 && <ul class="photos">{photos.map((photo) => <li key={photo.digest}><Picture digest={photo.digest} alt={o('work.photo', { moment: recent_moment(photo.at, now.value) })} /></li>)}</ul>}
      {editable && (
        <label class="button wide file"><Icon name="plus" size={20} />{s('photo.add')}
          <input type="file" accept="image/*" capture="environment" onChange={(event) => { const field = event.currentTarget; void take(field.files).finally(() => { field.value = ''; }); }} />
        </label>
      )}
      {problem && <p class="bad" role="alert">{problem}</p>}
    </section>
  );
}
