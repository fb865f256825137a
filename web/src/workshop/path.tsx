// The stages as a path: what each gave and took, against the network as it came.
import { bytes, decimal, percent } from '../words/format';
import type { Stage } from './types';
import { w } from './words';

type Judged = { text: string; good?: boolean };
const same: Judged = { text: '' };

/** Times and sizes: less is better. */
function less(now: number, first: number, faster: boolean): Judged {
  const ratio = first / now;
  if (Math.abs(ratio - 1) < 0.05) return { text: w('path.same') };
  if (faster) return ratio > 1 ? { text: w('factor.faster', { n: decimal(ratio, 1) }), good: true } : { text: w('factor.slower', { n: decimal(1 / ratio, 1) }), good: false };
  return ratio > 1 ? { text: w('factor.less', { n: percent(1 - now / first, 0) }), good: true } : { text: w('factor.more', { n: percent(now / first - 1, 0) }), good: false };
}
function points(now: number, first: number): Judged {
  const gain = (now - first) * 100;
  if (Math.abs(gain) < 0.05) return { text: w('path.same') };
  return gain > 0 ? { text: w('points.more', { n: decimal(gain) }), good: true } : { text: w('points.less', { n: decimal(-gain) }), good: false };
}

function Figure({ name, value, judged }: { name: string; value: string | undefined; judged: Judged }) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>{value ?? <span class="unknown">{w('path.unknown')}</span>}
        {value && judged.text && <small class={judged.good === undefined ? '' : judged.good ? 'gain' : 'loss'}>{judged.text}</small>}</dd>
    </div>
  );
}

function Step({ stage, first, number }: { stage: Stage; first: Stage; number: number }) {
  const compared = number > 1, against = (key: 'accuracy' | 'bytes' | 'p50_ms' | 'memory', judge: (now: number, then: number) => Judged) =>
    compared && stage[key] !== undefined && first[key] ? judge(stage[key], first[key]) : same;
  return (
    <li class="step">
      <span class="step-number" aria-hidden="true">{number}</span>
      <h3>{stage.name}</h3>
      <p class="muted small">{stage.what}</p>
      <dl>
        <Figure name={w('path.accuracy')} value={stage.accuracy === undefined ? undefined : percent(stage.accuracy)} judged={against('accuracy', points)} />
        <Figure name={w('path.time')} value={stage.p50_ms === undefined ? undefined : `${decimal(stage.p50_ms, 2)} ms`} judged={against('p50_ms', (a, b) => less(a, b, true))} />
        <Figure name={w('path.bytes')} value={stage.bytes === undefined ? undefined : bytes(stage.bytes)} judged={against('bytes', (a, b) => less(a, b, false))} />
        <Figure name={w('path.memory')} value={stage.memory === undefined ? undefined : bytes(stage.memory)} judged={against('memory', (a, b) => less(a, b, false))} />
      </dl>
    </li>
  );
}

export function Path({ stages, next }: { stages: Stage[]; next: string }) {
  const first = stages[0];
  return (
    <section class="panel">
      <h2>{w('path.title')}</h2>
      <ol class="path">
        {first && stages.map((stage, i) => <Step key={`${stage.name}${i}`} stage={stage} first={first} number={i + 1} />)}
        {next && <li class="step to-come"><span class="step-number" aria-hidden="true">…</span><h3>{w('path.next')}</h3><p class="muted small" role="status">{next}</p></li>}
      </ol>
    </section>
  );
}
