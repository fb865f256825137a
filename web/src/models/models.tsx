// The models: a panel for each, a row for every version, what was measured and what may be tried when opened.
import { useState } from 'preact/hooks';
import { Shape, type ShapeName } from '../parts/shape';
import { bytes, duration, micros, whole } from '../words/format';
import { busy, decide, sheet } from './state';
import { TryIt } from './try_it';
import type { Model, Port, Version } from './types';
import { model_word, w } from './words';

const shapes: Record<string, ShapeName> = { READY: 'OK', UNAVAILABLE: 'KO', LOADING: 'WAITING', UNLOADING: 'WAITING' };
export const shape_of = (version: Version): ShapeName => shapes[version.state] ?? 'SILENT';
/** Of a model: what its worst version is, but a ready one that answers counts more than an old one that does not load. */
export function shape_of_model(model: Model): ShapeName {
  const all = model.versions.map(shape_of);
  if (all.includes('WAITING')) return 'WAITING';
  if (all.includes('OK')) return all.includes('KO') ? 'WARNING' : 'OK';
  return all.includes('KO') ? 'KO' : 'SILENT';
}
const load_time = (seconds: number) => (seconds < 10 ? micros(seconds * 1e6) : duration(seconds));

function Measured({ version }: { version: Version }) {
  const best = Math.min(...version.measured.map((one) => one.us / one.batch));
  return (
    <section>
      <h3>{w('measured')}</h3>
      {version.measured.length === 0 ? <p class="muted">{w('measured.none')}</p> : (
        <table class="small-table"><thead><tr><th>{w('batch')}</th><th>{w('time')}</th><th>{w('per_entry')}</th></tr></thead>
          <tbody>{version.measured.map(({ batch, us }) => <tr key={batch}><td>{batch}</td><td>{micros(us)}</td><td class={us / batch === best ? 'best' : ''}>{micros(us / batch)}</td></tr>)}</tbody></table>
      )}
    </section>
  );
}

const parts = ['queue', 'input', 'infer', 'output'] as const;
function Where({ version }: { version: Version }) {
  const means = version.means_us, all = parts.reduce((sum, part) => sum + means[part], 0);
  return (
    <section>
      <h3>{w('where')}</h3>
      {version.requests === 0 || all <= 0 ? <p class="muted">{w('where.none')}</p> : <>
        <div class="where-bar" aria-hidden="true">{parts.map((part, i) => <span key={part} style={`flex:${means[part] / all} 0 0;background:var(--s${i + 1})`} />)}</div>
        <ul class="where-list">{parts.map((part, i) => <li key={part}><span class="swatch" style={`background:var(--s${i + 1})`} />{w(part)} <b>{micros(means[part])}</b></li>)}</ul></>}
    </section>
  );
}

const port_text = (port: Port) => `${port.datatype} [${port.shape.map((dim) => (dim < 0 ? '·' : dim)).join(', ')}]`;
function Ports({ title, ports }: { title: string; ports: Port[] }) {
  return <><dt>{title}</dt>{ports.map((port) => <dd key={port.name}><code>{port.name}</code> <span class="muted">{port_text(port)}{port.optional && `, ${w('optional')}`}{!!port.labels && `, ${w('labels', { n: port.labels })}`}</span></dd>)}</>;
}

function Details({ model, version }: { model: Model; version: Version }) {
  return (
    <div class="details">
      <Measured version={version} />
      <Where version={version} />
      <section><h3>{w('tensors')}</h3><dl class="ports"><Ports title={w('takes')} ports={version.inputs} /><Ports title={w('gives')} ports={version.outputs} /></dl></section>
      <TryIt model={model.name} version={version} />
    </div>
  );
}

function State({ model, version, changes }: { model: Model; version: Version; changes: boolean }) {
  return (
    <>
      <span class="state-word"><Shape decision={shape_of(version)} size={20} />{model_word(`state.${version.state}`, version.state)}</span>
      {version.reason && version.state !== 'READY' && <p class="small bad">{version.reason}</p>}
      {changes && version.state === 'READY' && model.default !== version.version && model.versions.length > 1 &&
        <button class="button" onClick={() => void decide(model.name, `/api/v1/models/${encodeURIComponent(model.name)}/default`, { version: version.version })}>{w('make_default')}</button>}
    </>
  );
}

function Row({ model, version, changes }: { model: Model; version: Version; changes: boolean }) {
  const ready = version.state === 'READY', latency = version.latency_us;
  return (
    <tr>
      <td><b>{version.version || '–'}</b>{model.default === version.version && ready && <span class="answers">{w('default')}</span>}</td>
      <td data-title={w('state')}><State model={model} version={version} changes={changes} /></td>
      <td data-title={w('runs_on')}>{version.backend || '–'}{version.load_seconds > 0 && <span class="small muted">{w('loaded_in', { time: load_time(version.load_seconds) })}</span>}</td>
      <td data-title={w('memory')} class="short">{version.memory_bytes > 0 ? bytes(version.memory_bytes) : '–'}</td>
      <td data-title={w('requests')} class="short">{whole(version.requests)}{version.failures > 0 && <span class="small bad">{w('failed', { n: version.failures })}</span>}</td>
      <td data-title={`${w('latency')}, ${w('latency.of')}`} class="short">{latency ? `${micros(latency.p50)} · ${micros(latency.p95)} · ${micros(latency.p99)}` : '–'}</td>
    </tr>
  );
}

function ModelPanel({ model, changes }: { model: Model; changes: boolean }) {
  const [open, set_open] = useState(false);
  const loaded = model.versions.some((version) => version.state === 'READY'), here = model.versions.find((version) => version.version === model.default) ?? model.versions.find((version) => version.state === 'READY');
  const working = busy.value === model.name;
  const change = (verb: string) => () => void decide(model.name, `/v2/repository/models/${encodeURIComponent(model.name)}/${verb}`);
  return (
    <section class="panel model">
      <div class="panel-head">
        <h2><Shape decision={shape_of_model(model)} size={28} /><span>{model.name}</span><small class="muted">{model.platform}</small></h2>
        {changes && <button class="button" disabled={working} onClick={change(loaded ? 'unload' : 'load')}>{w(working ? 'working' : loaded ? 'unload' : 'load')}</button>}
      </div>
      <table class="table">
        <thead><tr><th>{w('version')}</th><th>{w('state')}</th><th>{w('runs_on')}</th><th>{w('memory')}</th><th>{w('requests')}</th><th>{w('latency')}<br /><span class="small">{w('latency.of')}</span></th></tr></thead>
        <tbody>{[...model.versions].reverse().map((version) => <Row key={version.version} model={model} version={version} changes={changes} />)}</tbody>
      </table>
      {here && <details onToggle={(event) => set_open(event.currentTarget.open)}><summary>{w('details')}</summary>{open && <Details key={here.version} model={model} version={here} />}</details>}
    </section>
  );
}

export function Models() {
  const now = sheet.value;
  if (!now) return <div class="skeleton line" aria-busy="true"><span /><span /><span /></div>;
  if (now.models.length === 0) return <section class="empty"><h2>{w('models.none')}</h2><p>{w('models.none.do')}</p><code>models/ducks/1/model.onnx</code></section>;
  const ready = now.models.filter((model) => model.versions.some((version) => version.state === 'READY')).length;
  return (
    <>
      <p class="lead"><b>{w('models.count', { n: now.models.length, ready })}</b> <span class="muted">{w('backends', { list: now.server.backends.join(', ') })}{now.server.grpc && ` · gRPC ${now.server.grpc}`}</span></p>
      {now.models.map((model) => <ModelPanel key={model.name} model={model} changes={now.server.changes} />)}
    </>
  );
}
