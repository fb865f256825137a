// The alerts of the station: read once, then kept by its events, so that the count in the rail is right on every page.
import { computed, signal } from '@preact/signals';
import { listen } from './stream';
import { read_alerts } from './telemetry_api';
import type { Alert, AlertBook, AlertState, Silence } from './telemetry_types';

export const alert_book = signal<AlertBook | null>(null);

export async function load_alerts(stop?: AbortSignal): Promise<AlertBook> {
  const read = await read_alerts(stop);
  alert_book.value = read;
  return read;
}

const order: AlertState[] = ['firing', 'pending', 'resolved'];
const weight: Record<string, number> = { page: 0, ticket: 1, info: 2 };

/** Firing first, then pending, then resolved; the gravest first in each, and of those the newest. */
export function sorted_alerts(alerts: Alert[]): Alert[] {
  const when = (a: Alert) => a.ended ?? a.since;
  return [...alerts].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || (weight[a.severity] ?? 3) - (weight[b.severity] ?? 3) || when(b) - when(a));
}

/** The alerts with one put in or replaced. */
export const with_alert = (alerts: Alert[], fresh: Alert): Alert[] => [fresh, ...alerts.filter((a) => a.id !== fresh.id)];

/** A silence holds for an alert when each of its matchers says what the alert says; `rule` stands for the rule's name. */
export const matches = (silence: Silence, alert: Alert): boolean =>
  Object.entries(silence.matchers).every(([name, value]) => (name === 'rule' ? alert.rule : alert.labels[name]) === value);

export const silence_of = (silences: Silence[], alert: Alert, now: number): Silence | undefined =>
  silences.filter((s) => s.until > now && matches(s, alert)).sort((a, b) => b.until - a.until)[0];

/** How many alerts want somebody now. */
export const firing = computed(() => alert_book.value?.alerts.filter((a) => a.state === 'firing' && !a.silenced).length ?? 0);

export function start_alerts(): void {
  listen<Alert>('alert', (alert) => {
    const book = alert_book.peek();
    if (book) alert_book.value = { ...book, alerts: with_alert(book.alerts, alert) };
  });
}
