// Three small charts: messages that came in, were acknowledged, went out; each beside its mean.
import { useMemo } from 'preact/hooks';
import { mean_of, rate_columns, rate_events } from '../state/messages';
import type { Messages } from '../state/telemetry_types';
import { clock, flow, whole } from '../words/format';
import { t } from '../words/words';
import { Spark } from './spark';

const names = ['in', 'acked', 'out'] as const;
const pace = (value: number | null | undefined) => (value == null ? '–' : t('messages.per_s', { value: flow(value) }));

export function RateCharts({ messages }: { messages: Messages }) {
  const events = rate_events.value, newest = events.at(-1);
  const columns = useMemo(() => rate_columns(messages.history, events), [messages, events]);
  const single = useMemo(() => ({ in: [columns.in], acked: [columns.acked], out: [columns.out] }), [columns]);
  return (
    <div class="rate-charts">
      {names.map((name) => {
        const mean = mean_of(columns[name]);
        return <Spark key={name} loading={false} title={t(`messages.${name}`)} beside={t('messages.total', { n: whole(messages.totals[name]) })} value={pace(newest ? newest[name] : messages.rates[name])}
          times={columns.times} columns={single[name]} reference={mean} reference_text={t('messages.mean', { value: pace(mean) })} read={([v]) => pace(v)} moment={clock} empty_text={t('messages.no_rate')} />;
      })}
    </div>
  );
}
