// One machine in a card: its state in shape, word and colour, its score against the threshold, its last readings.
import { now } from '../state/clock';
import { sensor_token } from '../state/colours';
import { maintenance } from '../state/maintenance';
import { live_of, with_event } from '../state/telemetry';
import type { Machine, Sensor } from '../state/telemetry_types';
import { ago, limit, reading } from '../words/format';
import { sensor_name } from '../words/machines';
import { t } from '../words/words';
import { Icon } from './icon';
import { ScoreLine } from './score_line';
import { StateShape } from './shape';
import { ToMachineOrder } from './to_order';

const shown_sensors = 4;

export const LastSeen = ({ time }: { time: number | null }) => <>{time === null ? t('machines.never') : t('machines.seen', { ago: ago(time, now.value) })}</>;

function Reading({ sensor }: { sensor: Sensor }) {
  return (
    <li>
      <i class="swatch" style={{ background: `var(${sensor_token(sensor.name)})` }} /><span class="cut" title={sensor.name}>{sensor_name(sensor.name)}</span>
      <b>{sensor.last === null ? '–' : reading(sensor.last)}<small>{sensor.unit}</small></b>
    </li>
  );
}

export function MachineCard({ read }: { read: Machine }) {
  const machine = with_event(read, live_of(read.name).value), { name, state, detector, sensors } = machine;
  const rest = sensors.length - shown_sensors;
  return (
    <li class={maintenance.value ? 'with-order' : ''}>
      <a class={`machine-card state-${state}`} href={`/machines/${encodeURIComponent(name)}`}>
        <h2><span class="cut" title={name}>{name}</span>
          {machine.alerts > 0 && <span class="alert-count" title={t('machines.alerts', { n: machine.alerts })}><Icon name="alerts" size={18} />{machine.alerts}</span>}</h2>
        <p class="machine-state"><StateShape state={state} size={28} />{t(`machine.${state}`)}</p>
        {detector
          ? <>
            <p class="score-words"><span class="cut">{t('machines.score')} <b>{detector.score === null ? '–' : reading(detector.score)}</b></span><small>{t('machines.threshold', { value: limit(detector.threshold) })}</small></p>
            <ScoreLine detector={detector} name={name} />
          </>
          : <p class="score-line none muted small">{t('machines.no_detector')}</p>}
        <ul class="readings">{sensors.slice(0, shown_sensors).map((sensor) => <Reading key={sensor.name} sensor={sensor} />)}</ul>
        <p class="card-foot"><span><LastSeen time={machine.last_seen} /></span>{rest > 0 && <span>{t('machines.more_sensors', { n: rest })}</span>}</p>
      </a>
      {maintenance.value && <div class="card-order-slot"><ToMachineOrder machine={name} /></div>}
    </li>
  );
}
