// The designed states that every page shares: empty, error with its cause and fix, skeleton, copy button.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError } from '../state/api';
import { t } from '../words/words';
import { Icon } from './icon';
import { Shape } from './shape';

export function Empty({ title, next, children }: { title: string; next: string; children?: ComponentChildren }) {
  return (
    <section class="empty">
      <svg viewBox="0 0 160 96" width="160" height="96" aria-hidden="true" class="clearing">
        <path d="M8 84h144" /><path d="M24 84V24M40 84V36M54 84V48M66 84V58" /><circle cx="112" cy="44" r="14" />
      </svg>
      <h2>{title}</h2>
      <p>{next}</p>
      {children}
    </section>
  );
}

export async function copy_text(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = Object.assign(document.createElement('textarea'), { value: text, readOnly: true }); // plain http has no clipboard
    area.style.cssText = 'position:fixed;opacity:0';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

export function CopyButton({ text, label, quiet = false }: { text: () => string; label: string; quiet?: boolean }) {
  const [said, set_said] = useState('');
  const copy = async () => {
    set_said((await copy_text(text())) ? t('item.copied') : t('copy.failed'));
    setTimeout(() => set_said(''), 1600);
  };
  return (
    <button class={quiet ? 'button icon-only' : 'button'} onClick={() => void copy()} title={label} aria-label={quiet ? label : undefined}>
      <Icon name="copy" size={18} />{quiet ? <span class="said" role="status">{said}</span> : <span role="status">{said || label}</span>}
    </button>
  );
}

function explain(error: unknown): { cause: string; fix: string } {
  if (!(error instanceof ApiError)) return { cause: String(error), fix: '' };
  if (error.status === 0) return { cause: t('error.network'), fix: t('error.network.fix') };
  if (error.status === 401 || error.status === 403) return { cause: t('error.denied'), fix: t('error.denied.fix') };
  if (error.status >= 500) return { cause: error.message || t('error.server'), fix: t('error.server.fix') };
  return { cause: error.message, fix: t('error.asked.fix') };
}

export function ErrorCard({ error, again }: { error: unknown; again?: () => void }) {
  const { cause, fix } = explain(error);
  const details = () => `${location.href}\n${error instanceof ApiError ? `${error.where} → ${error.status}\n` : ''}${cause}\n${new Date().toISOString()}`;
  return (
    <section class="error-card" role="alert">
      <Shape decision="KO" size={32} />
      <div>
        <h2>{t('error.title')}</h2>
        <p>{cause}</p>
        {fix && <p class="muted">{fix}</p>}
        <div class="row">
          {again && <button class="button" onClick={again}>{t('error.again')}</button>}
          <CopyButton text={details} label={t('error.copy')} />
        </div>
      </div>
    </section>
  );
}

/** Grey shapes where content will stand; the style shows them only after 300 ms. */
export const Skeleton = ({ count = 3, kind = 'line' }: { count?: number; kind?: 'line' | 'tile' | 'card' }) => (
  <div class={`skeleton ${kind}`} aria-busy="true">{Array.from({ length: count }, (_, i) => <span key={i} />)}</div>
);
