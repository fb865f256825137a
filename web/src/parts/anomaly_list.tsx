// The anomalies of one machine, newest first; each is a link to itself on the charts.
import { now } from '../state/clock';
import type { Anomaly } from '../state/telemetry_types';
import { around, query_of } from '../state/zoom';
import { duration, limit, reading, recent_moment } from '../words/format';
import { sensor_name } from '../words/machines';
import { t } from '../words/words';
import { Shape } from './shape';

export function anomaly_address({ machine, id, from, to }: Anomaly): string {
  const asked = query_of({ follows: false, ...around(from, to) });
  asked.set('anomaly', id);
  return `/machines/${encodeURIComponent(machine)}?${asked}`;
}

export function AnomalyList({ anomalies, chosen }: { anomalies: Anomaly[]; chosen: string | null }) {
  if (anomalies.length === 0) return <p class="none-yet"><Shape decision="OK" size={20} />{t('machine.no_anomaly')}</p>;
  return (
    <ul class="anomalies">
      {anomalies.map((anomaly) => (
        <li key={anomaly.id}>
          <a href={anomaly_address(anomaly)} aria-current={anomaly.id === chosen ? 'true' : undefined}>
            <Shape decision="KO" size={20} />
            <span><b>{recent_moment(anomaly.from, now.value)}</b>
              <small class="cut">{duration(Math.max(1, (anomaly.to - anomaly.from) / 1000))} · {anomaly.contributions.slice(0, 2).map(([name]) => sensor_name(name)).join(', ')}</small></span>
            <span class="anomaly-score">{reading(anomaly.score)}<small>{t('machine.over', { threshold: limit(anomaly.threshold) })}</small></span>
          </a>
        </li>
      ))}
    </ul>
  );
}
