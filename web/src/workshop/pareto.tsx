// Everything that was tried: time across, right answers up, size as the area; what nothing beats stands on a line.
import { useState } from 'preact/hooks';
import { bytes, decimal, percent } from '../words/format';
import type { Search, Trial } from './types';
import { w } from './words';

const width = 720, height = 320, left = 96, right = 24, top = 16, bottom = 72;

function scale(values: number[], from: number, to: number): (v: number) => number {
  const low = Math.min(...values), high = Math.max(...values), room = (high - low || Math.abs(high) || 1) * 0.08;
  return (v) => from + ((v - low + room) / (high - low + 2 * room || 1)) * (to - from);
}
const marks = (values: number[]): number[] => {
  const low = Math.min(...values), high = Math.max(...values);
  return high > low ? [low, (low + high) / 2, high] : [low];
};

function Chart({ trials, chosen, choose }: { trials: Trial[]; chosen: number; choose: (i: number) => void }) {
  const x = scale(trials.map((t) => t.p50_ms), left, width - right), y = scale(trials.map((t) => t.accuracy), height - bottom, top);
  const largest = Math.max(...trials.map((t) => t.bytes), 1), front = trials.filter((t) => t.front).sort((a, b) => a.p50_ms - b.p50_ms);
  const line = front.map((t, i) => (i ? `H${x(t.p50_ms).toFixed(1)}V${y(t.accuracy).toFixed(1)}` : `M${x(t.p50_ms).toFixed(1)} ${y(t.accuracy).toFixed(1)}`)).join('');
  return (
    <svg class="pareto" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={w('pareto.title')}>
      {marks(trials.map((t) => t.accuracy)).map((v) => <g key={`y${v}`}><path class="grid" d={`M${left} ${y(v)}H${width - right}`} /><text x={left - 8} y={y(v) + 4} text-anchor="end">{percent(v)}</text></g>)}
      {marks(trials.map((t) => t.p50_ms)).map((v) => <text key={`x${v}`} x={x(v)} y={height - bottom + 28} text-anchor="middle">{decimal(v, 2)}</text>)}
      <text x={(left + width) / 2} y={height - 8} text-anchor="middle">{w('pareto.x')}</text>
      <path class="front" d={line} />
      {trials.map((t, i) => (
        <circle key={t.text} class={`${t.front ? 'on' : 'off'} ${i === chosen ? 'chosen' : ''}`} cx={x(t.p50_ms)} cy={y(t.accuracy)} r={4 + 10 * Math.sqrt(t.bytes / largest)}
          onMouseEnter={() => choose(i)} onClick={() => choose(i)}><title>{t.text}</title></circle>
      ))}
    </svg>
  );
}

export function Pareto({ search }: { search: Search | undefined }) {
  const [chosen, choose] = useState(-1);
  if (!search || search.trials.length === 0) return <section class="panel"><h2>{w('pareto.title')}</h2><p class="muted">{w('pareto.none')}</p></section>;
  const rows = search.trials.map((t, i) => ({ t, i })).filter(({ t }) => t.front).sort((a, b) => a.t.p50_ms - b.t.p50_ms);
  const beaten = chosen >= 0 ? search.trials[chosen] : undefined;
  return (
    <section class="panel">
      <div class="panel-head"><h2>{w('pareto.title')}</h2><small>{w('pareto.sentence', { n: search.tried, space: decimal(search.space, 0) })}</small></div>
      <progress class="for-ears" max={search.budget} value={search.tried} />
      <Chart trials={search.trials} chosen={chosen} choose={choose} />
      <table class="ways">
        <thead><tr><th>{w('pareto.way')}</th><th class="n">{w('pareto.y')}</th><th class="n">{w('pareto.x')}</th><th class="n">{w('path.bytes')}</th></tr></thead>
        <tbody>{rows.map(({ t, i }) => <tr key={t.text} class={i === chosen ? 'chosen' : ''} onMouseEnter={() => choose(i)}><td>{t.text}</td><td class="n">{percent(t.accuracy)}</td><td class="n">{decimal(t.p50_ms, 2)}</td><td class="n">{bytes(t.bytes)}</td></tr>)}</tbody>
      </table>
      <p class="muted small">{beaten && !beaten.front ? `${w('pareto.beaten')}: ${beaten.text}` : w('pareto.front')}</p>
    </section>
  );
}
