// The judged window on a phone: the score against its threshold, then each sensor that had a part in it, on one time
// axis. Lines are plain SVG, words are HTML, so that both stay sharp at any width. A gap is a gap.
import { drawing_of, greatest_share, type Drawing } from '../state/evidence';
import type { Manifest, Window } from '../state/orders_types';
import { sensor_token } from '../state/colours';
import { clock, limit, percent, reading } from '../words/format';
import { sensor_name } from '../words/sensors';
import { o } from '../words/orders';
import { s } from '../words/technician';

const wide = 1000, high = 100;
export interface Point { at: number; value: number | null }

/** A path through the points, broken where one is missing; `from`…`to` fill the width, `low`…`top` the height. */
export function path_of(points: Point[], from: number, to: number, low: number, top: number): string {
  let pen = 'M', out = '';
  for (const { at, value } of points) {
    if (value === null) pen = 'M';
    else {
      out += `${pen}${(((at - from) / (to - from || 1)) * wide).toFixed(1)} ${(high - ((value - low) / (top - low || 1)) * high).toFixed(1)}`;
      pen = 'L';
    }
  }
  return out;
}

function Row({ points, drawing, ink, threshold }: { points: Point[]; drawing: Drawing; ink: string; threshold?: number }) {
  const [from, to] = [drawing.times[0]!, drawing.judged_to], used = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const low = threshold === undefined ? Math.min(...used) : 0, top = Math.max(...used, threshold ?? -Infinity), room = (top - low || Math.abs(top) || 1) * 0.08;
  const y = (value: number) => high - ((value - low + (threshold === undefined ? room : 0)) / (top + room - low + (threshold === undefined ? room : 0))) * high, judged = ((drawing.judged_from - from) / (to - from || 1)) * wide;
  return (
    <div class="plot">
      <svg viewBox={`0 0 ${wide} ${high}`} preserveAspectRatio="none" aria-hidden="true">
        <rect class="judged" x={judged} y="0" width={wide - judged} height={high} />
        {threshold !== undefined && <path class="threshold" d={`M0 ${y(threshold)}H${wide}`} />}
        <path class="line" d={path_of(points, from, to, low - (threshold === undefined ? room : 0), top + room)} style={{ stroke: ink }} />
      </svg>
      {threshold !== undefined && <span class="threshold-word" style={{ top: `${y(threshold)}%` }}>{o('evidence.threshold', { value: limit(threshold) })}</span>}
    </div>
  );
}

export function Chart({ window, manifest }: { window: Window; manifest: Manifest }) {
  const drawing = drawing_of(window), most = greatest_share(window.contributions), [from, to] = [drawing.times[0]!, drawing.judged_to];
  const scores = manifest.scores.map(([ms, value]): Point => ({ at: ms / 1000, value })).filter(({ at }) => at >= from && at <= to);
  return (
    <figure class="chart">
      <ul>
        <li>
          <p class="plot-name"><b>{s('chart.score')}</b><span>{reading(window.score)}</span></p>
          {scores.length > 1 && <Row points={scores} drawing={drawing} ink="var(--text)" threshold={window.threshold} />}
        </li>
        {drawing.sensors.map(({ name, share, values }) => (
          <li key={name}>
            <p class="plot-name"><b>{sensor_name(name)}</b><span>{reading(values.filter((value) => value !== null).at(-1) ?? 0)}</span></p>
            <p class="plot-share"><i aria-hidden="true"><i style={{ width: `${(Math.max(0, share) / most) * 100}%`, background: `var(${sensor_token(name)})` }} /></i>{s('chart.share', { share: percent(share, 0) })}</p>
            <Row points={values.map((value, i) => ({ at: drawing.times[i]!, value }))} drawing={drawing} ink={`var(${sensor_token(name)})`} />
          </li>
        ))}
      </ul>
      <figcaption><span>{clock(from * 1000)}</span><span class="judged-word">{o('evidence.judged')}</span><span>{clock(to * 1000)}</span></figcaption>
    </figure>
  );
}
