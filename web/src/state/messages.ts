// The rates of messages: what the station kept of the last minutes, and behind it what its events say each second.
import { signal } from '@preact/signals';
import { listen } from './stream';
import type { Column, Messages, RatesEvent } from './telemetry_types';

const kept_events = 600;
export const rate_events = signal<RatesEvent[]>([]);

export interface RateColumns { times: number[]; in: Column; out: Column; acked: Column }

/** The history with the events after it; times in seconds, as charts want them. */
export function rate_columns(history: Messages['history'] | undefined, events: RatesEvent[]): RateColumns {
  const last = history?.time.at(-1) ?? -Infinity;
  const fresh = events.filter((e) => e.time > last);
  const column = (name: 'in' | 'out' | 'acked'): Column => [...(history?.[name] ?? []), ...fresh.map((e) => e[name])];
  return { times: [...(history?.time ?? []), ...fresh.map((e) => e.time)].map((ms) => ms / 1000), in: column('in'), out: column('out'), acked: column('acked') };
}

export function mean_of(column: Column): number | null {
  const said = column.filter((v) => v !== null);
  return said.length > 0 ? said.reduce((sum, v) => sum + v, 0) / said.length : null;
}

export function start_messages(): void {
  listen<RatesEvent>('messages', (event) => {
    rate_events.value = [...rate_events.peek().slice(1 - kept_events), event];
  });
}
