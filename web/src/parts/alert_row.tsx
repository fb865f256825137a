// One alert: what is wrong, its value against the threshold, since when; its rule is one click away.
import { useEffect, useRef, useState } from 'preact/hooks';
import { silence_of } from '../state/alerts';
import { now } from '../state/clock';
import type { Alert, AlertRule, Silence } from '../state/telemetry_types';
import { ago, duration, limit, reading, recent_moment, until } from '../words/format';
import { t, word } from '../words/words';
import { Icon } from './icon';
import { StateShape } from './shape';
import { SilenceDialog } from './silence_dialog';

const when = (alert: Alert): string => (alert.state === 'resolved' && alert.ended !== null
  ? t('alerts.ended', { ago: ago(alert.ended, now.value), time: duration(Math.max(1, (alert.ended - alert.since) / 1000)) })
  : t('alerts.since', { moment: recent_moment(alert.since, now.value), ago: ago(alert.since, now.value) }));

/** An alert in one line, for the page of its machine. */
export function AlertLine({ alert }: { alert: Alert }) {
  return (
    <li><a href={`/alerts/${encodeURIComponent(alert.id)}`}><StateShape state={alert.state} size={20} />
      <span><b class="cut">{alert.sentence}</b><small class="cut">{t(`alert.${alert.state}`)} · {when(alert)}</small></span></a></li>
  );
}

/** Where the alert happened, with some time before it. */
function machine_address(machine: string, { since, ended }: Alert): string {
  const end = ended ?? now.peek(), lead = Math.max(600e3, (end - since) / 2);
  return `/machines/${encodeURIComponent(machine)}?from=${new Date(since - lead).toISOString()}&to=${new Date(end + 60e3).toISOString()}`;
}

function Labels({ alert }: { alert: Alert }) {
  return (
    <span class="labels">
      {Object.entries(alert.labels).map(([name, value]) => (name === 'machine'
        ? <a key={name} class="chip" href={machine_address(value, alert)}><Icon name="machines" size={18} />{value}</a>
        : <span key={name} class="chip still">{word(`label.${name}`, name)} <b>{value}</b></span>))}
    </span>
  );
}

function Rule({ rule, alert }: { rule: AlertRule | undefined; alert: Alert }) {
  return (
    <dl class="alert-rule">
      <div><dt>{t('alerts.rule')}</dt><dd><b>{alert.rule}</b>{rule && <> · {t('alerts.for', { time: duration(rule.for_s) })}</>}</dd></div>
      {rule && <div><dt>{t('alerts.expression')}</dt><dd><code>{rule.expression}</code></dd></div>}
      <div><dt>{t('alerts.id')}</dt><dd><code>{alert.id}</code></dd></div>
    </dl>
  );
}

export interface AlertRowProps { alert: Alert; rule: AlertRule | undefined; silences: Silence[]; chosen: boolean }

export function AlertRow({ alert, rule, silences, chosen }: AlertRowProps) {
  const [open, set_open] = useState(chosen), [asking, ask] = useState(false), row = useRef<HTMLLIElement>(null);
  const silence = silence_of(silences, alert, now.value), quiet = silence !== undefined || alert.silenced;
  useEffect(() => {
    if (!chosen) return;
    set_open(true);
    row.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <li ref={row} class={`alert ${alert.state}${quiet ? ' silenced' : ''}${chosen ? ' chosen' : ''}`}>
      <StateShape state={alert.state} size={32} />
      <div class="alert-words">
        <p class="alert-sentence">{alert.sentence}</p>
        <p class="muted small">{t(`alert.${alert.state}`)} · {word(`severity.${alert.severity}`, alert.severity)} · {alert.rule} · {when(alert)}</p>
        {quiet && <p class="muted small silence-note"><Icon name="quiet" size={18} />{silence ? t('alerts.silent_until', { time: until(silence.until, now.value) }) : t('alerts.silent')}</p>}
        <Labels alert={alert} />
      </div>
      <p class="alert-value">{alert.value !== null && <b>{reading(alert.value)}</b>}{alert.threshold !== null && <small>{t('alerts.against', { threshold: limit(alert.threshold) })}</small>}</p>
      <div class="alert-buttons">
        {alert.state !== 'resolved' && !quiet && <button class="button" onClick={() => ask(true)}><Icon name="quiet" size={20} />{t('alerts.silence')}</button>}
        <button class="button plain" aria-expanded={open} onClick={() => set_open(!open)}>{t('live.why')}<Icon name="down" size={18} /></button>
      </div>
      {open && <Rule rule={rule} alert={alert} />}
      {asking && <SilenceDialog alert={alert} done={() => ask(false)} />}
    </li>
  );
}
