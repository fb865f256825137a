// One machine: its sensors on one time axis with the score above them, what its newest anomaly comes from, its alerts.
import { useEffect, useMemo } from 'preact/hooks';
import { alert_book, load_alerts, sorted_alerts } from '../state/alerts';
import { ApiError } from '../state/api';
import { useBoard } from '../state/board';
import { now } from '../state/clock';
import { learn_sensors } from '../state/colours';
import { useKept, useLoad } from '../state/load';
import { maintenance } from '../state/maintenance';
import { query } from '../state/router';
import { connection } from '../state/stream';
import { live_of, newest_anomaly, with_event } from '../state/telemetry';
import { read_machine } from '../state/telemetry_api';
import type { Anomaly, MachineSheet } from '../state/telemetry_types';
import { query_of, zoom_of } from '../state/zoom';
import { recent_moment } from '../words/format';
import { anomaly_sentence } from '../words/machines';
import { t } from '../words/words';
import { AlertLine } from '../parts/alert_row';
import { AnomalyList, anomaly_address } from '../parts/anomaly_list';
import { Contributions } from '../parts/contributions';
import { LastSeen } from '../parts/machine_card';
import { StateShape } from '../parts/shape';
import { Empty, ErrorCard, Skeleton } from '../parts/states';
import { ToAnomalyOrder, ToMachineOrders } from '../parts/to_order';
import { Tracks } from '../parts/tracks';
import { ZoomBar } from '../parts/zoom_bar';

function Why({ anomaly, newest }: { anomaly: Anomaly; newest: boolean }) {
  return (
    <section class="panel why-panel">
      <div class="panel-head"><h2>{newest ? t('machine.newest_anomaly') : t('machine.chosen_anomaly')} <small>{recent_moment(anomaly.from, now.value)}</small></h2></div>
      <Contributions anomaly={anomaly} />
      <a class="button" href={anomaly_address(anomaly)}>{t('machine.on_charts')}</a>
      <ToAnomalyOrder anomaly={anomaly} />
    </section>
  );
}

function MachineAlerts({ name }: { name: string }) {
  const book = alert_book.value, alerts = sorted_alerts(book?.alerts.filter((a) => a.labels['machine'] === name) ?? []);
  return (
    <section class="panel">
      <div class="panel-head"><h2>{t('alerts.title')}</h2><a class="button plain" href="/alerts">{t('machines.show_all')}</a></div>
      {alerts.length === 0 ? <p class="muted">{t('machine.no_alert')}</p> : <ul class="alert-lines">{alerts.slice(0, 5).map((alert) => <AlertLine key={alert.id} alert={alert} />)}</ul>}
    </section>
  );
}

function Head({ read, why }: { read: MachineSheet; why: Anomaly | undefined }) {
  const { name, state, last_seen } = with_event(read, live_of(read.name).value);
  useEffect(() => {
    document.title = `${state === 'normal' ? '✓' : state === 'anomaly' ? '✗' : '?'} ${name} – Orée`;
  }, [state, name]);
  return (
    <header class={`machine-head state-${state}`}>
      <a class="button plain back" href="/machines">{t('machines.title')}</a>
      <h1 class="cut" title={name}>{name}</h1>
      <p class="machine-state" role="status"><StateShape state={state} size={32} />{t(`machine.${state}`)}</p>
      <p class="muted"><LastSeen time={last_seen} /></p>
      {state === 'anomaly' && why && <p class="head-why">{anomaly_sentence(why)}</p>}
    </header>
  );
}

function Nothing({ read, show }: { read: MachineSheet; show: boolean }) {
  if (!show || read.last_seen === null) return null;
  const asked = query_of({ follows: false, from: read.last_seen - 1800e3, to: read.last_seen + 60e3 });
  return <p class="none-yet banner">{t('machine.nothing_here')} <a class="button" href={`/machines/${encodeURIComponent(read.name)}?${asked}`}>{t('machine.last_readings')}</a></p>;
}

export function MachinePage({ name }: { name: string }) {
  const text = query.value.toString();
  const zoom = useMemo(() => zoom_of(new URLSearchParams(text)), [text]), chosen = query.value.get('anomaly');
  const { data: read, error, again } = useLoad(`${name} ${newest_anomaly.value?.machine === name ? newest_anomaly.value.id : ''}`, async (stop) => {
    const machine = await read_machine(name, stop);
    learn_sensors(machine.sensors.map((s) => s.name));
    return machine;
  }, 10000);
  const kept = useKept(read);
  useLoad('alerts', load_alerts, 30000);
  const { board, series, error: series_error, again: ask_again } = useBoard(name, zoom, chosen);
  if (error instanceof ApiError && (error.status === 404 || error.status === 400)) {
    return <Empty title={t('machine.gone')} next={t('machine.gone.next', { name })}><a class="button" href="/machines">{t('machines.title')}</a></Empty>;
  }
  if (!kept) return error !== undefined ? <ErrorCard error={error} again={again} /> : <div class="machine"><Skeleton kind="card" count={2} /></div>;
  const newest = kept.anomalies[0], shown = [...kept.anomalies, ...(series?.anomalies ?? [])].find((a) => a.id === chosen) ?? newest;
  const { from, to } = board.range, empty = series !== undefined && !series.sensors.some((s) => s.time.some((at, i) => at >= from && at <= to && s.value[i] != null));
  return (
    <article class={`machine${connection.value === 'lost' ? ' old' : ''}`}>
      <Head read={kept} why={newest} />
      <div class="machine-body">
        <div class="machine-charts">
          <ZoomBar zoom={zoom} range={() => board.range} series={series} />
          {(series === undefined ? series_error !== undefined : series_error instanceof ApiError && series_error.status > 0) && <ErrorCard error={series_error} again={ask_again} />}
          <Nothing read={kept} show={empty} />
          <Tracks board={board} machine={name} detector={kept.detector} sensors={kept.sensors} quiet={series === undefined} />
        </div>
        <div class="machine-side">
          {shown && <Why anomaly={shown} newest={shown === newest} />}
          <section class="panel"><h2>{t('machine.anomalies')}</h2><AnomalyList anomalies={kept.anomalies} chosen={chosen} /></section>
          {maintenance.value && <section class="panel"><div class="panel-head"><h2>{t('nav.orders')}</h2><a class="button plain" href="/orders">{t('machines.show_all')}</a></div><ToMachineOrders machine={name} /></section>}
          <MachineAlerts name={name} />
        </div>
      </div>
    </article>
  );
}
