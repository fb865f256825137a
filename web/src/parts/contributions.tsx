// Which sensors an anomaly comes from: the sentence, then each sensor's share of the score as a bar.
import { sensor_token } from '../state/colours';
import type { Anomaly } from '../state/telemetry_types';
import { duration, limit, percent, reading } from '../words/format';
import { anomaly_sentence, sensor_name } from '../words/machines';
import { t } from '../words/words';

export function Contributions({ anomaly }: { anomaly: Anomaly }) {
  const most = Math.max(0.01, ...anomaly.contributions.map(([, share]) => share));
  return (
    <>
      <p class="anomaly-sentence">{anomaly_sentence(anomaly)}</p>
      <ul class="contributions" aria-label={t('machine.contributions')}>
        {anomaly.contributions.map(([name, share]) => (
          <li key={name}>
            <span class="cut" title={name}>{sensor_name(name)}</span>
            <span class="share-bar" aria-hidden="true"><span style={{ width: `${(Math.max(0, share) / most) * 100}%`, background: `var(${sensor_token(name)})` }} /></span>
            <b>{percent(share, 0)}</b>
          </li>
        ))}
      </ul>
      <p class="muted small">{t('anomaly.score', { score: reading(anomaly.score), threshold: limit(anomaly.threshold) })} · {t('anomaly.lasted', { time: duration((anomaly.to - anomaly.from) / 1000) })} · {anomaly.detector}</p>
    </>
  );
}
