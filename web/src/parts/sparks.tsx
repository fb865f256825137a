// The three small charts of Live — yield, rate, time per part — all from the station's last hour.
import { useMemo } from 'preact/hooks';
import { last_minute, minute_points, since_first, whole_span } from '../state/buckets';
import type { Bucket } from '../state/types';
import { decimal, micros, percent } from '../words/format';
import { t } from '../words/words';
import { Spark } from './spark';

const ms = (value: number | null) => (value === null ? '–' : micros(value * 1000));
const ratio = (value: number | null) => (value === null ? '–' : percent(value));
const pace = (value: number | null) => (value === null ? '–' : t('chart.per_min', { value: decimal(value, value < 10 ? 1 : 0) }));
const hour = (text: string) => t('chart.hour', { value: text });

/** Room above and below a ratio near one, never past one. */
export const yield_range = (low: number): [number, number] => [Math.max(0, Math.min(low, 0.95) - 0.03), 1.005];

export function Sparks({ buckets, loading }: { buckets: Bucket[]; loading: boolean }) {
  const { times, yields, rates, times_per_part } = useMemo(() => {
    const points = since_first(minute_points(buckets));
    return {
      times: points.map((p) => p.time), yields: [points.map((p) => p.yield)], rates: [points.map((p) => p.rate)],
      times_per_part: [points.map((p) => p.p95), points.map((p) => p.p50)],
    };
  }, [buckets]);
  const recent = last_minute(buckets), span = whole_span(buckets);
  return (
    <>
      <Spark loading={loading} title={t('chart.yield')} value={ratio(recent.yield)} beside={t('chart.minute')} times={times} columns={yields} range={yield_range}
        reference={span.yield} reference_text={hour(ratio(span.yield))} read={([v]) => ratio(v ?? null)} />
      <Spark loading={loading} title={t('chart.rate')} value={pace(recent.rate)} beside={t('chart.minute')} times={times} columns={rates}
        reference={span.rate} reference_text={hour(pace(span.rate))} read={([v]) => pace(v ?? null)} />
      <Spark loading={loading} title={t('chart.latency')} value={ms(recent.p95)} beside={t('chart.p95')} times={times} columns={times_per_part}
        reference={span.p95} reference_text={hour(ms(span.p95))} read={([p95]) => ms(p95 ?? null)} aside={([, p50]) => t('chart.p50', { value: ms(p50 ?? null) })} />
    </>
  );
}
