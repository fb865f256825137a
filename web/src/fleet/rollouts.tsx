// Roll-outs: waves as bars that fill, how many stations had the version, and the button that stops it.
import { useRef } from 'preact/hooks';
import { Shape, type ShapeName } from '../parts/shape';
import { duration, percent } from '../words/format';
import { decide, heard, opened, rollouts } from './state';
import type { Gate, Rollout, RolloutDetail, Status, Wave } from './types';
import { fleet_word, w } from './words';

const shapes: Record<Status, ShapeName> = { running: 'WAITING', paused: 'NO_DECISION', aborting: 'WARNING', aborted: 'KO', done: 'OK' };
const verdicts: Record<Gate['verdict'], ShapeName> = { no_worse: 'OK', worse: 'KO', undecided: 'WAITING' };
/** "ducks 3", "Configuration line 2". */
const what = (rollout: Rollout): string => `${rollout.kind === 'model' ? '' : `${w(`rollout.${rollout.kind}`)} `}${rollout.model} ${rollout.version}`;
/** How many stations a wave has, or will have: what it took, else what its plan says of the fleet. */
export function wave_size(wave: Wave, fleet: number): number {
  return wave.stations || wave.count || Math.ceil((wave.percent / 100) * fleet);
}

/** What became of a wave: of a roll-out that was stopped none is under way or to come any more. */
export function wave_word(wave: Wave, aborted: boolean) {
  if (aborted && wave.state !== 'done') return wave.state === 'running' ? ('wave.stopped' as const) : ('wave.never' as const);
  return `wave.${wave.state}` as const;
}

function WaveBar({ wave, fleet, aborted }: { wave: Wave; fleet: number; aborted: boolean }) {
  const size = Math.max(1, wave_size(wave, fleet)), share = (n: number) => `${Math.min(100, (100 * n) / size)}%`;
  const words = [wave.healthy > 0 && w('wave.healthy', { n: wave.healthy }), wave.failed > 0 && w('wave.failed', { n: wave.failed })].filter(Boolean).join(', ');
  const state = w(wave_word(wave, aborted));
  return (
    <li class={`wave ${wave.state}`} style={{ flexGrow: size }}>
      <div class="wave-bar" role="img" aria-label={`${wave.name}: ${words || state}`}><span class="healthy" style={{ width: share(wave.healthy) }} /><span class="failed" style={{ width: share(wave.failed) }} /></div>
      <b>{wave.name}</b> <span class="muted">{wave.state === 'waiting' ? state : `${state} · ${w('wave.count', { n: wave.stations })}`}</span>
      {words && <p class="small">{words}</p>}
    </li>
  );
}

function Stop({ rollout }: { rollout: Rollout }) {
  const question = useRef<HTMLDialogElement>(null);
  const stop = () => {
    question.current?.close();
    void decide(`/api/v1/rollouts/${rollout.id}/abort`);
  };
  return (
    <>
      <button class="button stop" onClick={() => question.current?.showModal()}>{w('stop')}</button>
      <dialog class="question" ref={question}>
        <h2>{w('stop.title', { what: what(rollout) })}</h2><p class="muted">{w('stop.text')}</p>
        <div class="row end"><button class="button" autofocus onClick={() => question.current?.close()}>{w('back')}</button><button class="button stop" onClick={stop}>{w('stop')}</button></div>
      </dialog>
    </>
  );
}

function Buttons({ rollout }: { rollout: Rollout }) {
  const path = `/api/v1/rollouts/${rollout.id}`;
  return (
    <div class="row">
      {rollout.state === 'running' && <button class="button" onClick={() => void decide(`${path}/pause`)}>{w('pause')}</button>}
      {rollout.state === 'paused' && <button class="button" onClick={() => void decide(`${path}/resume`)}>{w('resume')}</button>}
      {(rollout.state === 'running' || rollout.state === 'paused') && <Stop rollout={rollout} />}
    </div>
  );
}

function Detail({ rollout }: { rollout: RolloutDetail }) {
  return (
    <div class="detail">
      {rollout.gates.length > 0 && <h3>{w('gates')}</h3>}
      <ul class="gate-list">{rollout.gates.map((gate) => <li key={gate.hardware + gate.gate}><Shape decision={verdicts[gate.verdict]} size={20} /><span>{gate.text} <small>{gate.hardware || w('all')} · {w(gate.verdict)}</small></span></li>)}</ul>
      <ul class="station-list">{rollout.by_station.map((one) => <li key={one.id} class={one.state}><b>{one.id}</b> <span class="muted">{fleet_word(`state.${one.state}`, one.state)}{one.why ? ` – ${one.why}` : ""}</span></li>)}</ul>
    </div>
  );
}

function Card({ rollout }: { rollout: Rollout }) {
  const { fleet, exposed } = rollout.stations, open = opened.value?.id === rollout.id ? opened.value : undefined;
  const age = Math.max(0, (heard.value - rollout.created) / 1000);
  return (
    <section class={`panel rollout ${rollout.state}`}>
      <div class="panel-head">
        <h2><Shape decision={shapes[rollout.state]} size={28} />{what(rollout)} <small>{w(`status.${rollout.state}`)}</small></h2>
        <Buttons rollout={rollout} />
      </div>
      {rollout.reason && <p class="reason">{rollout.reason}</p>}
      <ol class="waves">{rollout.waves.map((wave) => <WaveBar key={wave.name} wave={wave} fleet={fleet} aborted={rollout.state === 'aborted' || rollout.state === 'aborting'} />)}</ol>
      <p class="radius"><b>{w('rollout.radius', { n: exposed, all: fleet, share: percent(fleet ? exposed / fleet : 0) })}</b></p>
      <p class="small muted">{rollout.id} · {w('rollout.by', { who: rollout.created_by, time: duration(age) })} · <a class="link" href={open ? '#rollouts' : `#rollouts/${rollout.id}`} aria-expanded={!!open}>{w('details')}</a></p>
      {open && <Detail rollout={open} />}
    </section>
  );
}

export function Rollouts() {
  const all = rollouts.value;
  if (!all) return <div class="skeleton card" aria-busy="true"><span /><span /></div>;
  if (all.length === 0) return <section class="empty"><h2>{w('rollout.none')}</h2><p>{w('rollout.none.do')}</p><code>oree fleet publish models/ducks/3 && oree rollout start ducks 3</code></section>;
  return <>{all.map((rollout) => <Card key={rollout.id} rollout={rollout} />)}</>;
}
