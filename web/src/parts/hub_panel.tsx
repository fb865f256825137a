// The hub that looks after this station, and what it has brought: what serves, what comes, what was refused and why.
import type { Fleet, FleetUnit } from '../state/types';
import { bytes } from '../words/format';
import { t, word } from '../words/words';
import { StateShape } from './shape';

const shapes: Record<string, string> = { healthy: 'ok', failed: 'failed', rolled_back: 'warning' };

function Slots({ unit }: { unit: FleetUnit }) {
  const { current, last_good: before, new: next } = unit.slots;
  return (
    <span class="muted">
      {current ? t('hub.serves', { version: current.version || current.package.slice(7, 15) }) : t('hub.serves_own')}
      {next && ` · ${t('hub.comes', { version: next.version || next.package.slice(7, 15) })}`}
      {before && ` · ${t('hub.before', { version: before.version || before.package.slice(7, 15) })}`}
      {unit.progress && unit.progress.of > 0 && ` · ${t('hub.received', { bytes: bytes(unit.progress.bytes), of: bytes(unit.progress.of) })}`}
      {unit.bad.length > 0 && ` · ${t('hub.refused', { n: unit.bad.length })}`}
    </span>
  );
}

export function HubPanel({ fleet }: { fleet: Fleet }) {
  return (
    <section class="panel wide hub">
      <h2>{t('hub.title')}</h2>
      <ul class="rows">
        <li class={fleet.connected ? 'ok' : 'off'}>
          <StateShape state={fleet.connected ? 'connected' : 'off'} size={22} />
          <div>
            <b>{fleet.hub}</b>{fleet.device && <> <small class="kind">{fleet.device}</small></>}
            <span class="muted">{fleet.connected ? t('hub.connected') : t('hub.away')}</span>
            {fleet.trouble && <span class="muted">{fleet.trouble}</span>}
          </div>
        </li>
        {fleet.units.map((unit) => (
          <li key={unit.kind + unit.name} class={shapes[unit.state] ?? 'waiting'}>
            <StateShape state={shapes[unit.state] ?? 'waiting'} size={22} />
            <div>
              <b>{unit.kind === 'configuration' ? t('hub.configuration') : unit.kind === 'deployment' ? t('hub.deployment') : unit.name}</b> <small class="kind">{word(`hub.state.${unit.state}`, unit.state)}</small>
              <Slots unit={unit} />
              {unit.error && <span class="cause">{unit.error.message}</span>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
