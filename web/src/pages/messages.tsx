// Messages: what comes in, is acknowledged and goes out, what waits, what was dropped and why, who is connected.
import { useEffect } from 'preact/hooks';
import { ApiError } from '../state/api';
import { useLoad } from '../state/load';
import { connection } from '../state/stream';
import { read_messages } from '../state/telemetry_api';
import type { Messages } from '../state/telemetry_types';
import { bytes, percent, whole } from '../words/format';
import { t, word } from '../words/words';
import { Clients, Queues, Routes } from '../parts/message_tables';
import { Meter } from '../parts/meters';
import { NoTelemetry } from '../parts/no_telemetry';
import { RateCharts } from '../parts/rates';
import { Shape } from '../parts/shape';
import { ErrorCard, Skeleton } from '../parts/states';

function Dropped({ dropped }: { dropped: Messages['dropped'] }) {
  const some = dropped.filter((d) => d.count > 0).sort((a, b) => b.count - a.count), most = some[0]?.count ?? 1;
  return (
    <section class="panel">
      <h2>{t('messages.dropped')}</h2>
      {some.length === 0 ? <p class="none-yet"><Shape decision="OK" size={20} />{t('messages.none_dropped')}</p> : (
        <ul class="contributions drops">
          {some.map(({ reason, count }) => (
            <li key={reason}><span title={reason}>{word(`drop.${reason}`, reason.replaceAll('_', ' '))}</span><span class="share-bar" aria-hidden="true"><span style={{ width: `${(count / most) * 100}%`, background: 'var(--nd)' }} /></span><b>{whole(count)}</b></li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Store({ store }: { store: Messages['store'] }) {
  const ratio = store.max_bytes > 0 ? store.bytes / store.max_bytes : 0;
  return (
    <section class="panel">
      <h2>{t('messages.store')}</h2>
      <Meter name={percent(ratio, 0)} ratio={store.full ? 1 : ratio} text={store.max_bytes > 0 ? t('station.used', { used: bytes(store.bytes), max: bytes(store.max_bytes) }) : `${bytes(store.bytes)} · ${t('station.no_cap')}`} />
      <p class="muted small">{t('messages.kept', { n: store.messages })}</p>
      {store.full && <p class="cause" role="status"><Shape decision="KO" size={18} /> {t('messages.full')}</p>}
    </section>
  );
}

export function MessagesPage() {
  const { data, error, again } = useLoad('messages', read_messages, 3000);
  useEffect(() => {
    document.title = `${t('messages.title')} – Orée`;
  });
  if (error instanceof ApiError && error.status === 404) return <NoTelemetry />;
  if (!data) return error !== undefined ? <ErrorCard error={error} again={again} /> : <div><h1 class="for-ears">{t('messages.title')}</h1><Skeleton kind="card" count={3} /></div>;
  return (
    <div class={`messages${connection.value === 'lost' ? ' old' : ''}`}>
      <header class="page-head"><h1>{t('messages.title')}</h1></header>
      <RateCharts messages={data} />
      <div class="panels">
        <Queues queues={data.queues} />
        <Dropped dropped={data.dropped} />
        <Store store={data.store} />
        <Clients clients={data.clients} />
        <Routes routes={data.routes} />
      </div>
    </div>
  );
}
