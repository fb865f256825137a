// Where the time of one part went, as one bar: stages in order, each with its share, and what no stage accounts for.
import type { Item } from '../state/types';
import { micros } from '../words/format';
import { t, word } from '../words/words';

export interface Stage { name: string; us: number }

/** Capture and decode, then each step's stages added up by name, then store, then the rest up to the total. */
export function stages_of(item: Item): Stage[] {
  const summed = new Map<string, number>();
  const add = (name: string, us: number | undefined) => {
    if (us !== undefined && us > 0) summed.set(name, (summed.get(name) ?? 0) + us);
  };
  add('capture', item.timings_us['capture']);
  add('decode', item.timings_us['decode']);
  for (const step of item.steps) for (const [name, us] of Object.entries(step.timings_us)) add(name === 'decode' ? 'predict' : name, us);
  for (const [name, us] of Object.entries(item.timings_us)) if (!['capture', 'decode', 'total'].includes(name)) add(name, us);
  const known = [...summed.values()].reduce((a, b) => a + b, 0);
  add('other', (item.timings_us['total'] ?? 0) - known);
  return [...summed].map(([name, us]) => ({ name, us }));
}

export function Timings({ item }: { item: Item }) {
  const stages = stages_of(item);
  const total = item.timings_us['total'];
  if (stages.length === 0) return null;
  return (
    <section class="panel">
      <h2>{t('item.timings')} {total !== undefined && <small>{t('stage.total', { time: micros(total) })}</small>}</h2>
      <div class="stages" aria-hidden="true">{stages.map((s) => <span key={s.name} class={`stage-${s.name}`} style={{ flexGrow: s.us }} title={`${word(`stage.${s.name}`, s.name)} ${micros(s.us)}`} />)}</div>
      <ul class="stage-list">
        {stages.map((s) => <li key={s.name}><i class={`swatch stage-${s.name}`} />{word(`stage.${s.name}`, s.name)} <b>{micros(s.us)}</b></li>)}
      </ul>
    </section>
  );
}
