// Alerts: what wants somebody now, what may soon, what is over; the silences that hold; the rules behind them.
import { useEffect } from 'preact/hooks';
import { alert_book, load_alerts, sorted_alerts } from '../state/alerts';
import { ApiError } from '../state/api';
import { useLoad } from '../state/load';
import { connection } from '../state/stream';
import type { AlertBook, AlertState } from '../state/telemetry_types';
import { duration, whole } from '../words/format';
import { t, word } from '../words/words';
import { AlertRow } from '../parts/alert_row';
import { NoTelemetry } from '../parts/no_telemetry';
import { Shape } from '../parts/shape';
import { SilenceList } from '../parts/silence_list';
import { Empty, ErrorCard, Skeleton } from '../parts/states';

function Group({ book, state, chosen }: { book: AlertBook; state: AlertState; chosen: string | null }) {
  const alerts = sorted_alerts(book.alerts.filter((a) => a.state === state));
  if (alerts.length === 0) {
    return state === 'firing' ? <section class="alert-group"><p class="all-quiet"><Shape decision="OK" size={32} />{t('alerts.quiet')}</p></section> : null;
  }
  return (
    <section class="alert-group">
      <h2 class="day">{t(`alert.${state}`)} <small>{whole(alerts.length)}</small></h2>
      <ul>{alerts.map((alert) => <AlertRow key={alert.id} alert={alert} rule={book.rules.find((r) => r.name === alert.rule)} silences={book.silences} chosen={alert.id === chosen} />)}</ul>
    </section>
  );
}

function Rules({ book }: { book: AlertBook }) {
  return (
    <section class="panel">
      <h2>{t('alerts.rules')}</h2>
      {book.rules.length === 0
        ? <p class="muted">{t('alerts.no_rule')}</p>
        : <ul class="rows">{book.rules.map((rule) => <li key={rule.name}><div><b>{rule.name}</b> <small class="kind">{word(`severity.${rule.severity}`, rule.severity)} · {t('alerts.for', { time: duration(rule.for_s) })}</small><code class="statement">{rule.expression}</code></div></li>)}</ul>}
    </section>
  );
}

export function Alerts({ chosen }: { chosen: string | null }) {
  const { error, again } = useLoad('alerts', load_alerts, 30000);
  useEffect(() => {
    document.title = `${t('alerts.title')} – Orée`;
  });
  const book = alert_book.value;
  if (error instanceof ApiError && error.status === 404) return <NoTelemetry />;
  if (!book) return error !== undefined ? <ErrorCard error={error} again={again} /> : <div><h1 class="for-ears">{t('alerts.title')}</h1><Skeleton count={6} /></div>;
  if (book.rules.length === 0 && book.alerts.length === 0) return <Empty title={t('alerts.empty')} next={t('alerts.empty.next')}><a class="button" href="/machines">{t('machines.title')}</a></Empty>;
  const gone = chosen !== null && !book.alerts.some((a) => a.id === chosen);
  return (
    <div class={`alerts${connection.value === 'lost' ? ' old' : ''}`}>
      <header class="page-head"><h1>{t('alerts.title')}</h1></header>
      {gone && <p class="none-yet banner">{t('alerts.gone')}</p>}
      {(['firing', 'pending', 'resolved'] as const).map((state) => <Group key={state} {...{ book, state, chosen }} />)}
      <div class="panels"><SilenceList silences={book.silences} /><Rules book={book} /></div>
    </div>
  );
}
