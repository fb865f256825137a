// The entry of the pages: starts the stream, the router and the preferences, then shows the page of the address.
import { render } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import 'uplot/dist/uPlot.min.css';
import './style/all.css';
import { Frame } from './parts/frame';
import { ApiPage } from './pages/api';
import { History } from './pages/history';
import { ItemPage } from './pages/item';
import { Live } from './pages/live';
import { StationPage } from './pages/station';
import { start_clock } from './state/clock';
import { start_preferences } from './state/preferences';
import { path, scroll_of_entry, start_router } from './state/router';
import { load_sheet } from './state/sheet';
import { start_stream } from './state/stream';

function Page() {
  const at = path.value;
  if (at.startsWith('/items/')) return <ItemPage id={decodeURIComponent(at.slice('/items/'.length))} />;
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
  return <Frame><Page /></Frame>;
}

start_router();
start_preferences();
start_clock();
start_stream();
load_sheet().catch(() => undefined); // the Station page shows why; here only the name and the labels' order are wanted
render(<App />, document.getElementById('app')!);
