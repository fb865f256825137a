// Asks who says that an order is planned, begun, done or cancelled, and why.
import { useEffect, useRef, useState } from 'preact/hooks';
import { take_order } from '../state/orders';
import { set_order_state } from '../state/orders_api';
import type { Order, OrderState } from '../state/orders_types';
import { keep, kept } from '../state/preferences';
import { state_word } from '../words/order_words';
import { o } from '../words/orders';
import { ErrorCard } from './states';

export function StateDialog({ order, state, done }: { order: Order; state: OrderState; done: () => void }) {
  const box = useRef<HTMLDialogElement>(null), [busy, set_busy] = useState(false), [error, set_error] = useState<unknown>(), word = state_word(state).toLowerCase();
  useEffect(() => box.current?.showModal(), []);
  const send = async (event: Event) => {
    event.preventDefault();
    const said = new FormData(event.target as HTMLFormElement), by = String(said.get('by') ?? '').trim();
    set_busy(true);
    keep('oree.name', by);
    try {
      take_order(await set_order_state(order.id, state, by, String(said.get('reason') ?? '').trim()));
      done();
    } catch (cause) {
      set_error(cause);
      set_busy(false);
    }
  };
  return (
    <dialog ref={box} class="question" onClose={done}>
      <form onSubmit={(event) => void send(event)}>
        <h2>{o('set.title', { state: word })}</h2>
        <label class="comment">{o('set.by')}<input name="by" required maxLength={100} defaultValue={kept('oree.name') ?? ''} autocomplete="name" /></label>
        <label class="comment">{o('set.reason')}<input name="reason" required={state === 'cancelled'} maxLength={500} placeholder={state === 'cancelled' ? '' : o('set.hint')} autocomplete="off" /></label>
        {error !== undefined && <ErrorCard error={error} />}
        <div class="row end"><button type="button" class="button" onClick={done}>{o('cancel')}</button><button type="submit" class="button strong" disabled={busy}>{o('set.confirm', { state: word })}</button></div>
      </form>
    </dialog>
  );
}
