// The technician's app: orders on a phone, with or without a network.
import '../style/tokens.css';
import '../style/base.css';
import '../style/controls.css';
import './technician.css';
import { signal } from '@preact/signals';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { start_clock } from '../state/clock';
import { start_preferences } from '../state/preferences';
import { o } from '../words/orders';
import { s } from '../words/technician';
import { Icon, Mark } from '../parts/icon';
import { List } from './list';
import { Me, Welcome } from './me';
import { NetLine } from './net';
import { OrderView } from './order';
import { alarm, ready, start, who } from './state';

type Place = { page: 'list' } | { page: 'me' } | { page: 'order'; id: string };
function place_of(hash: string): Place {
  const id = /^#\/orders\/([^/]+)$/.exec(hash)?.[1];
  return id ? { page: 'order', id: decodeURIComponent(id) } : { page: hash === '#/me' ? 'me' : 'list' };
}
const place = signal(place_of(location.hash));
addEventListener('hashchange', () => {
  place.value = place_of(location.hash);
  scrollTo(0, 0);
});

function Top({ page }: { page: Place['page'] }) {
  return (
    <header class="top">
      {page === 'list' ? <span class="top-mark"><Mark size={32} /></span> : <a class="button icon-only" href="#/" aria-label={s('back')}><Icon name="left" /></a>}
      <b>{page === 'me' ? s('me') : o('title')}</b>
      {page !== 'me' && <a class="button plain top-me" href="#/me" aria-label={s('me')}>{who.value}</a>}
    </header>
  );
}

function App() {
  useEffect(() => { document.title = s('app'); });
  if (!ready.value) return null;
  const here = place.value, alarmed = alarm.value && <p class="alarm" role="alert">{s('alarm', { why: alarm.value })}</p>;
  if (!who.value) return <>{alarmed}<Welcome /></>;
  return (
    <>
      <div class="head"><Top page={here.page} /><NetLine /></div>
      {alarmed}
      <main class={here.page}>{here.page === 'order' ? <OrderView id={here.id} /> : here.page === 'me' ? <Me /> : <List />}</main>
    </>
  );
}

start_preferences();
start_clock();
start().catch((error: unknown) => {
  alarm.value = String(error);
  ready.value = true;
});
render(<App />, document.getElementById('app')!);
void navigator.serviceWorker?.register('sw.js').catch((error: unknown) => console.warn('the app cannot be kept on this device:', error));
