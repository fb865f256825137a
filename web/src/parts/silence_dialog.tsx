// Asks for how long an alert is to be quiet, and whether only its rule or everything with the same labels.
import { useEffect, useRef, useState } from 'preact/hooks';
import { load_alerts } from '../state/alerts';
import { make_silence } from '../state/telemetry_api';
import type { Alert } from '../state/telemetry_types';
import { duration } from '../words/format';
import { labels_text } from '../words/machines';
import { t } from '../words/words';
import { ErrorCard } from './states';

const choices = [15, 60, 240, 1440, 10080];

function Choice<T>({ legend, all, chosen, choose, say }: { legend: string; all: T[]; chosen: T; choose: (one: T) => void; say: (one: T) => string }) {
  return (
    <fieldset class="chips choice">
      <legend>{legend}</legend>
      {all.map((one) => <button key={String(one)} type="button" class="chip" aria-pressed={one === chosen} onClick={() => choose(one)}>{say(one)}</button>)}
    </fieldset>
  );
}

export function SilenceDialog({ alert, done }: { alert: Alert; done: () => void }) {
  const box = useRef<HTMLDialogElement>(null);
  const [minutes, set_minutes] = useState(60), [scope, set_scope] = useState<'rule' | 'labels'>('rule'), [comment, set_comment] = useState('');
  const [busy, set_busy] = useState(false), [error, set_error] = useState<unknown>();
  useEffect(() => {
    box.current?.showModal();
    box.current?.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
  }, []);
  const has_labels = Object.keys(alert.labels).length > 0;
  const send = async (event: Event) => {
    event.preventDefault();
    set_busy(true);
    try {
      await make_silence(scope === 'rule' ? { rule: alert.rule, ...alert.labels } : alert.labels, minutes, comment);
      await load_alerts().catch(() => undefined);
      done();
    } catch (cause) {
      set_error(cause);
      set_busy(false);
    }
  };
  return (
    <dialog ref={box} class="question" onClose={done}>
      <form onSubmit={(event) => void send(event)}>
        <h2>{t('alerts.silence_title')}</h2>
        <p class="muted">{t('alerts.silence_text')}</p>
        <Choice legend={t('alerts.how_long')} all={choices} chosen={minutes} choose={set_minutes} say={(m) => duration(m * 60)} />
        {has_labels && <Choice legend={t('alerts.what')} all={['rule', 'labels'] as const satisfies string[]} chosen={scope} choose={(one) => set_scope(one as 'rule' | 'labels')}
          say={(one) => (one === 'rule' ? t('alerts.only_rule') : t('alerts.whole', { what: labels_text(alert.labels) }))} />}
        <label class="comment">{t('alerts.comment')}<input value={comment} placeholder={t('alerts.comment.hint')} onInput={(event) => set_comment(event.currentTarget.value)} /></label>
        {error !== undefined && <ErrorCard error={error} />}
        <div class="row end">
          <button type="button" class="button" onClick={done}>{t('config.cancel')}</button>
          <button type="submit" class="button strong" disabled={busy}>{t('alerts.silence_for', { time: duration(minutes * 60) })}</button>
        </div>
      </form>
    </dialog>
  );
}
