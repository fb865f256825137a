// The station's HTTP API, as functions. Every failure is an ApiError whose message is a sentence for people.
import { set_station_time } from './clock';
import type { Bucket, Item, LabelCount, ModulesAnswer, StationSheet } from './types';

export class ApiError extends Error {
  constructor(message: string, readonly status: number, readonly where: string, readonly body?: unknown) {
    super(message);
  }
}

async function error_of(answer: Response, path: string): Promise<ApiError> {
  const text = await answer.text();
  let body: { detail?: unknown; error?: unknown } | null = null;
  try {
    body = JSON.parse(text) as { detail?: unknown; error?: unknown } | null;
  } catch { /* not JSON: the text itself is the sentence */ }
  const said = body?.detail || body?.error;
  return new ApiError(typeof said === 'string' ? said : text.slice(0, 300) || answer.statusText, answer.status, path, body);
}

export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError('', 0, path);
  }
  set_station_time(answer.headers.get('date'));
  if (!answer.ok) throw await error_of(answer, path);
  return answer;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await ask(path, signal ? { signal } : {})).json()) as T;
}

export interface ItemPage { items: Item[]; next: string | null }
export async function read_items(query: URLSearchParams, signal?: AbortSignal): Promise<ItemPage> {
  const answer = await ask(`/api/v1/items?${query}`, signal ? { signal } : {});
  return { items: (await answer.json()) as Item[], next: answer.headers.get('x-next-cursor') };
}

export const read_item = (id: string, signal?: AbortSignal) => get<Item>(`/api/v1/items/${encodeURIComponent(id)}`, signal);
export const read_labels = (signal?: AbortSignal) => get<LabelCount[]>('/api/v1/labels', signal);
export const read_station = (signal?: AbortSignal) => get<StationSheet>('/api/v1/station', signal);
export const read_configs = (signal?: AbortSignal) => get<Record<string, unknown>>('/api/v1/configs', signal);
export const read_openapi = (signal?: AbortSignal) => get<unknown>('/openapi.json', signal);
export const read_history = async (minutes: number, signal?: AbortSignal) =>
  (await get<{ buckets: Bucket[] }>(`/api/v1/station/history?minutes=${minutes}`, signal)).buckets;

export const read_modules = (signal?: AbortSignal) => get<ModulesAnswer>('/api/v1/modules', signal);
export const read_module_log = async (name: string, signal?: AbortSignal) =>
  (await ask(`/api/v1/modules/${encodeURIComponent(name)}/logs?tail=30`, signal ? { signal } : {})).text();
export const restart_module = (name: string) => ask(`/api/v1/modules/${encodeURIComponent(name)}/restart`, { method: 'POST' });

export const activate_config = (name: string) =>
  ask(`/api/v1/configs/active?station_name=${encodeURIComponent(name)}`, { method: 'POST' });
export const trigger_now = () => ask('/api/v1/trigger', { method: 'POST' });

/** The address of one image; `longest` asks for a smaller copy. */
export function image_address(id: string, camera: string, longest?: number): string {
  const size = longest ? `?longest=${longest}` : '';
  return `/api/v1/items/${encodeURIComponent(id)}/binaries/${encodeURIComponent(camera)}${size}`;
}
