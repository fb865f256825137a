// The model server's pages: what is served and how fast, each model to try, and every call of the API.
import '../style/tokens.css';
import '../style/base.css';
import '../style/controls.css';
import '../style/tables.css';
import '../style/api.css';
import './models.css';
import { render } from 'preact';
import { ApiPage } from '../pages/api';
import { Mark } from '../parts/icon';
import { Shape } from '../parts/shape';
import { language, start_preferences, theme, type Language } from '../state/preferences';
import { Models } from './models';
import { lost, page, refusal, sheet, start } from './state';
import { w } from './words';

function Top() {
  const names: Record<Language, string> = { en: 'EN', fr: 'FR' }, dark = theme.value === 'dark';
  return (
    <header class="top">
      <Mark size={32} />
      <b class="cut server-name">{sheet.value?.server.name ?? ''}</b>
      <nav aria-label={w('pages')}>{(['models', 'api'] as const).map((one) => <a key={one} href={`#${one}`} aria-current={page.value === one ? 'page' : undefined}>{w(one)}</a>)}</nav>
      <div class="switch" role="group" aria-label={w('language')}>{(['en', 'fr'] as const).map((one) => <button key={one} lang={one} aria-pressed={language.value === one} onClick={() => { language.value = one; }}>{names[one]}</button>)}</div>
      <button class="button icon-only" aria-label={w('theme')} aria-pressed={dark} onClick={() => { theme.value = dark ? 'light' : 'dark'; }}>◐</button>
    </header>
  );
}

function App() {
  document.title = `${w(page.value)} · ${sheet.value?.server.name ?? 'Orée'}`;
  return (
    <>
      <Top />
      <main class={lost.value ? 'old' : ''}>
        {lost.value && <section class="error-card" role="alert"><Shape decision="WARNING" size={32} /><div><p>{w('lost')}</p><p class="muted">{w('lost.fix')}</p></div></section>}
        {refusal.value && <section class="error-card" role="alert"><Shape decision="KO" size={32} /><div><h2>{w('refused')}</h2><p>{refusal.value}</p></div></section>}
        {page.value === 'api' ? <ApiPage /> : <Models />}
      </main>
    </>
  );
}

start_preferences();
render(<App />, document.getElementById('app')!);
start();
