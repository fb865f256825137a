// What the hub last said. Its events only say that something changed; what is shown is asked for, at most twice a second.
import { signal } from '@preact/signals';
import { keep, kept } from '../state/preferences';
import type { Fleet, Hub, Rollout, RolloutDetail } from './types';

export const hub = signal<Hub | undefined>(undefined), fleet = signal<Fleet | undefined>(undefined), rollouts = signal<Rollout[] | undefined>(undefined);
export const opened = signal<RolloutDetail | undefined>(undefined), lost = signal(false), locked = signal(false), refusal = signal('');
export const place = signal(read_place());
/** Seconds since the hub's `now` was heard, so that "2 min ago" goes on without asking. */
export const heard = signal(Date.now());
/** A thousand stations are a long answer: pages of large fleets ask less often. */
const pause = (): number => ((fleet.value?.devices.length ?? 0) > 200 ? 3000 : 500);
let token = kept('oree.hub_token') ?? '', asked = 0, planned = false, stream: EventSource | undefined;

export interface Place { page: 'fleet' | 'rollouts'; rollout: string }
export function read_place(hash = typeof location === 'undefined' ? '' : location.hash): Place {
  const [page, rollout = ''] = hash.replace(/^#\/?/, '').split('/');
  return { page: page === 'rollouts' ? 'rollouts' : 'fleet', rollout };
}

export async function call<T>(path: string, method = 'GET', body?: unknown): Promise<T> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (token) headers['Authorization'] = `Bearer ${token}`;
  const answer = await fetch(path, { method, headers, cache: 'no-store', ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  if (answer.status === 401) locked.value = true;
  const said = (await answer.json()) as T & { error?: string };
  if (!answer.ok) throw new Error(said.error ?? String(answer.status));
  return said;
}

async function look(): Promise<void> {
  asked = Date.now();
  try {
    hub.value = await call<Hub>('/api/v1/hub');
    locked.value = hub.value.person === null;
    if (locked.value) return;
    fleet.value = await call<Fleet>('/api/v1/devices');
    rollouts.value = (await call<{ rollouts: Rollout[] }>('/api/v1/rollouts')).rollouts;
    const wanted = place.value.rollout;
    opened.value = wanted ? await call<RolloutDetail>(`/api/v1/rollouts/${wanted}`).catch(() => undefined) : undefined;
    lost.value = false;
    heard.value = Date.now();
  } catch {
    lost.value = !locked.value;
  }
}

export function look_soon(): void {
  if (planned) return;
  planned = true;
  setTimeout(() => {
    planned = false;
    void look();
  }, Math.max(0, asked + pause() - Date.now()));
}

function listen(): void {
  stream?.close();
  stream = new EventSource(token ? `/events?token=${encodeURIComponent(token)}` : '/events');
  stream.addEventListener('changed', look_soon);
  stream.onerror = () => look_soon();
}

export function unlock(text: string): void {
  token = text.trim();
  keep('oree.hub_token', token);
  listen();
  look_soon();
}

/** What a person decides; the page shows what the hub makes of it. */
export async function decide(path: string, body?: unknown): Promise<void> {
  refusal.value = '';
  try {
    await call(path, 'POST', body);
  } catch (error) {
    refusal.value = error instanceof Error ? error.message : String(error);
  }
  look_soon();
}

export function start(): void {
  addEventListener('hashchange', () => {
    place.value = read_place();
    look_soon();
  });
  listen();
  look_soon();
  setInterval(look_soon, 10_000);
}
