// The machines as signals. Events may come a hundred times a second: the watched machine's values go into its ring at
// once, cards and words are refreshed a few times a second, because nobody reads digits faster.
import { batch, computed, effect, signal, type Signal } from '@preact/signals';
import { station_now } from './clock';
import { learn_sensors } from './colours';
import { kept, keep } from './preferences';
import { Ring } from './ring';
import { sheet } from './sheet';
import { listen } from './stream';
import { read_machines } from './telemetry_api';
import type { Anomaly, Machine, MachineEvent } from './telemetry_types';

const words_every_ms = 250;
/** A wall of many machines is refreshed more calmly: this much longer for each. */
const more_each_ms = 2;
/** Ten readings a second for six minutes, more than any followed chart waits for its next history. */
const ring_capacity = 4096;

/** Whether this station takes readings; until it says so, what it said the last time, so that the rail does not jump. */
export const telemetry = computed(() => (sheet.value ? sheet.value.telemetry === true : kept('oree.telemetry') === 'yes'));

export const machines = signal<Machine[] | null>(null);
/** The newest anomaly of any machine that came while the page is open: a reason to read the lists again. */
export const newest_anomaly = signal<Anomaly | null>(null);
/** Counts events of machines that the list does not know: a reason to read it again. */
export const strangers = signal(0);

const live = new Map<string, Signal<MachineEvent | null>>();
const fresh = new Map<string, MachineEvent>();
let timer: ReturnType<typeof setTimeout> | undefined;

export function live_of(name: string): Signal<MachineEvent | null> {
  const known = live.get(name) ?? signal<MachineEvent | null>(null);
  live.set(name, known);
  return known;
}

export async function load_machines(stop?: AbortSignal): Promise<Machine[]> {
  const read = await read_machines(stop);
  for (const machine of read) learn_sensors(machine.sensors.map((s) => s.name));
  machines.value = read;
  return read;
}

/** What of an event is newer than the machine as it was read. */
export function with_event(machine: Machine, event: MachineEvent | null): Machine {
  if (!event || event.time < (machine.last_seen ?? 0)) return machine;
  const sensors = machine.sensors.map((s) => (event.values[s.name] == null ? s : { ...s, last: event.values[s.name]!, time: event.time }));
  const detector = machine.detector && { ...machine.detector, score: event.score ?? machine.detector.score, threshold: event.threshold ?? machine.detector.threshold };
  return { ...machine, state: event.state, last_seen: event.time, sensors, detector };
}

export interface Watch { ring: Ring; score: Ring; name: string; changed: () => void }
let watched: Watch | null = null;

/** Keeps every value of this machine from now on; `changed` is called for each moment that came. */
export function watch_machine(name: string, changed: () => void): Watch {
  watched = { name, changed, ring: new Ring(ring_capacity), score: new Ring(ring_capacity) };
  return watched;
}
export function stop_watching(watch: Watch): void {
  if (watched === watch) watched = null;
}

function say_words() {
  timer = undefined;
  const known = new Set(machines.peek()?.map((m) => m.name));
  batch(() => {
    for (const [name, event] of fresh) {
      live_of(name).value = event;
      if (machines.peek() && !known.has(name)) strangers.value += 1;
    }
  });
  fresh.clear();
}

function on_machine(event: MachineEvent) {
  fresh.set(event.machine, event);
  timer ??= setTimeout(say_words, words_every_ms + more_each_ms * (machines.peek()?.length ?? 0));
  if (watched?.name !== event.machine) return;
  watched.ring.push(event.time, event.values);
  if (event.score !== null) watched.score.push(event.time, { score: event.score });
  watched.changed();
}

/** "Now" on a time axis: the station's clock, or the newest reading's where a machine's clock runs ahead. */
export const axis_now = (newest: number | null): number => Math.max(station_now(), newest ?? 0);

export function start_telemetry(): void {
  effect(() => {
    if (sheet.value) keep('oree.telemetry', telemetry.value ? 'yes' : 'no');
  });
  listen<MachineEvent>('machine', on_machine);
  listen<Anomaly>('anomaly', (anomaly) => { newest_anomaly.value = anomaly; });
}
