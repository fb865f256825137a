// The history's filters as chips; the address bar is their only memory, so that a filtered view is a link.
import { useState } from 'preact/hooks';
import { toggled } from '../state/filter';
import { go, query } from '../state/router';
import type { Decision, LabelCount } from '../state/types';
import { whole } from '../words/format';
import { t, type Key } from '../words/words';
import { Icon } from './icon';
import { Shape } from './shape';

const shown_labels = 6;

function set_query(change: (q: URLSearchParams) => void) {
  const q = new URLSearchParams(query.value);
  change(q);
  const text = q.toString();
  go(`/history${text ? `?${text}` : ''}`, true);
}

const toggle = (name: string, value: string) => {
  const text = toggled(query.value, name, value).toString();
  go(`/history${text ? `?${text}` : ''}`, true);
};

/** A moment in the form that a datetime-local field wants, in this place's time. */
function local(moment: string | null): string {
  const date = new Date(moment ?? '');
  if (Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function TimeRange() {
  const set = (name: string, value: string) => set_query((q) => {
    q.delete('since');
    if (value) q.set(name, new Date(value).toISOString());
    else q.delete(name);
  });
  return (
    <div class="range">
      {(['from', 'to'] as const).map((name) => (
        <label key={name}>{t(`history.${name}`)}<input type="datetime-local" value={local(query.value.get(name))} onChange={(event) => set(name, event.currentTarget.value)} /></label>
      ))}
    </div>
  );
}

function TimeChips() {
  const q = query.value;
  const [asked, ask] = useState(false);
  const chosen = q.has('from') || q.has('to') || asked ? 'between' : (q.get('since') ?? 'all_time');
  const choose = (span: string) => {
    ask(span === 'between');
    if (span !== 'between') set_query((next) => {
      for (const name of ['from', 'to', 'since']) next.delete(name);
      if (span !== 'all_time') next.set('since', span);
    });
  };
  return (
    <fieldset class="chips">
      <legend>{t('history.time')}</legend>
      {(['all_time', '1h', '24h', '7d', 'between'] as const).map((span) => (
        <button key={span} class="chip" aria-pressed={chosen === span} onClick={() => choose(span)}>{t(`history.${span}`)}</button>
      ))}
      {chosen === 'between' && <TimeRange />}
    </fieldset>
  );
}

function LabelChips({ labels }: { labels: LabelCount[] }) {
  const chosen = query.value.getAll('label');
  const first = labels.slice(0, shown_labels).map((l) => l.label);
  const shown = [...first, ...chosen.filter((label) => !first.includes(label))];
  const rest = labels.filter((l) => !shown.includes(l.label));
  const count = new Map(labels.map((l) => [l.label, l.count]));
  return (
    <fieldset class="chips">
      <legend>{t('history.label')}</legend>
      {shown.map((label) => (
        <button key={label} class="chip" aria-pressed={chosen.includes(label)} onClick={() => toggle('label', label)} title={label}>
          <span class="cut">{label}</span>{count.has(label) && <small>{whole(count.get(label)!)}</small>}
        </button>
      ))}
      {rest.length > 0 && (
        <select class="chip" aria-label={t('history.more_labels')} value="" onChange={(event) => toggle('label', event.currentTarget.value)}>
          <option value="">{t('history.more_labels')}</option>
          {rest.map(({ label, count: n }) => <option key={label} value={label}>{label} ({n})</option>)}
        </select>
      )}
    </fieldset>
  );
}

function CameraChips({ cameras }: { cameras: string[] }) {
  const chosen = query.value.get('camera');
  const all = chosen && !cameras.includes(chosen) ? [...cameras, chosen] : cameras;
  return (
    <fieldset class="chips">
      <legend>{t('history.camera')}</legend>
      {all.map((camera) => (
        <button key={camera} class="chip" title={camera} aria-pressed={chosen === camera} onClick={() => set_query((q) => (chosen === camera ? q.delete('camera') : q.set('camera', camera)))}><span class="cut">{camera}</span></button>
      ))}
    </fieldset>
  );
}

export function Filters({ labels, cameras }: { labels: LabelCount[]; cameras: string[] }) {
  const q = query.value;
  const decisions: Decision[] = ['OK', 'KO', 'NO_DECISION'];
  const active = [...q.keys()].length;
  const [open, set_open] = useState(false);
  return (
    <section class={`filters${open ? ' open' : ''}`} aria-label={t('history.filters')}>
      <fieldset class="chips">
        <legend>{t('history.verdict')}</legend>
        {decisions.map((d) => (
          <button key={d} class="chip" aria-pressed={q.getAll('decision').includes(d)} onClick={() => toggle('decision', d)}><Shape decision={d} size={18} />{t(`verdict.${d}` as Key)}</button>
        ))}
        <button class="chip filter-toggle" aria-expanded={open} onClick={() => set_open(!open)}>{t('history.filters')}<Icon name="down" size={18} /></button>
      </fieldset>
      <div class="more-filters">
        {labels.length > 0 && <LabelChips labels={labels} />}
        {cameras.length > 1 && <CameraChips cameras={cameras} />}
        <TimeChips />
      </div>
      {active > 0 && <a class="button plain clear" href="/history"><Icon name="close" size={18} />{t('history.clear')}</a>}
    </section>
  );
}
