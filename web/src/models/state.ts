// What the server last said of its models; asked anew every two seconds while somebody looks.
import { signal } from '@preact/signals';
import type { Sheet } from './types';

export const sheet = signal<Sheet | undefined>(undefined), lost = signal(false), refusal = signal(''), busy = signal('');
export type Page = 'models' | 'api';
export const read_page = (hash = typeof location === 'undefined' ? '' : location.hash): Page => (hash.replace(/^#\/?/, '') === 'api' ? 'api' : 'models');
export const page = signal<Page>(read_page());
const pause_ms = 2000;

async function error_of(answer: Response): Promise<string> {
  const text = await answer.text();
  try {
    return (JSON.parse(text) as { error?: string }).error ?? text;
  } catch {
    return text || `${answer.status}`;
  }
}

export async function look(): Promise<void> {
  try {
    const answer = await fetch('/api/v1/models', { cache: 'no-store' });
    if (!answer.ok) throw new Error(await error_of(answer));
    sheet.value = (await answer.json()) as Sheet;
    lost.value = false;
  } catch {
    lost.value = true;
  }
}

/** What a person decides; the page shows what the server makes of it. */
export async function decide(what: string, path: string, body: unknown = {}): Promise<void> {
  refusal.value = '';
  busy.value = what;
  try {
    const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!answer.ok) refusal.value = await error_of(answer);
  } catch (error) {
    refusal.value = String(error);
  }
  busy.value = '';
  await look();
}

export interface Answer { ok: boolean; text: string; body: unknown; us: number }
export async function ask(path: string, body: BodyInit, type: string): Promise<Answer> {
  const start = performance.now();
  try {
    const answer = await fetch(path, { method: 'POST', headers: { 'content-type': type }, body });
    const text = await answer.text(), us = (performance.now() - start) * 1000;
    let parsed: unknown = null;
    try {
      parsed = JSON.parse(text);
    } catch { /* no JSON: shown as it is */ }
    return { ok: answer.ok, text: parsed === null ? text : JSON.stringify(parsed, null, 2), body: parsed, us };
  } catch (error) {
    return { ok: false, text: String(error), body: null, us: 0 };
  }
}

export function start(): void {
  addEventListener('hashchange', () => { page.value = read_page(); });
  const again = () => void look().finally(() => setTimeout(again, document.hidden ? 10 * pause_ms : pause_ms));
  again();
}
