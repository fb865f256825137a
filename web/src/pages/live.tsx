// Live: the newest part and its verdict fill the view; the last twenty, the counts and three charts are quiet below.
import { useEffect, useState } from 'preact/hooks';
import { read_history, read_items } from '../state/api';
import { whole_hour } from '../state/buckets';
import { station_now } from '../state/clock';
import { useKeys } from '../state/keys';
import { useLoad } from '../state/load';
import { useShown } from '../state/shown';
import { arrived, caught_up, connection, recent, totals } from '../state/stream';
import { sheet } from '../state/sheet';
import type { Item } from '../state/types';
import { t } from '../words/words';
import { Counters } from '../parts/counters';
import { Empty, Skeleton } from '../parts/states';
import { Sparks } from '../parts/sparks';
import { Strip } from '../parts/strip';
import { FirstPart, LastRefused, LiveButtons, Verdict } from '../parts/verdict';
import { Wall } from '../parts/wall';

const no_buckets: never[] = [];

/** The newest refused part: from the stream, or from the station's memory when it was longer ago. */
function useLastRefused(config: string | undefined): Item | null | undefined {
  const in_stream = recent.value.find((item) => item.decision === 'KO');
  const [found, set_found] = useState<Item | null | undefined>(undefined);
  const asked = useLoad(`last-ko ${config ?? ''}`, async (signal) => (await read_items(new URLSearchParams({ decision: 'KO', limit: '1' }), signal)).items[0] ?? null);
  useEffect(() => {
    if (in_stream) set_found(in_stream);
  }, [in_stream?.id]);
  const known = found && found.config === config ? found : undefined;
  return in_stream ?? known ?? asked.data;
}

export function Live() {
  const [held_at, hold_at] = useState<number | null>(null);
  const held = held_at !== null;
  const newest = recent.value[0];
  const item = useShown(newest, held);
  const history = useLoad(`history ${newest?.config ?? ''}`, async (signal) => whole_hour(await read_history(60, signal), station_now()), 10000);
  const buckets = history.data ?? no_buckets;
  const refused = useLastRefused(newest?.config);
  const toggle = () => hold_at(held ? null : arrived.value);
  useKeys({ ' ': toggle });
  useEffect(() => hold_at(null), [newest?.config]);
  useEffect(() => {
    document.title = item ? `${item.decision === 'OK' ? '✓' : item.decision === 'KO' ? '✗' : '?'} ${t(`verdict.${item.decision}`)} – Orée` : `${t('live.title')} – Orée`;
  }, [item?.id]);

  const holding = { held, newer: held ? arrived.value - held_at : 0, toggle };
  if (!item) {
    return caught_up.value
      ? <Empty title={t('live.empty')} next={t('live.empty.next')}><FirstPart /></Empty>
      : <div class="live loading"><h1 class="for-ears">{t('live.title')}</h1><Skeleton kind="card" count={2} /></div>;
  }
  const hour = history.data?.reduce((sum, bucket) => sum + bucket.ko, 0) ?? null;
  return (
    <div class={`live${connection.value === 'lost' ? ' old' : ''}`}>
      <h1 class="for-ears">{t('live.title')}</h1>
      <Wall item={item} />
      <div class="live-side">
        <Verdict item={item} />
        {refused !== undefined && <LastRefused item={refused} />}
        <LiveButtons {...holding} />
      </div>
      <Strip items={recent.value} />
      <div class="measures">
        <Counters totals={totals.value ?? sheet.value?.totals ?? null} refused_in_hour={hour} />
        <Sparks buckets={buckets} loading={history.data === undefined} />
      </div>
    </div>
  );
}
