// The stacked charts of one machine: score first, then every sensor, each with its name, value and unit beside it.
import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { score_key, type Board } from '../state/board';
import { sensor_token } from '../state/colours';
import { live_of } from '../state/telemetry';
import type { Detector } from '../state/telemetry_types';
import { limit, reading } from '../words/format';
import { sensor_name } from '../words/machines';
import { t } from '../words/words';
import { TimeAxis } from './time_axis';
import { Track } from './track';

/** Undefined: nothing is pointed at, the newest value stands. */
type Pointed = number | null | undefined;

function Value({ pointed, last, unit }: { pointed: { value: Pointed }; last: () => number | null; unit: string }) {
  const at = pointed.value, shown = at === undefined ? last() : at;
  return <p class={`track-value${at === undefined ? '' : ' pointed'}`}><b>{shown === null ? '–' : reading(shown)}</b> <small>{unit}</small></p>;
}

interface RowProps { board: Board; name: string; machine: string; unit: string; last: number | null; height: number }

function SensorRow({ board, name, machine, unit, last, height }: RowProps) {
  const pointed = useMemo(() => signal<Pointed>(undefined), []);
  return (
    <section class="track">
      <div class="track-name"><h3 class="cut" title={name}><i class="swatch" style={{ background: `var(${sensor_token(name)})` }} />{sensor_name(name)}</h3>
        <Value pointed={pointed} unit={unit} last={() => live_of(machine).value?.values[name] ?? last} /></div>
      <Track board={board} name={name} label={sensor_name(name)} height={height} colour={sensor_token(name)} history={name} column={name}
        ring={() => board.watch?.ring ?? null} hover={(value) => { pointed.value = value; }} />
    </section>
  );
}

function ScoreRow({ board, machine, detector, height }: { board: Board; machine: string; detector: Detector; height: number }) {
  const pointed = useMemo(() => signal<Pointed>(undefined), []);
  return (
    <section class="track track-score">
      <div class="track-name"><h3 class="cut" title={detector.model}>{t('machines.score')}</h3>
        <Value pointed={pointed} unit={t('machines.threshold', { value: limit(detector.threshold) })} last={() => live_of(machine).value?.score ?? detector.score} />
        <small class="cut model-name" title={detector.model}>{detector.model}</small></div>
      <Track board={board} name={score_key} label={t('machines.score')} height={height} colour="--accent" history={score_key} column="score" threshold
        ring={() => board.watch?.score ?? null} hover={(value) => { pointed.value = value; }} />
    </section>
  );
}

export interface TracksProps { board: Board; machine: string; detector: Detector | null; sensors: { name: string; unit: string; last: number | null }[]; quiet: boolean }

export function Tracks({ board, machine, detector, sensors, quiet }: TracksProps) {
  const height = sensors.length > 8 ? 72 : 104;
  return (
    <div class={`tracks${quiet ? ' quiet' : ''}`}>
      <div class="axis-row"><span class="desk-only" /><TimeAxis board={board} /></div>
      {detector && <ScoreRow {...{ board, machine, detector }} height={136} />}
      {sensors.map((sensor) => <SensorRow key={sensor.name} {...{ board, machine, height, ...sensor }} />)}
      <p class="muted small tracks-hint desk-only">{t('zoom.hint')}</p>
    </div>
  );
}
