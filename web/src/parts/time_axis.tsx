// The one time axis under which a machine's charts are stacked; it stays in sight and names the moment pointed at.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Board } from '../state/board';
import { token } from '../state/colours';
import { language, theme } from '../state/preferences';
import { axis_label, moment_of } from '../words/format';
import { axis_width, shared_options, take_drag } from './track';

const height = 32;

function options_of(board: Board, width: number): uPlot.Options {
  return {
    ...shared_options(board), width, height, padding: [0, 8, 0, axis_width()],
    axes: [
      { side: 0, size: 28, gap: 2, stroke: () => token('--muted'), font: '12px system-ui, sans-serif', space: 90, grid: { show: false }, ticks: { stroke: () => token('--edge'), size: 4 },
        values: (chart, at, _axis, _space, step) => at.map((s) => (fits(chart, s) ? axis_label(s * 1000, step) : '')) },
      { show: false },
    ],
    series: [{}, { show: false }],
    hooks: { setSelect: [take_drag] },
  };
}

/** A label that the chart's edge would cut is left out. */
function fits(chart: uPlot, seconds: number): boolean {
  const at = chart.valToPos(seconds, 'x');
  return at > -12 && at < chart.bbox.width / devicePixelRatio - 24;
}

function Moment({ board }: { board: Board }) {
  const at = board.hovered.value;
  if (at === null) return null;
  const { from, to } = board.range, share = (at * 1000 - from) / (to - from);
  const place = `calc(${axis_width()}px + (100% - ${axis_width() + 8}px) * ${Math.min(1, Math.max(0, share)).toFixed(4)})`;
  return <span class={`axis-moment${share > 0.8 ? ' from-right' : share < 0.2 ? ' from-left' : ''}`} style={{ left: place }}>{moment_of(at * 1000, board.step / 1000)}</span>;
}

export function TimeAxis({ board }: { board: Board }) {
  const box = useRef<HTMLDivElement>(null), chart = useRef<uPlot | null>(null);
  useEffect(() => {
    const node = box.current!;
    const made = new uPlot(options_of(board, Math.max(100, node.clientWidth)), [[0, 1], [null, null]], node);
    chart.current = made;
    const draw = () => made.batch(() => made.setData([[board.range.from / 1000, board.range.to / 1000], [null, null]], true));
    board.draws.add(draw);
    board.painter.ask(draw);
    const size = new ResizeObserver(([entry]) => made.setSize({ width: Math.max(100, Math.floor(entry!.contentRect.width)), height }));
    size.observe(node);
    return () => {
      board.draws.delete(draw);
      board.painter.forget(draw);
      size.disconnect();
      made.destroy();
    };
  }, [board]);
  useEffect(() => chart.current?.redraw(false, true), [theme.value, language.value]);
  return <div class="time-axis"><div ref={box} /><Moment board={board} /></div>;
}
