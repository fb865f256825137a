// A station to develop the pages against: node dev/mock.mjs [--port=8090] [--config=NAME] [--every=MS] [--empty] [--no-telemetry] [--no-maintenance]
// Besides the real API it answers POST /mock/emit?decision=KO (one more item now) and /mock/every?ms=0 (pace).
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { answer_modules } from './modules.mjs';
import { openapi } from './openapi.mjs';
import { Maintenance } from './orders.mjs';
import { scenes } from './scenes.mjs';
import { Station } from './station.mjs';
import { Telemetry } from './telemetry.mjs';

const option = (name, otherwise) => process.argv.find((a) => a.startsWith(`--${name}=`))?.split('=').slice(1).join('=') ?? otherwise;
const port = Number(option('port', 8090));
const empty = process.argv.includes('--empty');
let station = new Station({ config: option('config', 'ducks-line-1'), empty });
let every = Number(option('every', empty ? 0 : 1500));
const listeners = new Set();
const dist = new URL('../dist', import.meta.url).pathname;
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.webmanifest': 'application/manifest+json', '.png': 'image/png' };

const event = (name, data, id) => `${id ? `id: ${id}\n` : ''}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const tell = (text) => listeners.forEach((l) => l.write(text));
const telemetry = process.argv.includes('--no-telemetry') ? null : new Telemetry((name, data) => tell(event(name, data)), { empty });
const maintenance = process.argv.includes('--no-maintenance') ? null : new Maintenance((name, data) => tell(event(name, data)), { empty, refused: station.items.filter(({ item }) => item.decision === 'KO').slice(-5).reverse() });
const sheet = () => ({ ...station.sheet(), telemetry: telemetry !== null, maintenance: maintenance !== null });
function emit(wish) {
  const item = station.add(Date.now(), wish);
  tell(event('item', item, item.id));
  return item;
}
let timer;
function pace(ms) {
  clearInterval(timer);
  if (ms > 0) timer = setInterval(() => emit(), ms);
}
pace(every);
setInterval(() => { const { totals, health, cameras } = station.sheet(); tell(event('station', { totals, health, cameras })); }, 2000);

function send(res, status, body, headers = {}) {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  res.writeHead(status, { 'content-type': 'application/json', ...headers });
  res.end(text);
}
const refuse = (res, status, sentence) => send(res, status, { error: sentence, detail: sentence });

function items(res, url) {
  const [, , , , id, what, camera] = url.pathname.split('/').map(decodeURIComponent);
  if (!id) {
    const { page, next } = station.search(url.searchParams);
    return send(res, 200, page, next ? { 'x-next-cursor': next } : {});
  }
  const entry = station.find(id);
  if (!entry) return refuse(res, 400, `Item ${id} does not exist`);
  if (!what) return send(res, 200, entry.item);
  const picture = entry.pictures[camera];
  if (!picture) return refuse(res, 404, `Item ${id} has no image of camera ${camera}`);
  send(res, 200, picture.bytes, { 'content-type': picture.media_type, 'cache-control': 'max-age=31536000, immutable' });
}

function events(res) {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for (const { item } of station.items.slice(-20)) res.write(event('item', item, item.id));
  res.write(event('ready', {}));
  listeners.add(res);
  res.on('close', () => listeners.delete(res));
}

function file(res, path) {
  const full = join(dist, path), technician = path.startsWith('/technician');
  const found = !path.endsWith('/') && extname(path) && !path.includes('..') && existsSync(full) ? full : join(dist, technician ? 'technician/index.html' : 'index.html');
  send(res, 200, readFileSync(found), { 'content-type': types[extname(found)] ?? 'application/octet-stream' });
}

async function body_of(req) {
  let text = '';
  for await (const piece of req) text += piece;
  try { return JSON.parse(text || '{}'); } catch { return {}; }
}
async function raw_body(req) {
  const pieces = [];
  for await (const piece of req) pieces.push(piece);
  return Buffer.concat(pieces);
}
async function maintenance_call(req, res, url) {
  const found = maintenance?.answer(req.method, url, await raw_body(req));
  return found ? send(res, found[0], found[1], found[2]) : refuse(res, 404, `No such address: ${url.pathname}`);
}
const maintenance_families = /^\/api\/v1\/(orders|authorities|ledger|events)(\/|$)/;
async function telemetry_call(req, res, url) {
  const found = telemetry?.answer(req.method, url, req.method === 'POST' ? await body_of(req) : undefined);
  return found ? send(res, found[0], found[1]) : refuse(res, 404, `No such address: ${url.pathname}`);
}
const telemetry_families = /^\/api\/v1\/(machines|anomalies|messages|jobs|sql|alerts|silences)(\/|$)/;

createServer((req, res) => {
  const url = new URL(req.url, 'http://box');
  const is = (method, path) => req.method === method && url.pathname === path;
  if (url.pathname.startsWith('/api/v1/items')) return items(res, url);
  const of_modules = answer_modules(req.method, url.pathname);
  if (of_modules) return send(res, ...of_modules);
  if (telemetry_families.test(url.pathname)) return void telemetry_call(req, res, url);
  if (maintenance_families.test(url.pathname)) return void maintenance_call(req, res, url);
  if (url.pathname === '/technician') return send(res, 308, '', { location: '/technician/' });
  if (is('GET', '/events')) return events(res);
  if (is('GET', '/api/v1/labels')) return send(res, 200, station.labels());
  if (is('GET', '/api/v1/station')) return send(res, 200, sheet());
  if (is('GET', '/api/v1/station/history')) return send(res, 200, station.history(Number(url.searchParams.get('minutes') ?? 10)));
  if (is('GET', '/api/v1/configs')) return send(res, 200, Object.fromEntries(Object.keys(scenes).map((name) => [name, { name }])));
  if (is('POST', '/api/v1/configs/active')) {
    station = new Station({ config: url.searchParams.get('station_name') });
    return send(res, 200, { name: station.config });
  }
  if (is('GET', '/api/v1/configs/active')) return send(res, 200, { name: station.config });
  if (is('POST', '/api/v1/trigger')) { const item = emit(); return send(res, 200, { item_id: item.id, decision: item.decision }); }
  if (is('POST', '/mock/emit')) return send(res, 200, emit(url.searchParams.get('decision') ?? undefined));
  if (is('POST', '/mock/every')) { pace(Number(url.searchParams.get('ms'))); return send(res, 200, {}); }
  if (is('GET', '/openapi.json')) return send(res, 200, openapi);
  if (is('GET', '/api/v1/health/live')) return send(res, 200, { status: 'ok' });
  if (url.pathname.startsWith('/api/')) return refuse(res, 404, `No such address: ${url.pathname}`);
  file(res, url.pathname);
}).listen(port, '127.0.0.1', () => console.log(`mock station on http://127.0.0.1:${port}`));
