// What the charts of one machine share: the time shown, the history of every sensor, the live ring, the moment under
// the pointer, and the painter that draws what changed. One board per machine page.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLoad } from './load';
import { Painter } from './painter';
import { go, path, query } from './router';
import { axis_now, live_of, newest_anomaly, stop_watching, watch_machine, type Watch } from './telemetry';
import { read_series } from './telemetry_api';
import type { Anomaly, MachineSeries, SensorSeries } from './telemetry_types';
import type { History } from './track';
import { ask_every, begun, points_for, query_of, range_of, redraw_every, resolution_for, step_of, with_margin, type Range, type Zoom } from './zoom';

export interface Board {
  zoom: Zoom; range: Range; step: number; watch: Watch | null; painter: Painter;
  histories: Map<string, History>; anomalies: Anomaly[]; chosen: string | null; threshold: number | null;
  /** Whether points gather several readings, so that least and greatest differ. */
  banded: boolean;
  /** Until when an anomaly that has not ended is shaded, or null when there is none. */
  ongoing: number | null;
  /** The moment under the pointer in seconds, on whichever chart it is. */
  hovered: Signal<number | null>;
  draws: Set<() => void>;
}

const new_board = (zoom: Zoom): Board => ({
  zoom, range: range_of(zoom, axis_now(null)), step: 1000, watch: null, painter: new Painter(), histories: new Map(), anomalies: [], chosen: null,
  threshold: null, banded: false, ongoing: null, hovered: signal(null), draws: new Set(),
});

export const draw_all = (board: Board): void => board.draws.forEach((draw) => board.painter.ask(draw));

/** The name of the score among the histories; no sensor is called so. */
export const score_key = '\u0000score';

function first_of(sensors: SensorSeries[]): number | null {
  const firsts = sensors.map((s) => s.time[0]).filter((time) => time !== undefined);
  return firsts.length > 0 ? Math.min(...firsts) : null;
}

function take_series(board: Board, series: MachineSeries): void {
  board.histories = new Map(series.sensors.map((s): [string, History] => [s.name, s]));
  if (series.score) board.histories.set(score_key, series.score);
  board.banded = series.resolution !== 'raw';
  board.anomalies = series.anomalies;
  board.threshold = series.score?.threshold ?? null;
}

/** What the stream knows of anomalies before the station is asked again: a new one, and that the newest goes on. */
function take_events(board: Board, name: string): void {
  const fresh = newest_anomaly.peek();
  if (fresh?.machine === name && !board.anomalies.some((a) => a.id === fresh.id)) board.anomalies = [fresh, ...board.anomalies];
  board.ongoing = live_of(name).peek()?.state === 'anomaly' ? (board.watch?.ring.newest ?? null) : null;
}

/** Puts another time into the address; every chart follows from there. */
export function show_zoom(zoom: Zoom, replace = false, anomaly: string | null = null): void {
  const asked = query_of(zoom);
  if (anomaly) asked.set('anomaly', anomaly);
  const text = asked.toString(), old = query.peek().toString();
  if (text !== old) go(`${path.peek()}${text ? `?${text}` : ''}`, replace);
}

/** Moves the followed range on and draws, as often as the points are wide; also when no reading comes. */
function useLiveEnd(board: Board, name: string, zoom: Zoom, first: { current: number | null }): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tick = () => {
      clearTimeout(timer);
      timer = setTimeout(tick, 1000);
      last = performance.now();
      if (board.zoom.follows) board.range = begun(range_of(board.zoom, axis_now(board.watch?.ring.newest ?? null)), board.zoom, first.current);
      take_events(board, name);
      draw_all(board);
    };
    let last = 0, planned = false;
    const changed = () => {
      if (planned || !board.zoom.follows) return;
      planned = true;
      clearTimeout(timer);
      timer = setTimeout(() => {
        planned = false;
        tick();
      }, Math.max(0, redraw_every(board.step) - (performance.now() - last)));
    };
    const watch = watch_machine(name, changed);
    board.watch = watch;
    if (zoom.follows) tick();
    else draw_all(board);
    return () => {
      clearTimeout(timer);
      stop_watching(watch);
    };
  }, [board, name, zoom.follows]);
}

export interface BoardState { board: Board; series: MachineSeries | undefined; error: unknown; again: () => void }

/** The charts take this much of the window's width: known before the first paint, so that one question is enough. */
const chart_width = () => innerWidth * (innerWidth >= 900 ? 0.55 : 0.85);

/** One machine's board; the page that uses it is made anew for another machine. */
export function useBoard(name: string, zoom: Zoom, chosen: string | null): BoardState {
  const [board] = useState(() => new_board(zoom));
  const [points] = useState(() => points_for(chart_width()));
  const [first, set_first] = useState<number | null>(null);
  const shown_series = useRef<MachineSeries | undefined>(undefined), begin = useRef(first);
  begin.current = first;
  const range_now = () => begun(range_of(zoom, axis_now(board.watch?.ring.newest ?? null)), zoom, begin.current);
  const range = range_now(), asked = with_margin(range), step = step_of(asked, points, resolution_for(asked, points));
  if (board.zoom !== zoom) Object.assign(board, { zoom, step, range });
  board.chosen = chosen;

  const key = `${name} ${query_of(zoom)} ${zoom.follows ? first : ''}`;
  const loaded = useLoad(key, (stop) => {
    const { from, to } = with_margin(range_now());
    return read_series(name, from, to, points, stop);
  }, zoom.follows ? ask_every(step) : 0);
  useLiveEnd(board, name, zoom, begin);
  useEffect(() => {
    if (loaded.data) {
      take_series(board, loaded.data);
      board.step = step_of(loaded.data, points, loaded.data.resolution);
      const begins = first_of(loaded.data.sensors);
      if (zoom.follows && first === null && begins !== null && begins > loaded.data.from + 2 * board.step) set_first(begins);
    }
    draw_all(board);
  }, [board, loaded.data, chosen, key]);
  shown_series.current = loaded.data ?? shown_series.current; // the old charts stay until the new ones are there
  return { board, series: shown_series.current, error: loaded.error, again: loaded.again };
}
