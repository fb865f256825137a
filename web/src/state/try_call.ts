// Sends one call and makes its answer readable: JSON laid out, images as images, streams for their first seconds.
import type { Call } from './openapi';

export interface Answer { ok: boolean; status: string; us: number; text: string; image: string }
const stream_ms = 3000;

/** What a stream of events says in its first seconds. */
async function first_words(got: Response): Promise<string> {
  const reader = got.body!.pipeThrough(new TextDecoderStream()).getReader();
  const timer = setTimeout(() => void reader.cancel(), stream_ms);
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  clearTimeout(timer);
  return text;
}

function laid_out(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}

function type_of(body: string | File, declared: string): string {
  if (body instanceof File) return body.type || 'application/octet-stream';
  return declared && !declared.includes('*') ? declared : 'application/json';
}

/** `silence` is the sentence for a station that does not answer. */
export async function send_call(call: Call, address: string, body: string | File | undefined, silence: string): Promise<Answer> {
  const start = performance.now();
  const spent = () => (performance.now() - start) * 1000;
  try {
    const init: RequestInit = { method: call.method };
    if (body !== undefined) Object.assign(init, { body, headers: { 'content-type': type_of(body, call.body[0] ?? '') } });
    const got = await fetch(address, init);
    const answer = { ok: got.ok, status: `${got.status} ${got.statusText}`.trim(), us: spent(), text: '', image: '' };
    const kind = got.headers.get('content-type') ?? '';
    if (kind.startsWith('image/')) return { ...answer, image: URL.createObjectURL(await got.blob()) };
    return { ...answer, text: kind.startsWith('text/event-stream') ? await first_words(got) : laid_out(await got.text()) };
  } catch {
    return { ok: false, status: silence, us: spent(), text: '', image: '' };
  }
}

/** The command that makes the same call. */
export function command_of(call: Call, address: string, with_file: boolean, body: string): string {
  const method = call.method === 'GET' ? '' : ` -X ${call.method}`;
  const sent = with_file ? ' --data-binary @image.jpg' : body ? ` -H 'content-type: application/json' -d '${body.replaceAll("'", "'\\''")}'` : '';
  return `curl${method}${sent} '${location.origin}${address}'`;
}
