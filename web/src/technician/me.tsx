// The name of who holds this phone, the language, the colours, and whether the app is kept on the device.
import { useEffect, useState } from 'preact/hooks';
import { language, theme, type Language, type Theme } from '../state/preferences';
import { s } from '../words/technician';
import { Mark } from '../parts/icon';
import { Shape } from '../parts/shape';
import { call_me, who } from './state';

function Languages() {
  const names: Record<Language, string> = { en: 'English', fr: 'Français' };
  return <div class="switch" role="group" aria-label={s('language')}>{(['en', 'fr'] as const).map((one) => <button key={one} lang={one} aria-pressed={language.value === one} onClick={() => { language.value = one; }}>{names[one]}</button>)}</div>;
}

function Name({ label, done }: { label: string; done?: () => void }) {
  const [name, set_name] = useState(who.value), keep = (event: Event) => { event.preventDefault(); if (name.trim()) void call_me(name).then(done); };
  return (
    <form class="name" onSubmit={keep}>
      <label class="field">{s('name.field')}<input value={name} maxLength={100} autocomplete="name" required onInput={(event) => set_name(event.currentTarget.value)} /></label>
      <button class="button strong wide" disabled={name.trim() === '' || name.trim() === who.value}>{label}</button>
    </form>
  );
}

export function Welcome() {
  return <main class="welcome"><Mark size={64} /><h1>{s('name.title')}</h1><p class="muted">{s('name.text')}</p><Languages /><Name label={s('name.go')} /></main>;
}

type Keeping = 'good' | 'bare' | 'wait';
function useKeeping(): Keeping {
  const [keeping, set_keeping] = useState<Keeping>(navigator.serviceWorker ? 'wait' : 'bare');
  useEffect(() => { void navigator.serviceWorker?.ready.then(() => set_keeping('good')); }, []);
  return keeping;
}

interface InstallPrompt extends Event { prompt: () => Promise<void> }
let offered: InstallPrompt | undefined;
addEventListener('beforeinstallprompt', (event) => { offered = event as InstallPrompt; });

export function Me() {
  const keeping = useKeeping(), themes: Theme[] = ['system', 'light', 'dark'];
  return (
    <>
      <section class="panel"><h2>{s('name.title')}</h2><p class="muted">{s('name.text')}</p><Name label={s('done')} done={() => { location.hash = '#/'; }} /></section>
      <section class="panel"><h2>{s('language')}</h2><Languages /></section>
      <section class="panel"><h2>{s('theme')}</h2><div class="switch" role="group" aria-label={s('theme')}>{themes.map((one) => <button key={one} aria-pressed={theme.value === one} onClick={() => { theme.value = one; }}>{s(`theme.${one}`)}</button>)}</div></section>
      <section class="panel"><h2>{s('app')}</h2>
        <p class="seal-line"><Shape decision={keeping === 'good' ? 'OK' : keeping === 'wait' ? 'WAITING' : 'WARNING'} size={20} />{s(`keep.${keeping}`)}</p>
        {offered ? <button class="button wide" onClick={() => void offered?.prompt()}>{s('install')}</button> : keeping === 'good' && <p class="muted small">{s('install.hint')}</p>}
        <a class="button plain wide" href="/orders">{s('station_page')}</a>
      </section>
    </>
  );
}
