// One clock for every "12 s ago" on the page: the station's own, ticking once a second. A tablet's clock may be wrong
// by minutes; the Date header of the station's answers corrects it.
import { signal } from '@preact/signals';

const noticeable_ms = 3000;
let offset_ms = 0;

export const station_now = (): number => Date.now() + offset_ms;
export const now = signal(station_now());

/** Takes the station's time from an answer's Date header. */
export function set_station_time(date: string | null): void {
  const difference = Date.parse(date ?? '') - Date.now();
  if (!Number.isNaN(difference)) offset_ms = Math.abs(difference) > noticeable_ms ? difference : 0;
}

export function start_clock(): void {
  const tick = () => { now.value = station_now(); };
  setInterval(() => {
    if (!document.hidden) tick();
  }, 1000);
  document.addEventListener('visibilitychange', tick);
}
