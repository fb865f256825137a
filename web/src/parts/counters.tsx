// How many parts were good, refused, undecided — in words, with the share of each as a bar.
import { now } from '../state/clock';
import type { Decision, Totals } from '../state/types';
import { percent, since, whole } from '../words/format';
import { t, type Key } from '../words/words';
import { Shape } from './shape';

export function Counters({ totals, refused_in_hour }: { totals: Totals | null; refused_in_hour: number | null }) {
  if (!totals) return <section class="counters" aria-busy="true" />;
  const rows: [Decision, number, string][] = [['OK', totals.ok, 'ok'], ['KO', totals.ko, 'ko'], ['NO_DECISION', totals.no_decision, 'no_decision']];
  const all = Math.max(1, totals.ok + totals.ko + totals.no_decision);
  return (
    <section class="counters">
      <h2 class="small-title">{t('counts.title', { n: totals.items, since: since(totals.since, now.value) })}</h2>
      <ul>
        {rows.map(([decision, n, name]) => (
          <li key={name}>
            <a href={`/history?decision=${decision}`}><Shape decision={decision} size={18} /><b>{whole(n)}</b> <span class="cut">{t(`counts.${name}` as Key, { n })}</span><small>{percent(n / all)}</small></a>
          </li>
        ))}
      </ul>
      <div class="shares" aria-hidden="true">{rows.map(([decision, n]) => n > 0 && <span key={decision} class={decision} style={{ flexGrow: n / all }} />)}</div>
      <p class="muted small">{refused_in_hour === null ? '\u00a0' : t('counts.hour', { n: refused_in_hour })}</p>
    </section>
  );
}
