// The silences that hold now, when each ends, and a way to end it at once.
import { useState } from 'preact/hooks';
import { load_alerts } from '../state/alerts';
import { now } from '../state/clock';
import { end_silence } from '../state/telemetry_api';
import type { Silence } from '../state/telemetry_types';
import { recent_moment, until } from '../words/format';
import { labels_text } from '../words/machines';
import { t } from '../words/words';
import { Icon } from './icon';

function Row({ silence }: { silence: Silence }) {
  const [busy, set_busy] = useState(false), [error, set_error] = useState('');
  const end = async () => {
    set_busy(true);
    try {
      await end_silence(silence.id);
      await load_alerts();
    } catch (cause) {
      set_error((cause as Error).message || t('error.network'));
      set_busy(false);
    }
  };
  return (
    <li>
      <Icon name="quiet" size={22} />
      <div><b>{labels_text(silence.matchers)}</b>
        <span class="muted">{t('alerts.until', { moment: recent_moment(silence.until, now.value), time: until(silence.until, now.value) })}{silence.comment && ` · ${silence.comment}`}</span>
        {error && <span class="cause" role="alert">{error}</span>}</div>
      <button class="button" disabled={busy} onClick={() => void end()}>{t('alerts.end')}</button>
    </li>
  );
}

export function SilenceList({ silences }: { silences: Silence[] }) {
  const held = silences.filter((s) => s.until > now.value).sort((a, b) => a.until - b.until);
  return (
    <section class="panel">
      <h2>{t('alerts.silences')}</h2>
      {held.length === 0 ? <p class="muted">{t('alerts.no_silence')}</p> : <ul class="rows silences">{held.map((silence) => <Row key={silence.id} silence={silence} />)}</ul>}
    </section>
  );
}
