// Says that what is on screen is old, since when, and that the page is trying again. It lies over the page's foot, so
// that nothing moves when it comes or goes.
import { now } from '../state/clock';
import { connection, last_heard } from '../state/stream';
import { ago } from '../words/format';
import { t } from '../words/words';
import { Shape } from './shape';

export function StaleBanner() {
  if (connection.value !== 'lost') return null;
  const heard = last_heard.value;
  return (
    <div class="stale" role="status">
      <Shape decision="KO" size={28} />
      <p>
        <strong>{t('stale.lost')}</strong>
        {heard !== null && <> · {t('stale.seen', { ago: ago(heard, now.value) })}</>} · {t('stale.again')}
        <small>{t('stale.fix')}</small>
      </p>
    </div>
  );
}
