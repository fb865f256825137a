// A person reports a fault: the authorities are asked as for any other order.
import { useEffect, useRef, useState } from 'preact/hooks';
import { keep, kept } from '../state/preferences';
import { go } from '../state/router';
import { take_order } from '../state/orders';
import { propose_order } from '../state/orders_api';
import { machines } from '../state/telemetry';
import { priority_word } from '../words/order_words';
import { o } from '../words/orders';
import { ErrorCard } from './states';

const priorities = ['low', 'normal', 'high', 'urgent'];

export function ReportDialog({ done }: { done: () => void }) {
  const box = useRef<HTMLDialogElement>(null), [busy, set_busy] = useState(false), [error, set_error] = useState<unknown>(), [priority, set_priority] = useState('normal');
  useEffect(() => box.current?.showModal(), []);
  const send = async (event: Event) => {
    event.preventDefault();
    const said = (name: string) => String(new FormData(event.target as HTMLFormElement).get(name) ?? '').trim();
    set_busy(true);
    keep('oree.name', said('by'));
    try {
      const order = await propose_order({ asset: said('asset'), fault: said('fault').toLowerCase().replace(/\s+/g, '_'), by: said('by'), sentence: said('sentence'), priority });
      take_order(order);
      done();
      go(`/orders/${order.id}`);
    } catch (cause) {
      set_error(cause);
      set_busy(false);
    }
  };
  return (
    <dialog ref={box} class="question" onClose={done}>
      <form onSubmit={(event) => void send(event)}>
        <h2>{o('report')}</h2>
        <p class="muted">{o('report.text')}</p>
        <label class="comment">{o('report.asset')}<input name="asset" required maxLength={200} list="report-machines" autocomplete="off" /></label>
        <datalist id="report-machines">{(machines.value ?? []).map((m) => <option key={m.name} value={m.name} />)}</datalist>
        <label class="comment">{o('report.fault')}<input name="fault" required maxLength={60} autocomplete="off" /></label>
        <label class="comment">{o('report.sentence')}<input name="sentence" maxLength={500} autocomplete="off" /></label>
        <fieldset class="chips choice"><legend>{o('field.priority')}</legend>{priorities.map((one) => <button key={one} type="button" class="chip" aria-pressed={one === priority} onClick={() => set_priority(one)}>{priority_word(one)}</button>)}</fieldset>
        <label class="comment">{o('report.by')}<input name="by" required maxLength={100} defaultValue={kept('oree.name') ?? ''} autocomplete="name" /></label>
        {error !== undefined && <ErrorCard error={error} />}
        <div class="row end"><button type="button" class="button" onClick={done}>{o('cancel')}</button><button type="submit" class="button strong" disabled={busy}>{o('report.send')}</button></div>
      </form>
    </dialog>
  );
}
