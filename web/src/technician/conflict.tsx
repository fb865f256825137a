// Two accounts of one thing, side by side. A choice names all of them, so that the station knows nothing was overlooked.
import { useState } from 'preact/hooks';
import { utf8 } from '../proof/bytes';
import { now } from '../state/clock';
import type { Conflict, Order, Written } from '../state/orders_types';
import { recent_moment } from '../words/format';
import { field_word, value_word } from '../words/order_words';
import { o } from '../words/orders';
import { s } from '../words/technician';
import { Shape } from '../parts/shape';
import { Picture } from './picture';
import { resolution } from './queue';
import { change, facts } from './state';

/** What the station takes, in bytes. */
const longest_note = 20_000;
const digest_of = (value: unknown): string | undefined => (value as { digest?: string } | null)?.digest;

function Account({ field, written, chosen, choose }: { field: string; written: Written; chosen: boolean; choose: () => void }) {
  const mine = written.device !== '' && written.device === facts.value.device, by = written.by || s('conflict.station'), digest = field === 'signature' ? digest_of(written.value) : undefined;
  return (
    <button class="account" role="radio" aria-checked={chosen} onClick={choose}>
      <span class="radio" aria-hidden="true" />
      <span class="account-value">{digest && <Picture digest={digest} alt="" />}{value_word(field, written.value)}</span>
      <small>{o('conflict.value', { by, moment: recent_moment(written.at, now.value) })}{mine && ` · ${s('conflict.mine')}`}</small>
    </button>
  );
}

function Choice({ order, conflict }: { order: Order; conflict: Conflict }) {
  const [chosen, choose] = useState<number>(), { field, values } = conflict;
  const together = values.map((one) => String(one.value)).join('\n\n'), both = field === 'note' && utf8(together).length <= longest_note ? together : null;
  const value = chosen === undefined ? undefined : chosen === values.length ? both : values[chosen]?.value;
  return (
    <div class="conflict">
      <h3 id={`conflict-${field}`}>{field_word(field, order)}</h3>
      <div role="radiogroup" aria-labelledby={`conflict-${field}`}>
        {values.map((written, i) => <Account key={written.op} field={field} written={written} chosen={chosen === i} choose={() => choose(i)} />)}
        {both !== null && <button class="account" role="radio" aria-checked={chosen === values.length} onClick={() => choose(values.length)}><span class="radio" aria-hidden="true" /><span class="account-value">{s('conflict.both')}</span></button>}
      </div>
      <button class="button strong wide" disabled={value === undefined} onClick={() => void change(order.id, [resolution(order, field, value)])}>{s('conflict.keep')}</button>
    </div>
  );
}

export function Conflicts({ order }: { order: Order }) {
  if (order.conflicts.length === 0) return null;
  return (
    <section class="panel conflicts-panel" role="alert">
      <h2><Shape decision="WARNING" size={24} />{s('conflict.title')}</h2>
      <p class="muted">{s('conflict.text')}</p>
      {order.conflicts.map((conflict) => <Choice key={`${conflict.field} ${conflict.values.map((one) => one.op).join(' ')}`} order={order} conflict={conflict} />)}
    </section>
  );
}
