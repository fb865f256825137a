// The address bar is the state of the page: path and query as signals, moved by the History API.
import { computed, signal } from '@preact/signals';

const pages = ['/live', '/history', '/machines', '/alerts', '/messages', '/jobs', '/orders', '/authorities', '/ledger', '/deliveries', '/station', '/api'];
/** Pages of which there are many: the rest of the address names one. */
const families = ['/items/', '/machines/', '/alerts/', '/orders/'];
const here = signal(location.pathname + location.search);
const remembered_scroll = new Map<string, number>();
let key = 0;

export const path = computed(() => here.value.split('?')[0] ?? '/');
export const query = computed(() => new URLSearchParams(here.value.split('?')[1] ?? ''));
/** Where to scroll to when a page comes back into view by Back or Forward. */
export const scroll_of_entry = () => remembered_scroll.get(String((history.state as { key?: number } | null)?.key ?? 0)) ?? 0;

function remember_scroll() {
  remembered_scroll.set(String((history.state as { key?: number } | null)?.key ?? 0), scrollY);
}

export function is_page(pathname: string): boolean {
  return pages.includes(pathname) || families.some((family) => pathname.startsWith(family) && pathname.length > family.length);
}

export function go(href: string, replace = false): void {
  remember_scroll();
  if (replace) history.replaceState(history.state, '', href);
  else history.pushState({ key: ++key }, '', href);
  here.value = location.pathname + location.search;
}

function on_click(event: MouseEvent) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest?.('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin || !is_page(link.pathname)) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

export function start_router(): void {
  history.scrollRestoration = 'manual';
  key = Number((history.state as { key?: number } | null)?.key ?? 0);
  if (!is_page(location.pathname)) go('/live', true);
  addEventListener('click', on_click);
  addEventListener('popstate', () => {
    here.value = location.pathname + location.search;
  });
  addEventListener('scroll', () => remember_scroll(), { passive: true });
}
