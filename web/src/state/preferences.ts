// What a person chose on this screen: language and theme, kept in this browser.
import { effect, signal } from '@preact/signals';

export type Language = 'en' | 'fr';
export type Theme = 'system' | 'light' | 'dark';

export function kept(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch { /* private windows keep nothing, and that is fine */ }
}

function first_language(): Language {
  const chosen = kept('oree.language');
  if (chosen === 'en' || chosen === 'fr') return chosen;
  return typeof navigator !== 'undefined' && navigator.language?.startsWith('fr') ? 'fr' : 'en';
}
function first_theme(): Theme {
  const chosen = kept('oree.theme');
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

export const language = signal<Language>(first_language());
export const theme = signal<Theme>(first_theme());

export function start_preferences(): void {
  effect(() => {
    document.documentElement.lang = language.value;
    keep('oree.language', language.value);
  });
  effect(() => {
    if (theme.value === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme.value;
    keep('oree.theme', theme.value);
  });
}
