// Reads the alerts once the station is known to have any, so that the rail's count is right on every page; says a new
// one to screen readers. Shows nothing.
import { alert_book, load_alerts } from '../state/alerts';
import { useLoad } from '../state/load';
import { telemetry } from '../state/telemetry';
import { t } from '../words/words';

function Watch() {
  useLoad('alerts', load_alerts, 60000);
  const newest = alert_book.value?.alerts.filter((a) => a.state === 'firing' && !a.silenced).sort((a, b) => b.since - a.since)[0];
  return <p class="for-ears" aria-live="polite" role="status">{newest ? `${t('alert.firing')}. ${newest.sentence}` : ''}</p>;
}

export const AlertsWatch = () => (telemetry.value ? <Watch /> : null);
