// The hub's pages: the fleet, and what is on its way to it.
import '../style/tokens.css';
import '../style/base.css';
import '../style/controls.css';
import '../style/tables.css';
import './fleet.css';
import { render } from 'preact';
import { useState } from 'preact/hooks';
import { Mark } from '../parts/icon';
import { Shape } from '../parts/shape';
import { language, start_preferences, theme, type Language } from '../state/preferences';
import { Rollouts } from './rollouts';
import { Stations } from './stations';
import { hub, locked, lost, place, refusal, rollouts, start, unlock } from './state';
import { w } from './words';

function Top() {
  const names: Record<Language, string> = { en: 'EN', fr: 'FR' }, dark = theme.value === 'dark', running = rollouts.value?.filter((one) => one.state === 'running').length ?? 0;
  return (
    <header class="top">
      <Mark size={32} />
      <b class="cut hub-name">{hub.value?.name ?? ''}</b>
      <nav aria-label={w('pages')}>{(['fleet', 'rollouts'] as const).map((page) => <a key={page} href={`#${page}`} aria-current={place.value.page === page ? 'page' : undefined}>{w(page)}{page === 'rollouts' && running > 0 && <span class="count">{running}</span>}</a>)}</nav>
      <div class="switch" role="group" aria-label={w('language')}>{(['en', 'fr'] as const).map((one) => <button key={one} lang={one} aria-pressed={language.value === one} onClick={() => { language.value = one; }}>{names[one]}</button>)}</div>
      <button class="button icon-only" aria-label={w('theme')} aria-pressed={dark} onClick={() => { theme.value = dark ? 'light' : 'dark'; }}>◐</button>
    </header>
  );
}

function Who() {
  const [text, set] = useState('');
  return (
    <form class="panel who" onSubmit={(event) => { event.preventDefault(); unlock(text); }}>
      <h2>{w('token.title')}</h2>
      <label class="muted" for="token">{w('token.text')}</label>
      <div class="row"><input id="token" type="password" autocomplete="current-password" value={text} onInput={(event) => set(event.currentTarget.value)} /><button class="button strong">{w('token.go')}</button></div>
    </form>
  );
}

function App() {
  document.title = `${w(place.value.page)} · ${hub.value?.name ?? 'Orée'}`;
  return (
    <>
      <Top />
      <main class={lost.value ? 'old' : ''}>
        {lost.value && <section class="error-card" role="alert"><Shape decision="WARNING" size={32} /><div><p>{w('lost')}</p><p class="muted">{w('lost.fix')}</p></div></section>}
        {refusal.value && <section class="error-card" role="alert"><Shape decision="KO" size={32} /><div><h2>{w('refused')}</h2><p>{refusal.value}</p></div></section>}
        {hub.value?.takes_unsigned && <p class="none-yet banner unsigned" role="note"><Shape decision="WARNING" size={24} /><span>{w('unsigned')}</span></p>}
        {locked.value ? <Who /> : place.value.page === 'fleet' ? <Stations /> : <Rollouts />}
      </main>
    </>
  );
}

start_preferences();
render(<App />, document.getElementById('app')!);
start();
