// Station: what runs here and how it is — checks, cameras, models, modules, triggers, storage, machine, log.
import { useEffect } from 'preact/hooks';
import { now } from '../state/clock';
import { useLoad } from '../state/load';
import { load_sheet, sheet } from '../state/sheet';
import { health } from '../state/stream';
import type { Camera, Health, Model, StationSheet, Trigger } from '../state/types';
import { ago, bytes, duration, micros, whole } from '../words/format';
import { check_in_words } from '../words/checks';
import { t, word, type Key } from '../words/words';
import { HubPanel } from '../parts/hub_panel';
import { lazy } from '../parts/lazy';
import { Log } from '../parts/log';
import { Machine, StorageCard } from '../parts/meters';
import { Digest, Fact } from '../parts/provenance';
import { StateShape } from '../parts/shape';
import { ErrorCard, Skeleton } from '../parts/states';

const ModulesPanel = lazy(() => import('../parts/modules_panel').then((m) => m.ModulesPanel), undefined, <section class="panel wide"><Skeleton kind="card" count={1} /></section>);

const said = (state: string) => word(`state.${state}`, state);

function Checks({ checks }: { checks: Health[] }) {
  return (
    <section class="panel wide">
      <h2>{t('station.health')}</h2>
      <ul class="rows checks">
        {checks.map((check) => (
          <li key={check.check} class={check.state}><StateShape state={check.state} size={22} /><div><b>{check_in_words(check.check)}</b><span class="muted">{check.detail || said(check.state)}</span></div></li>
        ))}
      </ul>
    </section>
  );
}

function CameraRow({ camera }: { camera: Camera }) {
  const seen = camera.last_seen ? t('station.seen', { ago: ago(Date.parse(camera.last_seen), now.value) }) : t('station.never');
  return (
    <li class={camera.state}>
      <StateShape state={camera.state} size={22} />
      <div>
        <b>{camera.name}</b> <small class="kind">{camera.type}</small>
        <span class="muted">{said(camera.state)} · {seen} · {t('station.frames', { n: camera.frames })}{camera.failures > 0 && ` · ${t('station.failures', { n: camera.failures })}`} · {t('station.deadline', { time: micros(camera.deadline_ms * 1000) })}</span>
        {camera.last_error && <span class="cause">{camera.last_error}</span>}
      </div>
    </li>
  );
}

function ModelRow({ model }: { model: Model }) {
  const { runs = 0, infer_p50_us: p50 = 0, infer_p95_us: p95 = 0, labels = [], bytes: size = 0 } = model;
  return (
    <li class={model.state}>
      <StateShape state={model.state} size={22} />
      <div>
        <b>{model.name}</b> <small class="kind">{t('item.version', { version: model.version })}</small> {model.task && <small class="kind">{word(`task.${model.task}`, model.task)}</small>}
        <span class="muted">{said(model.state)}{runs > 0 && ` · ${t('station.runs', { n: runs })} · ${t('station.speed', { p50: micros(p50), p95: micros(p95) })}`}</span>
        {model.reason && <span class="cause">{model.reason}</span>}
        <dl class="facts-line">
          {model.backend && <Fact name={t('station.backend')}>{model.backend}</Fact>}
          {model.input && <Fact name={t('station.input')}>{model.input} · {bytes(size)}</Fact>}
          {model.licence && <Fact name={t('station.licence')}>{model.licence}</Fact>}
          {model.digest && <Fact name={t('item.digest')}><Digest value={model.digest} name={model.name} /></Fact>}
          {labels.length > 0 && <Fact name={t('station.labels')}>{labels.slice(0, 12).join(', ')}{labels.length > 12 && ` … (${whole(labels.length)})`}</Fact>}
        </dl>
      </div>
    </li>
  );
}

function TriggerRow({ trigger }: { trigger: Trigger }) {
  return (
    <li>
      <StateShape state={trigger.missed > 0 ? 'warning' : 'ok'} size={22} />
      <div><b>{word(`trigger.${trigger.type}`, trigger.type)}</b> <small class="kind">{trigger.detail}</small>
        <span class="muted">{t('station.fired', { n: trigger.fired })}{trigger.missed > 0 && ` · ${t('station.missed', { n: trigger.missed })}`}</span></div>
    </li>
  );
}

function List<T>({ title, rows, none, children, wide = false }: { title: Key; rows: T[]; none: Key; children: (row: T) => preact.ComponentChild; wide?: boolean }) {
  return (
    <section class={`panel${wide ? ' wide' : ''}`}>
      <h2>{t(title)}</h2>
      {rows.length === 0 ? <p class="muted">{t(none)}</p> : <ul class="rows">{rows.map(children)}</ul>}
    </section>
  );
}

function Sheet({ station }: { station: StationSheet }) {
  return (
    <>
      <header class="page-head">
        <h1>{station.station_name}</h1>
        <p class="muted">{t('station.version', { version: station.version })} · {station.host.name} · {t('station.up', { time: duration(station.uptime_s) })}</p>
      </header>
      <div class="panels">
        <Checks checks={health.value ?? station.health} />
        <List title="station.cameras" rows={station.cameras} none="station.no_camera">{(c) => <CameraRow key={c.name} camera={c} />}</List>
        <List title="station.triggers" rows={station.triggers} none="station.no_trigger">{(trigger) => <TriggerRow key={trigger.type + trigger.detail} trigger={trigger} />}</List>
        <StorageCard storage={station.storage} />
        <Machine station={station} />
        <List title="station.models" rows={station.models} none="station.no_model" wide>{(m) => <ModelRow key={m.name + m.version} model={m} />}</List>
        {station.modules && <ModulesPanel />}
        {station.fleet && <HubPanel fleet={station.fleet} />}
        <section class="panel wide for-programs">
          <div><h2>{t('station.links')}</h2><p class="muted">{t('station.api_text')}</p></div>
          <p class="row"><a class="button" href="/api">{t('nav.api')}</a><a class="button" href="/openapi.json" target="_blank" rel="noopener">OpenAPI</a><a class="button" href="/metrics" target="_blank" rel="noopener">{t('station.metrics')}</a></p>
        </section>
        <Log lines={station.log} />
      </div>
    </>
  );
}

export function StationPage() {
  const { error, again } = useLoad('sheet', load_sheet, 5000);
  useEffect(() => {
    document.title = `${t('station.title')} – Orée`;
  });
  const known = sheet.value;
  return (
    <div class="station">
      {!known && error !== undefined && <ErrorCard error={error} again={again} />}
      {!known && error === undefined && <Skeleton kind="card" count={4} />}
      {known && <Sheet station={known} />}
    </div>
  );
}
