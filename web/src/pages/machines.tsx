// Machines: one card each, in a steady order; chips narrow the view to a state, and the address keeps the choice.
import { useEffect } from 'preact/hooks';
import { ApiError } from '../state/api';
import { useLoad } from '../state/load';
import { query } from '../state/router';
import { connection } from '../state/stream';
import { live_of, load_machines, machines, newest_anomaly, strangers } from '../state/telemetry';
import type { Machine, MachineState } from '../state/telemetry_types';
import { whole } from '../words/format';
import { t } from '../words/words';
import { MachineCard } from '../parts/machine_card';
import { StateShape } from '../parts/shape';
import { CopyButton, Empty, ErrorCard, Skeleton } from '../parts/states';
import { NoTelemetry } from '../parts/no_telemetry';

const states: MachineState[] = ['anomaly', 'warning', 'learning', 'stale', 'normal'];
const state_now = (machine: Machine): MachineState => live_of(machine.name).value?.state ?? machine.state;

function StateChips({ all, chosen }: { all: Machine[]; chosen: string | null }) {
  const count = (state: MachineState) => all.filter((m) => state_now(m) === state).length;
  return (
    <nav class="chips state-chips" aria-label={t('machines.states')}>
      <a class="chip" href="/machines" aria-current={chosen === null ? 'true' : undefined}>{t('machines.all')}<small>{whole(all.length)}</small></a>
      {states.filter((state) => count(state) > 0 || state === chosen).map((state) => (
        <a key={state} class="chip" href={`/machines?state=${state}`} aria-current={chosen === state ? 'true' : undefined}><StateShape state={state} size={18} />{t(`machine.${state}`)}<small>{whole(count(state))}</small></a>
      ))}
    </nav>
  );
}

const demo = 'oree demo robot';

export function Machines() {
  const { error, again } = useLoad(`machines ${strangers.value} ${newest_anomaly.value?.id ?? ''}`, load_machines, 10000);
  useEffect(() => {
    document.title = `${t('machines.title')} – Orée`;
  });
  const all = machines.value, chosen = query.value.get('state');
  if (error instanceof ApiError && error.status === 404) return <NoTelemetry />;
  if (!all) return error !== undefined ? <ErrorCard error={error} again={again} /> : <div><h1 class="for-ears">{t('machines.title')}</h1><Skeleton kind="card" count={4} /></div>;
  if (all.length === 0) {
    return (
      <Empty title={t('machines.empty')} next={t('machines.empty.next')}>
        <p class="how"><code>machines/<i>{t('machines.empty.name')}</i>/<i>{t('machines.empty.sensor')}</i></code></p>
        <p class="how"><code>{demo}</code><CopyButton text={() => demo} label={t('item.copy')} quiet /></p>
      </Empty>
    );
  }
  const shown = chosen ? all.filter((m) => state_now(m) === chosen) : all;
  return (
    <div class={`machines${connection.value === 'lost' ? ' old' : ''}`}>
      <header class="page-head"><h1>{t('machines.title')}</h1><StateChips all={all} chosen={chosen} /></header>
      {shown.length === 0 && <p class="none-yet">{t('machines.none_so')} <a class="button" href="/machines">{t('machines.show_all')}</a></p>}
      <ul class="machine-cards">{shown.map((machine) => <MachineCard key={machine.name} read={machine} />)}</ul>
    </div>
  );
}
