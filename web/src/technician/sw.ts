// Keeps the whole app on the phone, and each picture that was seen once. Orders and changes are not its business: the
// app keeps those itself. When the network is back while the app is closed, it sends what waits.
import { station_now } from '../state/clock';
import { open_store } from './store';
import { sync } from './sync';

declare const VERSION: string, FILES: string[];
interface Lasting extends Event { waitUntil: (work: Promise<unknown>) => void }
interface Asked extends Lasting { request: Request; respondWith: (answer: Promise<Response>) => void }
interface Told extends Lasting { tag: string }
interface Worker extends EventTarget { skipWaiting: () => Promise<void>; clients: { claim: () => Promise<void>; matchAll: () => Promise<{ postMessage: (said: string) => void }[]> }; registration: { scope: string } }
const self_ = globalThis as unknown as Worker;

const app = `oree-technician-${VERSION}`, pictures = 'oree-technician-pictures', most_pictures = 300;
const lasting = /^\/api\/v1\/orders\/(photos\/[0-9a-f]{64}|[^/]+\/evidence\/[0-9a-f]{64})$/;

async function install(): Promise<void> {
  const cache = await caches.open(app);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: 'no-cache' })));
  await self_.skipWaiting();
}

async function clean(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith('oree-technician-') && name !== app && name !== pictures) await caches.delete(name);
  await self_.clients.claim();
}

async function from_app(request: Request): Promise<Response> {
  const cache = await caches.open(app), page = request.mode === 'navigate';
  return (await cache.match(page ? './' : request, { ignoreSearch: page })) ?? fetch(request);
}

/** Named by its content, so what was seen once is right for ever. */
async function picture(request: Request): Promise<Response> {
  const cache = await caches.open(pictures), known = await cache.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok && answer.headers.get('content-type')?.startsWith('image/')) {
    await cache.put(request, answer.clone());
    const names = await cache.keys();
    for (const old of names.slice(0, Math.max(0, names.length - most_pictures))) await cache.delete(old);
  }
  return answer;
}

async function send_queue(): Promise<void> {
  const trouble = await sync(await open_store(), station_now);
  for (const page of await self_.clients.matchAll()) page.postMessage('synced');
  if (trouble) throw new Error(trouble.why || trouble.kind); // the browser will try again
}

self_.addEventListener('install', (event) => (event as Lasting).waitUntil(install()));
self_.addEventListener('activate', (event) => (event as Lasting).waitUntil(clean()));
self_.addEventListener('sync', (event) => { if ((event as Told).tag === 'queue') (event as Told).waitUntil(send_queue()); });
self_.addEventListener('fetch', (event) => {
  const { request } = event as Asked, { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.url.startsWith(self_.registration.scope)) (event as Asked).respondWith(from_app(request));
  else if (lasting.test(pathname)) (event as Asked).respondWith(picture(request));
});
