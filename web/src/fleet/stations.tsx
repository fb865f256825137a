// The fleet: a row for each station; what is wrong comes first.
import { Shape, type ShapeName } from '../parts/shape';
import { bytes, duration } from '../words/format';
import { decide, fleet, heard } from './state';
import type { Device, Model, Module } from './types';
import { fleet_word, w } from './words';

/** What it may be given: its models, and its configuration and deployment once a hub gave it one. */
export const units_of = (device: Device): Model[] => [...device.models, device.configuration, device.deployment].filter((unit) => unit != null);

/** Cloned, waiting and refused ones before those that are well. */
export function shape_of(device: Device): ShapeName {
  if (device.standing === 'cloned') return 'KO';
  if (device.standing === 'waiting') return 'NO_DECISION';
  if (!device.online) return 'SILENT';
  const units = units_of(device);
  if (units.some((model) => model.state === 'failed' || model.state === 'rolled_back')) return 'WARNING';
  return units.some((model) => ['offered', 'downloading', 'installing', 'shadow'].includes(model.state)) ? 'WAITING' : 'OK';
}
const order: ShapeName[] = ['KO', 'NO_DECISION', 'WARNING', 'WAITING', 'SILENT', 'OK'];
export const sorted = (devices: Device[]): Device[] =>
  [...devices].sort((a, b) => order.indexOf(shape_of(a)) - order.indexOf(shape_of(b)) || a.id.localeCompare(b.id, undefined, { numeric: true }));

function Serves({ model, only }: { model: Model; only?: 'configuration' | 'deployment' }) {
  const moving = model.state === 'downloading' && model.progress.of > 0 ? ` ${bytes(model.progress.bytes)} / ${bytes(model.progress.of)}` : '';
  const wants = model.desired && model.desired !== model.current?.version ? w('fleet.wants', { version: model.desired }) : '';
  return (
    <div class="serves">
      <b>{only && `${w(`fleet.${only}`)} `}{model.name || w('fleet.own')} {model.current?.version ?? (only ? '' : '–')}</b> <span class="muted">{fleet_word(`state.${model.state}`, model.state)}{moving}{wants && ` · ${wants}`}</span>
      {model.error && <p class="small bad">{model.error.message || model.error.code}</p>}
    </div>
  );
}

/** What runs beside the station: what does not run first. */
export const modules_sorted = (modules: Module[]): Module[] =>
  [...modules].sort((a, b) => Number(a.status === 'running') - Number(b.status === 'running') || a.name.localeCompare(b.name));

function Modules({ modules }: { modules: Module[] }) {
  const running = modules.filter((module) => module.status === 'running').length;
  return (
    <details class="modules" open={running < modules.length}>
      <summary>{w('fleet.modules', { n: modules.length, running })}</summary>
      <ul>{modules_sorted(modules).map((module) => (
        <li key={module.name} title={module.image}><b>{module.name}</b> <span class={module.status === 'running' ? 'muted' : 'bad'}>{fleet_word(`module.${module.status}`, module.status)}{module.restarts > 0 && ` · ${w('module.restarts', { n: module.restarts })}`}</span></li>
      ))}</ul>
    </details>
  );
}

function seen(device: Device, now: number): string {
  if (!device.last_seen) return w('never');
  const seconds = Math.max(0, (now + Date.now() - heard.value - device.last_seen) / 1000);
  return device.online && seconds < 60 ? w('online') : w('ago', { time: duration(seconds) });
}

function Row({ device, now }: { device: Device; now: number }) {
  const standing = device.standing === 'admitted' ? w(device.online ? 'online' : 'offline') : w(device.standing);
  return (
    <tr>
      <td><span class="station-name"><Shape decision={shape_of(device)} size={24} /><b>{device.id}</b></span></td>
      <td data-title={w('fleet.health')}><span class={device.standing === 'cloned' ? 'bad' : ''}>{standing}</span>
        {device.standing !== 'admitted' && <button class="button" onClick={() => void decide(`/api/v1/devices/${device.id}`, { standing: 'admitted' })}>{w('admit')}</button>}
        {device.attacks.map((what) => <p key={what} class="small bad">{w('attack', { what })}</p>)}</td>
      <td data-title={w('fleet.serves')}>{device.models.length ? device.models.map((model) => <Serves key={model.name} model={model} />) : <span class="muted">{w('fleet.no_model')}</span>}
        {device.configuration && <Serves model={device.configuration} only="configuration" />}
        {device.deployment && <Serves model={device.deployment} only="deployment" />}
        {!!device.modules?.length && <Modules modules={device.modules} />}</td>
      <td data-title={w('fleet.hardware')}>{device.hardware}</td>
      <td data-title={w('fleet.seen')} class="short">{seen(device, now)}</td>
      <td data-title={w('fleet.tags')} class="muted">{device.tags.join(', ') || '–'}</td>
    </tr>
  );
}

export function Stations() {
  const now = fleet.value;
  if (!now) return <div class="skeleton line" aria-busy="true"><span /><span /><span /></div>;
  if (now.devices.length === 0) return <section class="empty"><h2>{w('fleet.none')}</h2><p>{w('fleet.none.do')}</p><code>oree hub token new --data …</code></section>;
  const { counts } = now;
  return (
    <section class="panel">
      <div class="panel-head"><h2>{w('fleet.online', { n: counts.stations, online: counts.online })}</h2>{counts.updating > 0 && <small>{w('fleet.updating', { n: counts.updating })}</small>}</div>
      <table class="table">
        <thead><tr><th>{w('fleet.station')}</th><th>{w('fleet.health')}</th><th>{w('fleet.serves')}</th><th>{w('fleet.hardware')}</th><th>{w('fleet.seen')}</th><th>{w('fleet.tags')}</th></tr></thead>
        <tbody>{sorted(now.devices).map((device) => <Row key={device.id} device={device} now={now.now} />)}</tbody>
      </table>
    </section>
  );
}
