// One chart of a machine: a sensor or the score over the board's time, drawn by the board's painter. Anomalies are
// shaded, and crossed on the score; the threshold is a named line, a gap is a gap, the band is least to greatest of each point.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { show_zoom, type Board } from '../state/board';
import { token } from '../state/colours';
import { language, theme } from '../state/preferences';
import { drawn_of, end_of, extent, steady, value_near, type Drawn } from '../state/track';
import type { Ring } from '../state/ring';
import { axis_number, limit } from '../words/format';
import { t } from '../words/words';

export const axis_width = (): number => (innerWidth >= 900 ? 56 : 48);
const least_drag = 5;

export interface TrackProps {
  board: Board; name: string; label: string; height: number; colour: string;
  /** The name of the history, the live ring and its column. */
  history: string; ring: () => Ring | null; column: string;
  threshold?: boolean;
  /** Called with what stands under the pointer, or undefined when nothing does. */
  hover: (value: number | null | undefined) => void;
}

/** Where a drag ended becomes the next range; the library's own zoom is not used. */
export function take_drag(chart: uPlot): void {
  const { left, width } = chart.select;
  if (width < least_drag) return;
  const from = Math.round(chart.posToVal(left, 'x') * 1000), to = Math.round(chart.posToVal(left + width, 'x') * 1000);
  chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  if (from < to && chart.cursor.event) show_zoom({ follows: false, from, to });
}

/** What every chart of a board has in common: its time, its pointer, its drag. */
export function shared_options(board: Board): Pick<uPlot.Options, 'cursor' | 'scales' | 'legend'> {
  return {
    legend: { show: false },
    cursor: {
      sync: { key: 'machine', setSeries: false, scales: ['x', null] }, y: false, points: { size: 7 },
      drag: { x: true, y: false, setScale: false, dist: least_drag },
      bind: { dblclick: () => () => { show_zoom({ follows: true, span: 'hour' }); return null; } },
    },
    scales: { x: { time: true, auto: false, range: () => [board.range.from / 1000, board.range.to / 1000] } },
  };
}

function draw_spans(chart: uPlot, board: Board, crossed: boolean): void {
  const { ctx, bbox } = chart, ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const anomaly of board.anomalies) {
    const left = chart.valToPos(anomaly.from / 1000, 'x', true), right = chart.valToPos(end_of(anomaly, board.ongoing) / 1000, 'x', true);
    if (right < bbox.left || left > bbox.left + bbox.width) continue;
    const chosen = anomaly.id === board.chosen, width = Math.max(right - left, 2 * ratio);
    ctx.fillStyle = `${token('--ko')}${chosen ? '38' : '1f'}`;
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.fillStyle = token('--ko');
    if (crossed && width > 16 * ratio) {
      ctx.font = `${12 * ratio}px system-ui, sans-serif`;
      ctx.textAlign = 'left';
      ctx.textBaseline = 'top';
      ctx.fillText('✗', Math.max(left, bbox.left) + 4 * ratio, bbox.top + 3 * ratio);
    }
    if (!chosen) continue;
    for (const edge of [left, left + width - ratio]) ctx.fillRect(edge, bbox.top, ratio, bbox.height);
  }
  ctx.restore();
}

function draw_threshold(chart: uPlot, { threshold }: Board): void {
  if (threshold === null) return;
  const { ctx, bbox } = chart, ratio = devicePixelRatio, y = Math.round(chart.valToPos(threshold, 'y', true));
  if (!Number.isFinite(y)) return;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = token('--ko');
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([6 * ratio, 4 * ratio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.font = `500 ${12 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  const said = t('machine.threshold_at', { value: limit(threshold) }), left = bbox.left + 6 * ratio, foot = y - 3 * ratio;
  ctx.globalAlpha = 0.85;
  ctx.fillStyle = token('--surface');
  ctx.fillRect(left - 3 * ratio, foot - 14 * ratio, ctx.measureText(said).width + 6 * ratio, 15 * ratio);
  ctx.globalAlpha = 1;
  ctx.fillStyle = token('--ko');
  ctx.fillText(said, left, foot);
  ctx.restore();
}

/** A value between two gaps is no line: it gets a dot. */
function lonely(chart: uPlot, series: number): number[] {
  const values = chart.data[series]!;
  return [...values.keys()].filter((i) => values[i] != null && values[i - 1] == null && values[i + 1] == null);
}

function options_of(live: { current: TrackProps }, width: number, room: () => [number, number] | null, hovered: (chart: uPlot) => void): uPlot.Options {
  const { board, height, colour, threshold } = live.current;
  const line: uPlot.Series = { stroke: () => token(colour), width: 1.75, spanGaps: false, points: { show: true, size: 4, filter: lonely, fill: () => token(colour) } };
  const edge: uPlot.Series = { stroke: 'transparent', width: 0, spanGaps: false, points: { show: false } };
  const shared = shared_options(board);
  return {
    ...shared, width, height, padding: [6, 8, 6, 0],
    scales: { ...shared.scales, y: { range: () => room() ?? [0, 1] } },
    axes: [
      { size: 0, values: (_, at) => at.map(() => ''), ticks: { show: false }, grid: { stroke: () => token('--line'), width: 1 }, space: 90 },
      { size: axis_width(), stroke: () => token('--muted'), font: '12px system-ui, sans-serif', space: 20, gap: 6, ticks: { show: false }, grid: { stroke: () => token('--line'), width: 1 }, values: (_, at, _axis, _space, step) => at.map((v) => (room() ? axis_number(v, step) : '')) },
    ],
    series: [{}, line, edge, edge],
    bands: [{ series: [3, 2], fill: () => `${token(colour)}2e` }],
    hooks: {
      drawClear: [(chart) => draw_spans(chart, board, threshold === true)],
      draw: threshold ? [(chart) => draw_threshold(chart, board)] : [],
      setSelect: [take_drag], setCursor: [hovered],
    },
  };
}

export function Track(props: TrackProps) {
  const box = useRef<HTMLDivElement>(null), live = useRef(props);
  live.current = props;
  const { board, height } = props;
  useEffect(() => {
    const node = box.current!;
    let room: [number, number] | null = null, data: Drawn = [[], [], [], []], visible = false;
    const hovered = (chart: uPlot) => {
      const left = chart.cursor.left ?? -1, at = left >= 0 ? chart.posToVal(left, 'x') : null;
      if (chart.cursor.event) board.hovered.value = at; // the chart under the pointer; the others only follow
      live.current.hover(at === null ? undefined : value_near(data, at));
    };
    const chart = new uPlot(options_of(live, Math.max(node.clientWidth, 100), () => room, hovered), data, node);
    const draw = () => {
      if (!visible) return;
      const { range, step, histories, watch, threshold } = board, name = live.current;
      data = drawn_of(histories.get(name.history), watch ? name.ring() : null, name.column, step, range.from);
      const used = extent(data, range.from / 1000, range.to / 1000);
      if (name.threshold) room = [0, Math.max(used?.[1] ?? 0, threshold ?? 0) * 1.2 || 1];
      else if (used) room = steady(room, ...used);
      const nothing = board.banded ? null : new Array<null>(data[0].length).fill(null);
      chart.batch(() => chart.setData(nothing ? [data[0], data[1], nothing, nothing] : data, true)); // at once, so that the painter knows what it took
    };
    board.draws.add(draw);
    const seen = new IntersectionObserver((entries) => {
      visible = entries.at(-1)!.isIntersecting;
      if (visible) board.painter.ask(draw);
    }, { rootMargin: '120px' });
    seen.observe(node);
    const size = new ResizeObserver(([entry]) => chart.setSize({ width: Math.max(100, Math.floor(entry!.contentRect.width)), height }));
    size.observe(node);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => chart.redraw(false, true);
    scheme.addEventListener('change', redraw);
    return () => {
      board.draws.delete(draw);
      board.painter.forget(draw);
      seen.disconnect();
      size.disconnect();
      scheme.removeEventListener('change', redraw);
      chart.destroy();
    };
  }, [board, height, props.history]);
  useEffect(() => {
    board.draws.forEach((draw) => board.painter.ask(draw));
  }, [theme.value, language.value]);
  return <div ref={box} class="track-chart" style={{ height }} role="img" aria-label={props.label} />;
}
