// The frame around every page: rail of pages, station name, health, language and theme; bottom bar on phones.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { firing } from '../state/alerts';
import { maintenance } from '../state/maintenance';
import { language, theme, type Language, type Theme } from '../state/preferences';
import { path } from '../state/router';
import { sheet } from '../state/sheet';
import { connection, health } from '../state/stream';
import { telemetry } from '../state/telemetry';
import { check_in_words } from '../words/checks';
import { t, type Key } from '../words/words';
import { ConfigMenu } from './config_menu';
import { Icon, Mark, type IconName } from './icon';
import { StateShape } from './shape';
import { StaleBanner } from './stale';

interface Page { href: string; word: Key; icon: IconName; also?: string; count?: () => number }
const parts: Page[] = [{ href: '/live', word: 'nav.live', icon: 'live' }, { href: '/history', word: 'nav.history', icon: 'history', also: '/items/' }];
const readings: Page[] = [{ href: '/machines', word: 'nav.machines', icon: 'machines', also: '/machines/' }, { href: '/alerts', word: 'nav.alerts', icon: 'alerts', also: '/alerts/', count: () => firing.value }];
const repairs: Page[] = [{ href: '/orders', word: 'nav.orders', icon: 'orders', also: '/orders/' }];
const trust: Page[] = [{ href: '/ledger', word: 'nav.ledger', icon: 'ledger' }, { href: '/authorities', word: 'nav.authorities', icon: 'authorities' }, { href: '/deliveries', word: 'nav.deliveries', icon: 'deliveries' }];
const plumbing: Page[] = [{ href: '/messages', word: 'nav.messages', icon: 'messages' }, { href: '/jobs', word: 'nav.jobs', icon: 'jobs' }];
const box: Page[] = [{ href: '/station', word: 'nav.station', icon: 'station' }];
const api: Page = { href: '/api', word: 'nav.api', icon: 'api' };

/** The rail's pages in order, of which a phone's bar takes the first ones; the rest is behind "More". */
function pages_here(): { all: Page[]; in_bar: number } {
  const orders = maintenance.value ? repairs : [], proofs = maintenance.value ? trust : [];
  if (!telemetry.value) return { all: [...parts, ...orders, ...proofs, ...box, api], in_bar: 3 };
  return orders.length > 0 // with this many pages the bar keeps what is opened every day
    ? { all: [parts[0]!, ...readings, ...orders, parts[1]!, ...proofs, ...plumbing, ...box, api], in_bar: 4 }
    : { all: [...parts, ...readings, ...plumbing, ...box, api], in_bar: 4 };
}
const is_current = (page: Page): boolean => path.value === page.href || (page.also !== undefined && path.value.startsWith(page.also));

function NavLink({ page, extra = '' }: { page: Page; extra?: string }) {
  const count = page.count?.() ?? 0;
  return (
    <a href={page.href} class={`nav-link ${extra}`} aria-current={is_current(page) ? 'page' : undefined}>
      <Icon name={page.icon} /><span>{t(page.word)}</span>
      {count > 0 && <b class="nav-count" aria-label={t('alerts.firing_count', { n: count })}>{count > 99 ? '99+' : count}</b>}
    </a>
  );
}

function LanguageSwitch() {
  const both: Language[] = ['fr', 'en'];
  return (
    <div class="switch" role="group" aria-label={t('language.label')}>
      {both.map((code) => (
        <button key={code} lang={code} aria-pressed={language.value === code} aria-label={code === 'fr' ? 'Français' : 'English'} onClick={() => { language.value = code; }}>{code}</button>
      ))}
    </div>
  );
}

function ThemeSwitch({ wide = false }: { wide?: boolean }) {
  const order: Theme[] = ['system', 'light', 'dark'];
  if (wide) {
    return (
      <div class="switch" role="group" aria-label={t('theme.label')}>
        {order.map((name) => <button key={name} aria-pressed={theme.value === name} aria-label={t(`theme.${name}`)} title={t(`theme.${name}`)} onClick={() => { theme.value = name; }}><Icon name={name} size={20} /></button>)}
      </div>
    );
  }
  const said = t('pair', { name: t('theme.label'), value: t(`theme.${theme.value}`) });
  return <button class="button plain icon-only" title={said} aria-label={said} onClick={() => { theme.value = order[(order.indexOf(theme.value) + 1) % 3]!; }}><Icon name={theme.value} size={20} /></button>;
}

function HealthMark() {
  const checks = health.value ?? sheet.value?.health ?? null;
  const worst = connection.value === 'lost' ? 'lost' : checks === null ? 'unknown' : checks.some((c) => c.state === 'failed') ? 'failed' : checks.some((c) => c.state === 'warning') ? 'warning' : 'ok';
  const why = checks?.filter((c) => c.state !== 'ok').map((c) => t('pair', { name: check_in_words(c.check), value: c.detail })).join('\n');
  return (
    <a href="/station" class={`health ${worst}`} title={why || undefined}>
      <StateShape state={worst} size={18} /><span>{t(`health.${worst}` as Key)}</span>
    </a>
  );
}

function MoreMenu({ pages }: { pages: Page[] }) {
  const [open, set_open] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => set_open(false), [path.value]);
  useEffect(() => {
    if (!open) return;
    const close = (event: Event) => {
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : !box.current?.contains(event.target as Node)) set_open(false);
    };
    addEventListener('pointerdown', close);
    addEventListener('keydown', close);
    return () => {
      removeEventListener('pointerdown', close);
      removeEventListener('keydown', close);
    };
  }, [open]);
  return (
    <div class="more" ref={box}>
      <button class="nav-link" aria-expanded={open} aria-current={!open && pages.some(is_current) ? 'page' : undefined} onClick={() => set_open(!open)}><Icon name="more" /><span>{t('nav.more')}</span></button>
      {open && (
        <div class="sheet">
          {pages.map((page) => <NavLink key={page.href} page={page} extra="wide" />)}
          <div class="sheet-row"><span>{t('language.label')}</span><LanguageSwitch /></div>
          <div class="sheet-row"><span>{t('theme.label')}</span><ThemeSwitch wide /></div>
        </div>
      )}
    </div>
  );
}

export function Frame({ children }: { children: ComponentChildren }) {
  const { all, in_bar } = pages_here();
  return (
    <>
      <a class="skip" href="#page" onClick={(event) => { event.preventDefault(); document.getElementById('page')?.focus(); }}>{t('nav.skip')}</a>
      <nav class="rail" aria-label={t('nav.label')}>
        <a href="/live" class="brand" aria-label={t('nav.home')}><Mark size={36} /><span>Orée</span></a>
        {all.map((page, i) => <NavLink key={page.href} page={page} extra={i >= in_bar ? 'desk-only' : ''} />)}
        <MoreMenu pages={all.slice(in_bar)} />
      </nav>
      <header class="top">
        <ConfigMenu />
        <div class="top-right"><HealthMark /><div class="desk-only row"><LanguageSwitch /><ThemeSwitch /></div></div>
      </header>
      <StaleBanner />
      <main id="page" tabIndex={-1}>{children}</main>
    </>
  );
}
