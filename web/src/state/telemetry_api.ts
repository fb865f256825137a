// The calls of the telemetry pages.
import { ask, get } from './api';
import type { AlertBook, Jobs, Machine, MachineSeries, MachineSheet, Messages, SqlResult } from './telemetry_types';

const named = (name: string) => `/api/v1/machines/${encodeURIComponent(name)}`;
const sent = (body: unknown): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

export const read_machines = async (signal?: AbortSignal) => (await get<{ machines: Machine[] }>('/api/v1/machines', signal)).machines;
export const read_machine = (name: string, signal?: AbortSignal) => get<MachineSheet>(named(name), signal);
export const read_series = (name: string, from: number, to: number, points: number, signal?: AbortSignal) =>
  get<MachineSeries>(`${named(name)}/series?from=${Math.floor(from)}&to=${Math.ceil(to)}&points=${points}`, signal);
export const read_messages = (signal?: AbortSignal) => get<Messages>('/api/v1/messages', signal);
export const read_jobs = (signal?: AbortSignal) => get<Jobs>('/api/v1/jobs', signal);
export const read_alerts = (signal?: AbortSignal) => get<AlertBook>('/api/v1/alerts', signal);

export const run_sql = async (sql: string, limit: number, signal: AbortSignal) =>
  (await (await ask('/api/v1/sql', { ...sent({ sql, limit }), signal })).json()) as SqlResult;

export const make_silence = (matchers: Record<string, string>, minutes: number, comment: string) => ask('/api/v1/silences', sent({ matchers, minutes, comment }));
export const end_silence = (id: string) => ask(`/api/v1/silences/${encodeURIComponent(id)}`, { method: 'DELETE' });
