// A small chart beside a number: last hour by the minute, its mean as a labelled dashed line, gaps as gaps. Hover
// reads all charts at once, drag zooms, double-click shows the whole hour again.
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { token } from '../state/colours';
import { language, theme } from '../state/preferences';
import { hour_minute } from '../words/format';
import { t } from '../words/words';

type Column = (number | null)[];
export interface SparkProps {
  title: string; value: string; beside: string; times: number[]; columns: Column[]; reference: number | null; reference_text: string;
  /** How one hovered point reads, for all columns. */
  read: (values: (number | null)[]) => string;
  /** What else is said of a hovered point. */
  aside?: (values: (number | null)[]) => string;
  loading: boolean;
  range?: (low: number, high: number) => [number, number];
  /** What stands in place of an empty chart, and how a hovered moment is written; otherwise Live's words. */
  empty_text?: string;
  moment?: (ms: number) => string;
}

const height = 88;

/** Draws the dashed reference line, named beside the title; `live` holds the newest props. */
function draw_reference(chart: uPlot, live: { current: SparkProps }) {
  const { reference } = live.current;
  const { ctx, bbox } = chart;
  if (reference === null) return;
  const y = Math.round(chart.valToPos(reference, 'y', true));
  if (!Number.isFinite(y) || y < bbox.top || y > bbox.top + bbox.height) return;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = token('--muted');
  ctx.lineWidth = ratio;
  ctx.setLineDash([4 * ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

/** The minute under the axis, left out where the chart's edge would cut it. */
function label_of(chart: uPlot, seconds: number): string {
  const at = chart.valToPos(seconds, 'x');
  return at < 18 || at > chart.width - 18 ? '' : hour_minute(seconds * 1000);
}

/** A minute with parts between two without is no line: it gets a dot. */
function lonely(chart: uPlot, series: number): number[] {
  const values = chart.data[series]!;
  return [...values.keys()].filter((i) => values[i] != null && values[i - 1] == null && values[i + 1] == null);
}

function series_of(count: number): uPlot.Series[] {
  const main: uPlot.Series = { stroke: () => token('--accent'), width: 2, fill: () => `${token('--accent')}1a`, points: { show: true, size: 4, filter: lonely }, spanGaps: false };
  const quiet: uPlot.Series = { stroke: () => token('--muted'), width: 1, points: { show: false }, spanGaps: false };
  return [{}, main, ...Array.from({ length: count - 1 }, () => quiet)];
}

function options_of(live: { current: SparkProps }, width: number, hover: (i: number | null) => void): uPlot.Options {
  return {
    width, height,
    padding: [6, 0, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: 'live', setSeries: false }, y: false, drag: { x: true, y: false, setScale: true }, points: { size: 6 } },
    scales: { x: { time: true }, y: { range: (_, low, high) => live.current.range?.(low ?? 0, high ?? 1) ?? [0, (high ?? 1) * 1.1] } },
    axes: [
      { stroke: () => token('--muted'), grid: { show: false }, ticks: { show: false }, size: 20, gap: 4, font: '12px system-ui, sans-serif', space: 44, values: (chart, at) => at.map((s) => label_of(chart, s)) },
      { show: false },
    ],
    series: series_of(live.current.columns.length),
    hooks: { draw: [(chart) => draw_reference(chart, live)], setCursor: [(chart) => hover(chart.cursor.idx ?? null)] },
  };
}

export function Spark(props: SparkProps) {
  const box = useRef<HTMLDivElement>(null);
  const live = useRef(props);
  const chart = useRef<uPlot | null>(null);
  const [at, set_at] = useState<number | null>(null);
  live.current = props;
  const empty = props.columns[0]?.every((v) => v === null) ?? true;

  useEffect(() => {
    if (!box.current || empty) return;
    const made = new uPlot(options_of(live, box.current.clientWidth, set_at), [props.times, ...props.columns], box.current);
    chart.current = made;
    const watch = new ResizeObserver(([entry]) => made.setSize({ width: Math.floor(entry!.contentRect.width), height }));
    watch.observe(box.current);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => made.redraw();
    scheme.addEventListener('change', redraw);
    return () => {
      scheme.removeEventListener('change', redraw);
      watch.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [empty]);
  useEffect(() => {
    const made = chart.current;
    if (!made) return;
    const all = made.data[0], { min, max } = made.scales['x']!;
    const zoomed = min != null && max != null && all.length > 1 && (min > all[0]! + 1 || max < all[all.length - 1]! - 1);
    made.setData([props.times, ...props.columns], !zoomed);
    if (zoomed) made.redraw();
  }, [props.times, props.columns, props.reference]);
  useEffect(() => chart.current?.redraw(), [theme.value, language.value]);

  const hovered = at !== null && props.times[at] !== undefined;
  const point = hovered ? props.columns.map((column) => column[at] ?? null) : [];
  return (
    <section class="spark">
      <h2 class="small-title cut" title={`${props.title} · ${props.beside}`}>{props.title} · {props.beside}</h2>
      <p class="spark-value">{hovered
        ? <><b>{props.read(point)}</b><span class="moment">{props.aside && `${props.aside(point)} · `}{(props.moment ?? hour_minute)(props.times[at]! * 1000)}</span></>
        : <><b>{props.value}</b>{props.reference !== null && <span class="reference">{props.reference_text}</span>}</>}</p>
      {empty ? <p class="spark-empty">{props.loading ? '' : (props.empty_text ?? (props.reference === null ? t('chart.empty') : t('chart.filling')))}</p> : <div ref={box} class="spark-box" title={t('chart.hint')} />}
    </section>
  );
}
