// The entry of the pages: starts the stream, the router and the preferences, then shows the page of the address.
import { render } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import './style/all.css';
import { AlertsWatch } from './parts/alerts_watch';
import { Frame } from './parts/frame';
import { lazy } from './parts/lazy';
import { Alerts } from './pages/alerts';
import { History } from './pages/history';
import { ItemPage } from './pages/item';
import { Live } from './pages/live';
import { MachinePage } from './pages/machine';
import { Machines } from './pages/machines';
import { StationPage } from './pages/station';
import { start_alerts } from './state/alerts';
import { start_clock } from './state/clock';
import { start_maintenance } from './state/maintenance';
import { start_messages } from './state/messages';
import { start_preferences } from './state/preferences';
import { go, path, scroll_of_entry, start_router } from './state/router';
import { load_sheet } from './state/sheet';
import { start_stream } from './state/stream';
import { start_telemetry } from './state/telemetry';

const orders_style = '/assets/maintenance.css';
const ApiPage = lazy(() => import('./pages/api').then((m) => m.ApiPage), '/assets/plumbing.css');
const JobsPage = lazy(() => import('./pages/jobs').then((m) => m.JobsPage), '/assets/plumbing.css');
const MessagesPage = lazy(() => import('./pages/messages').then((m) => m.MessagesPage), '/assets/plumbing.css');
const Orders = lazy(() => import('./maintenance').then((m) => m.Orders), orders_style);
const OrderPage = lazy(() => import('./maintenance').then((m) => m.OrderPage), orders_style);
const Authorities = lazy(() => import('./maintenance').then((m) => m.Authorities), orders_style);
const Ledger = lazy(() => import('./maintenance').then((m) => m.Ledger), orders_style);
const Deliveries = lazy(() => import('./maintenance').then((m) => m.Deliveries), orders_style);

/** The name behind a page's address, or null when the address is another page's. */
function named(at: string, family: string): string | null {
  if (!at.startsWith(family)) return null;
  try {
    return decodeURIComponent(at.slice(family.length));
  } catch {
    return at.slice(family.length);
  }
}

function Page() {
  const at = path.value;
  const item = named(at, '/items/'), machine = named(at, '/machines/'), alert = named(at, '/alerts/'), order = named(at, '/orders/');
  if (item !== null) return <ItemPage id={item} />;
  if (machine !== null) return <MachinePage key={machine} name={machine} />;
  if (alert !== null || at === '/alerts') return <Alerts chosen={alert} />;
  if (order !== null) return <OrderPage key={order} id={order} />;
  if (at === '/orders') return <Orders />;
  if (at === '/authorities') return <Authorities />;
  if (at === '/ledger') return <Ledger />;
  if (at === '/deliveries') return <Deliveries />;
  if (at === '/machines') return <Machines />;
  if (at === '/messages') return <MessagesPage />;
  if (at === '/jobs') return <JobsPage />;
  if (at === '/history') return <History />;
  if (at === '/station') return <StationPage />;
  if (at === '/api') return <ApiPage />;
  return <Live />;
}

function App() {
  const at = path.value;
  useLayoutEffect(() => scrollTo(0, scroll_of_entry()), [at]);
  const first = useRef(true);
  useEffect(() => {
    const opened = first.current;
    first.current = false;
    if (!opened && document.activeElement === document.body) document.getElementById('page')?.focus({ preventScroll: true });
  }, [at]);
  return <Frame><Page /><AlertsWatch /></Frame>;
}

const at_home = location.pathname === '/';
start_router();
start_preferences();
start_clock();
start_telemetry();
start_maintenance();
start_alerts();
start_messages();
start_stream();
load_sheet().then(({ cameras, telemetry }) => {
  if (at_home && path.peek() === '/live' && telemetry && cameras.length === 0) go('/machines', true); // nothing to look at, much to listen to
}, () => undefined); // the Station page shows why; here only the name and the labels' order are wanted
render(<App />, document.getElementById('app')!);
