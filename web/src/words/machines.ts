// What machines, sensors, alerts and their anomalies are called in the reader's language.
import { language } from '../state/preferences';
import type { Anomaly } from '../state/telemetry_types';
import { limit, percent, reading } from './format';
import { sensor_name } from './sensors';
import { t, word } from './words';

export { sensor_name };

/** Why an anomaly is one: the station's sentence in English, or the same said from its parts. */
export function anomaly_sentence(anomaly: Anomaly): string {
  if (language.value === 'en' && anomaly.sentence) return anomaly.sentence;
  const [first, second] = anomaly.contributions;
  const values = { score: reading(anomaly.score), threshold: limit(anomaly.threshold) };
  if (!first) return anomaly.sentence || t('anomaly.bare', values);
  const named = { ...values, first: sensor_name(first[0]), share: percent(first[1], 0) };
  return second && second[1] >= 0.15 ? t('anomaly.two', { ...named, second: sensor_name(second[0]), rest: percent(second[1], 0) }) : t('anomaly.one', named);
}

export const labels_text = (labels: Record<string, string>): string => Object.entries(labels).map(([name, value]) => `${word(`label.${name}`, name)} ${value}`).join(', ');
