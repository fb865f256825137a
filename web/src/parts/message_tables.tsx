// The tables of the Messages page: queues by endpoint and priority, clients, routes.
import { now } from '../state/clock';
import type { Client, Queue, Route } from '../state/telemetry_types';
import { ago, whole } from '../words/format';
import { t, word } from '../words/words';
import { StateShape } from './shape';
import { Table } from './table';

const State = ({ state, said }: { state: string; said: string }) => <span class="state-word"><StateShape state={state} size={20} />{said}</span>;

export function Queues({ queues }: { queues: Queue[] }) {
  return (
    <section class="panel wide">
      <h2>{t('messages.queues')}</h2>
      {queues.length === 0 ? <p class="muted">{t('messages.no_queue')}</p> : (
        <Table label={t('messages.queues')} rows={queues} row_key={(q) => `${q.endpoint} ${q.priority}`} columns={[
          { title: t('messages.endpoint'), cell: (q) => <b>{word(`endpoint.${q.endpoint}`, q.endpoint)}</b> },
          { title: t('messages.priority'), number: true, cell: (q) => whole(q.priority) },
          { title: t('messages.state'), cell: (q) => <State state={q.state === 'waiting' ? 'pending' : q.state} said={word(`endpoint_state.${q.state}`, q.state)} /> },
          { title: t('messages.waiting'), number: true, cell: (q) => whole(q.length) },
          { title: t('messages.oldest'), number: true, cell: (q) => (q.oldest === null ? '–' : ago(q.oldest, now.value)) },
          { title: t('messages.sent'), number: true, cell: (q) => whole(q.sent) },
          { title: t('messages.expired'), number: true, cell: (q) => (q.expired > 0 ? <b class="bad">{whole(q.expired)}</b> : '0') },
        ]} />
      )}
    </section>
  );
}

export function Clients({ clients }: { clients: Client[] }) {
  const sorted = [...clients].sort((a, b) => Number(b.connected) - Number(a.connected) || a.id.localeCompare(b.id));
  return (
    <section class="panel wide">
      <h2>{t('messages.clients')} <small>{t('messages.connected', { n: clients.filter((c) => c.connected).length })}</small></h2>
      {clients.length === 0 ? <p class="muted">{t('messages.no_client')}</p> : (
        <Table label={t('messages.clients')} rows={sorted} row_key={(c) => c.id} columns={[
          { title: t('messages.client'), cell: (c) => <State state={c.connected ? 'connected' : 'off'} said={c.id} /> },
          { title: t('messages.user'), cell: (c) => c.user || '–' },
          { title: t('messages.address'), cell: (c) => c.address || '–' },
          { title: 'MQTT', cell: (c) => c.protocol },
          { title: t('messages.since'), number: true, cell: (c) => (c.since === null ? '–' : c.connected ? ago(c.since, now.value) : t('messages.gone', { ago: ago(c.since, now.value) })) },
          { title: t('messages.queued'), number: true, cell: (c) => whole(c.queued) },
          { title: t('messages.inflight'), number: true, cell: (c) => whole(c.inflight) },
          { title: t('messages.subscriptions'), number: true, cell: (c) => whole(c.subscriptions) },
        ]} />
      )}
    </section>
  );
}

export function Routes({ routes }: { routes: Route[] }) {
  return (
    <section class="panel wide">
      <h2>{t('messages.routes')}</h2>
      {routes.length === 0 ? <p class="muted">{t('messages.no_route')}</p> : (
        <Table label={t('messages.routes')} rows={routes} row_key={(r) => r.name} columns={[
          { title: t('messages.route'), cell: (r) => <b>{r.name}</b> },
          { title: t('messages.text'), cell: (r) => <code class="statement">{r.text}</code> },
          { title: t('messages.matched'), number: true, cell: (r) => whole(r.matched) },
        ]} />
      )}
    </section>
  );
}
