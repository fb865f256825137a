// The window as it was judged: the score, then each sensor with its part in the score, all on one time axis. The judged
// rows are shaded, a gap is a gap, hover reads all, drag zooms all, double-click shows everything again.
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { sensor_token, token } from '../state/colours';
import { drawing_of, greatest_share, type Drawing } from '../state/evidence';
import type { Manifest, Window } from '../state/orders_types';
import { language, theme } from '../state/preferences';
import { axis_label, axis_number, limit, percent, reading } from '../words/format';
import { sensor_name } from '../words/machines';
import { o } from '../words/orders';

const axis_width = 52, row_height = 76, axis_height = 24;
type Row = { name: string; colour: string; times: number[]; values: (number | null)[]; threshold?: number };

function shade(chart: uPlot, { judged_from, judged_to }: Drawing, named: boolean): void {
  const { ctx, bbox } = chart, ratio = devicePixelRatio;
  const left = Math.max(bbox.left, chart.valToPos(judged_from, 'x', true)), right = Math.min(bbox.left + bbox.width, chart.valToPos(judged_to, 'x', true));
  if (right <= left) return;
  ctx.save();
  ctx.fillStyle = `${token('--ko')}1c`;
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
  if (named && right - left > 90 * ratio) {
    ctx.font = `${12 * ratio}px system-ui, sans-serif`;
    ctx.fillStyle = token('--ko');
    ctx.textBaseline = 'bottom'; // the score and its threshold are above
    ctx.textAlign = 'right';
    ctx.fillText(o('evidence.judged'), right - 6 * ratio, bbox.top + bbox.height - 3 * ratio);
  }
  ctx.restore();
}

function draw_limit(chart: uPlot, value: number): void {
  const { ctx, bbox } = chart, ratio = devicePixelRatio, y = Math.round(chart.valToPos(value, 'y', true)), said = o('evidence.threshold', { value: limit(value) });
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = token('--ko');
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([6 * ratio, 4 * ratio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.font = `500 ${12 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = 'bottom';
  ctx.textAlign = 'left';
  ctx.fillText(said, bbox.left + 6 * ratio, y - 3 * ratio);
  ctx.restore();
}

function options_of(row: Row, drawing: Drawing, width: number, last: boolean, span: () => [number, number], hover: (at: number | null) => void): uPlot.Options {
  const used = row.values.filter((v): v is number => v !== null), low = row.threshold === undefined ? Math.min(...used) : 0, high = Math.max(...used, row.threshold ?? -Infinity), room = (high - low || Math.abs(high) || 1) * 0.14;
  return {
    width, height: row_height + (last ? axis_height : 0), padding: [6, 8, last ? 0 : 6, 0], legend: { show: false },
    cursor: { sync: { key: 'evidence', setSeries: false, scales: ['x', null] }, y: false, drag: { x: true, y: false, setScale: true }, points: { size: 7 } },
    scales: { x: { time: true, range: (_, from, to) => (from == null || to == null || from === to ? span() : [from, to]) }, y: { range: [low - (row.threshold === undefined ? room : 0), high + room] } },
    axes: [
      { show: true, size: last ? axis_height : 0, stroke: () => token('--muted'), font: '12px system-ui, sans-serif', gap: 4, space: 80, ticks: { show: false }, grid: { stroke: () => token('--line'), width: 1 }, values: (chart, at, _axis, _space, step) => at.map((s) => { const x = chart.valToPos(s, 'x'); return last && x > 24 && x < chart.bbox.width / devicePixelRatio - 24 ? axis_label(s * 1000, step) : ''; }) },
      { size: axis_width, stroke: () => token('--muted'), font: '12px system-ui, sans-serif', space: 24, gap: 6, ticks: { show: false }, grid: { stroke: () => token('--line'), width: 1 }, values: (_, at, _axis, _space, step) => at.map((v) => axis_number(v, step)) },
    ],
    series: [{}, { stroke: () => token(row.colour), width: 1.75, spanGaps: false, points: { show: false } }],
    hooks: {
      drawClear: [(chart) => shade(chart, drawing, row.threshold !== undefined)], draw: row.threshold === undefined ? [] : [(chart) => draw_limit(chart, row.threshold!)],
      setCursor: [(chart) => hover(chart.cursor.idx == null || (chart.cursor.left ?? -1) < 0 ? null : chart.posToVal(chart.cursor.left!, 'x'))],
    },
  };
}

function Plot({ row, drawing, last, span, hover }: { row: Row; drawing: Drawing; last: boolean; span: [number, number]; hover: (at: number | null) => void }) {
  const box = useRef<HTMLDivElement>(null), kept = useRef<uPlot | null>(null);
  useEffect(() => {
    const node = box.current!, chart = new uPlot(options_of(row, drawing, Math.max(120, node.clientWidth), last, () => span, hover), [row.times, row.values], node);
    kept.current = chart;
    const watch = new ResizeObserver(([entry]) => chart.setSize({ width: Math.max(120, Math.floor(entry!.contentRect.width)), height: row_height + (last ? axis_height : 0) }));
    watch.observe(node);
    const scheme = matchMedia('(prefers-color-scheme: dark)'), redraw = () => chart.redraw();
    scheme.addEventListener('change', redraw);
    addEventListener('oree-print', redraw);
    return () => {
      scheme.removeEventListener('change', redraw);
      removeEventListener('oree-print', redraw);
      watch.disconnect();
      chart.destroy();
    };
  }, [row, drawing, last]);
  useEffect(() => kept.current?.redraw(), [theme.value, language.value]);
  return <div ref={box} class="evidence-plot" style={{ height: row_height + (last ? axis_height : 0) }} />;
}

function nearest({ times, values }: Row, at: number): number | null {
  let best = -1;
  for (let i = 0; i < times.length; i++) if (best < 0 || Math.abs(times[i]! - at) < Math.abs(times[best]! - at)) best = i;
  return values[best] ?? null;
}

const newest = ({ values }: Row): number | null => values.filter((v) => v !== null).at(-1) ?? null;

function rows_of(drawing: Drawing, manifest: Manifest, threshold: number): Row[] {
  const [from, to] = [drawing.times[0] ?? 0, drawing.judged_to], scores = manifest.scores.filter(([ms]) => ms / 1000 >= from && ms / 1000 <= to + 1);
  const sensors = drawing.sensors.map(({ name, values }): Row => ({ name, colour: sensor_token(name), times: drawing.times, values }));
  return scores.length > 1 ? [{ name: '', colour: '--accent', times: scores.map(([ms]) => ms / 1000), values: scores.map(([, s]) => s), threshold }, ...sensors] : sensors;
}

export function EvidenceChart({ window: read, manifest }: { window: Window; manifest: Manifest }) {
  const [made] = useState(() => { const drawing = drawing_of(read); return { drawing, rows: rows_of(drawing, manifest, read.threshold) }; });
  const [at, set_at] = useState<number | null>(null), { drawing, rows } = made, most = greatest_share(read.contributions);
  const span: [number, number] = [drawing.times[0] ?? 0, drawing.judged_to];
  return (
    <div class="evidence-chart">
      <ul aria-label={o('evidence.share')}>
        {rows.map((row, i) => {
          const share = drawing.sensors.find((s) => s.name === row.name)?.share, shown = at === null ? newest(row) : nearest(row, at);
          return (
            <li key={row.name} class={row.name ? '' : 'score-row'}>
              <div class="evidence-name">
                <h3 title={row.name}>{row.name ? sensor_name(row.name) : o('evidence.score')}</h3>
                <b class={`evidence-value${at === null ? '' : ' pointed'}`}>{shown === null ? '–' : reading(shown)}</b>
                {share !== undefined && <p class="evidence-share"><span class="share-bar" aria-hidden="true"><span style={{ width: `${(Math.max(0, share) / most) * 100}%`, background: `var(${sensor_token(row.name)})` }} /></span><b>{percent(share, 0)}</b></p>}
              </div>
              <Plot row={row} drawing={drawing} last={i === rows.length - 1} span={span} hover={set_at} />
            </li>
          );
        })}
      </ul>
      <p class="muted small evidence-hint desk-only">{o('evidence.hint')}</p>
    </div>
  );
}
