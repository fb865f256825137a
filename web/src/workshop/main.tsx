// The Optimise page: a network on its way to being fast, small and certified.
import '../style/tokens.css';
import '../style/base.css';
import '../style/controls.css';
import './workshop.css';
import { signal } from '@preact/signals';
import { render } from 'preact';
import { Mark } from '../parts/icon';
import { Shape } from '../parts/shape';
import { language, start_preferences, theme, type Language } from '../state/preferences';
import { Gates } from './gates';
import { Pareto } from './pareto';
import { Path } from './path';
import type { Run } from './types';
import { w } from './words';

const run = signal<Run | undefined>(undefined), lost = signal(false);

async function look(): Promise<void> {
  try {
    const answer = await fetch('/api/v1/optimise', { cache: 'no-store' });
    if (!answer.ok) throw new Error(String(answer.status));
    run.value = (await answer.json()) as Run;
    lost.value = false;
  } catch {
    lost.value = true;
  }
  if (run.value?.state === 'done' || run.value?.state === 'failed') return;
  setTimeout(() => void look(), lost.value ? 2000 : 400);
}

function Top({ now }: { now: Run | undefined }) {
  const names: Record<Language, string> = { en: 'EN', fr: 'FR' }, dark = theme.value === 'dark';
  const all_hold = now !== undefined && now.state !== 'failed' && now.outcomes.every((one) => one.holds);
  return (
    <header class="top">
      <Mark size={32} />
      <div class="top-text"><b>{w('title')}</b><span class="muted cut">{now?.model ?? ''}</span></div>
      {now && <span class={`pill ${now.state === 'failed' || (now.state === 'done' && !all_hold) ? 'KO' : now.state === 'done' ? 'OK' : 'WAITING'}`} role="status">
        <Shape decision={now.state === 'running' ? 'WAITING' : all_hold ? 'OK' : 'KO'} size={16} />{w(now.state === 'done' && !all_hold ? 'refused' : now.state)}</span>}
      <div class="switch" role="group" aria-label={w('language')}>{(['en', 'fr'] as const).map((one) => <button key={one} lang={one} aria-pressed={language.value === one} onClick={() => { language.value = one; }}>{names[one]}</button>)}</div>
      <button class="button icon-only" aria-label={w('theme')} aria-pressed={dark} onClick={() => { theme.value = dark ? 'light' : 'dark'; }}>◐</button>
    </header>
  );
}

function App() {
  const now = run.value;
  document.title = `${w('title')}${now ? ` · ${now.model}` : ''}`;
  return (
    <>
      <Top now={now} />
      <main>
        {lost.value && now && now.state === 'running' && <section class="error-card" role="alert"><Shape decision="WARNING" size={32} /><div><p>{w('lost')}</p><p class="muted">{w('lost.fix')}</p></div></section>}
        {!now && <div class="skeleton card" aria-busy="true"><span /><span /></div>}
        {now?.error && <section class="error-card" role="alert"><Shape decision="KO" size={32} /><div><h2>{w('error.title')}</h2><p>{now.error}</p>{now.fix && <p class="muted">{now.fix}</p>}</div></section>}
        {now && (now.stages.length > 0 || (now.state === 'running' && !now.search)) && <Path stages={now.stages} next={now.state === 'running' ? now.now : ''} />}
        {now?.outcomes.map((outcome) => <Gates key={outcome.target} outcome={outcome} />)}
        {now && (now.search || now.state === 'done') && <Pareto search={now.search} />}
      </main>
    </>
  );
}

start_preferences();
render(<App />, document.getElementById('app')!);
void look();
