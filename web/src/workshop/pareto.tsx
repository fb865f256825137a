// Everything that was tried: time across (logarithmic), right answers up, size as the area; the line is what more time buys.
import { useEffect, useState } from 'preact/hooks';
import { bytes, decimal, percent } from '../words/format';
import type { Search } from './types';
import { w } from './words';

interface Frame { width: number; height: number; left: number; right: number; top: number; bottom: number }
const desk: Frame = { width: 720, height: 320, left: 104, right: 24, top: 28, bottom: 56 };
/** A phone's own drawing: the desk's one shrunk would put its words on top of each other. */
const phone: Frame = { width: 320, height: 280, left: 56, right: 16, top: 32, bottom: 48 };
const narrow = matchMedia('(max-width: 599px)');
function use_frame(): Frame {
  const [frame, set] = useState(narrow.matches ? phone : desk);
  useEffect(() => {
    const turn = (): void => set(narrow.matches ? phone : desk);
    narrow.addEventListener('change', turn);
    return () => narrow.removeEventListener('change', turn);
  }, []);
  return frame;
}

function scale(values: number[], from: number, to: number): (v: number) => number {
  const low = Math.min(...values), high = Math.max(...values), room = (high - low || Math.abs(high) || 1) * 0.08;
  return (v) => from + ((v - low + room) / (high - low + 2 * room || 1)) * (to - from);
}
/** Times lie far apart: a slow way must not push all quick ones into a corner. */
function log_scale(values: number[], from: number, to: number): (v: number) => number {
  const log = (v: number): number => Math.log(Math.max(v, 1e-6)), at = scale(values.map(log), from, to);
  return (v) => at(log(v));
}
const marks = (low: number, middle: number, high: number): number[] => (Math.abs(high - low) > Math.abs(low) * 1e-3 ? [low, middle, high] : [low]);
const ms = (v: number): string => decimal(v, v < 1 ? 3 : 2);

/** Below this nobody wants it, however quick: drawn on the floor of the chart, left out of the list. */
function least_wanted(search: Search): number {
  const first = search.float?.accuracy ?? Math.max(...search.trials.map((t) => t.accuracy));
  return search.trials.some((t) => t.accuracy >= first * 0.9) ? first * 0.9 : 0;
}

function Chart({ search, chosen, choose }: { search: Search; chosen: number; choose: (i: number) => void }) {
  const { width, height, left, right, top, bottom } = use_frame();
  const { trials } = search, all = search.float ? [...trials, search.float] : trials;
  const floor = least_wanted(search), wanted = all.filter((t) => t.accuracy >= floor);
  // Where all are right alike, size is what tells them apart; up is better either way.
  const flat = Math.max(...wanted.map((t) => t.accuracy)) - Math.min(...wanted.map((t) => t.accuracy)) < 0.002;
  const worth = (t: { accuracy: number; bytes: number }): number => (flat ? -t.bytes : t.accuracy), said = (v: number): string => (flat ? bytes(-v) : percent(v));
  const times = all.map((t) => t.p50_ms), rights = wanted.map(worth), ground = height - bottom, x = log_scale(times, left, width - right), inside = scale(rights, floor > 0 && wanted.length < all.length ? ground - 32 : ground, top);
  const y = (t: { accuracy: number; bytes: number }): number => (t.accuracy >= floor ? inside(worth(t)) : ground - 8);
  const slow = Math.max(...times), quick = Math.min(...times), most = Math.max(...rights), least = Math.min(...rights), largest = Math.max(...all.map((t) => t.bytes), 1);
  // What more time buys; a way on the front that stands below the line is there because it is small.
  let best = -Infinity;
  const steps = trials.filter((t) => t.front && t.accuracy >= floor).sort((a, b) => a.p50_ms - b.p50_ms).filter((t) => worth(t) > best && ((best = worth(t)), true));
  const line = steps.map((t, i) => (i ? `H${x(t.p50_ms).toFixed(1)}V${y(t).toFixed(1)}` : `M${x(t.p50_ms).toFixed(1)} ${y(t).toFixed(1)}`)).join('');
  const radius = (bytes: number): number => 3 + 8 * Math.sqrt(bytes / largest);
  return (
    <svg class="pareto" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={w('pareto.title')}>
      {marks(least, (least + most) / 2, most).map((v) => <g key={`y${v}`}><path class="grid" d={`M${left} ${inside(v)}H${width - right}`} /><text x={left - 8} y={inside(v) + 4} text-anchor="end">{said(v)}</text></g>)}
      {wanted.length < all.length && <g><path class="grid floor" d={`M${left} ${ground - 8}H${width - right}`} /><text x={left - 8} y={ground - 4} text-anchor="end">{w('pareto.below', { n: percent(floor, 0) })}</text></g>}
      <text x={0} y={12}>{w(flat ? 'path.bytes' : 'pareto.y')}</text>
      {marks(quick, Math.sqrt(quick * slow), slow).map((v) => <text key={`x${v}`} x={x(v)} y={height - bottom + 24} text-anchor="middle">{ms(v)}</text>)}
      <text x={(left + width) / 2} y={height - 8} text-anchor="middle">{w('pareto.x')}</text>
      {trials.map((t, i) => (
        <circle key={i} class={`${t.front ? 'on' : 'off'} ${i === chosen ? 'chosen' : ''}`} cx={x(t.p50_ms)} cy={y(t)} r={radius(t.bytes)}
          onMouseEnter={() => choose(i)} onClick={() => choose(i)}><title>{t.text}</title></circle>
      ))}
      <path class="front" d={line} />
      {search.float && (
        <g class="origin">
          <rect x={x(search.float.p50_ms) - radius(search.float.bytes)} y={y(search.float) - radius(search.float.bytes)} width={2 * radius(search.float.bytes)} height={2 * radius(search.float.bytes)} />
          <text x={x(search.float.p50_ms)} y={y(search.float) - 16} text-anchor="middle">{w('path.first')}</text>
        </g>
      )}
    </svg>
  );
}

export function Pareto({ search }: { search: Search | undefined }) {
  const [chosen, choose] = useState(-1);
  if (!search || search.trials.length === 0) return <section class="panel"><h2>{w('pareto.title')}</h2><p class="muted">{w('pareto.none')}</p></section>;
  const floor = least_wanted(search);
  const rows = search.trials.map((t, i) => ({ t, i })).filter(({ t }) => t.front && t.accuracy >= floor).sort((a, b) => a.t.p50_ms - b.t.p50_ms);
  const beaten = chosen >= 0 ? search.trials[chosen] : undefined;
  return (
    <section class="panel">
      <div class="panel-head"><h2>{w('pareto.title')}</h2><small>{w('pareto.sentence', { n: search.tried, space: decimal(search.space, 0) })}</small></div>
      <progress class="for-ears" max={search.budget} value={search.tried} />
      <Chart search={search} chosen={chosen} choose={choose} />
      <table class="ways">
        <thead><tr><th>{w('pareto.way')}</th><th class="n">{w('pareto.y')}</th><th class="n">{w('pareto.x')}</th><th class="n">{w('path.bytes')}</th></tr></thead>
        <tbody>{rows.map(({ t, i }) => <tr key={i} class={i === chosen ? 'chosen' : ''} onMouseEnter={() => choose(i)}><td>{t.file ? <a href={`/api/v1/optimise/files/${t.file}`} download>{t.text}</a> : t.text}{i === search.pick && <span class="pick"> {w('pareto.pick')}</span>}</td><td class="n">{percent(t.accuracy)}</td><td class="n">{ms(t.p50_ms)}</td><td class="n">{bytes(t.bytes)}</td></tr>)}</tbody>
      </table>
      <p class="muted small">{beaten && !beaten.front ? `${w('pareto.beaten')}: ${beaten.text}` : w('pareto.front')}</p>
    </section>
  );
}
