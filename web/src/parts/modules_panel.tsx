// What runs beside the station, as `oree list` tells it: state, since when, how often it started again, its last words.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { read_module_log, read_modules, restart_module } from '../state/api';
import { now } from '../state/clock';
import { useKept, useLoad } from '../state/load';
import type { Module, ModulesAnswer } from '../state/types';
import { ago, whole } from '../words/format';
import { m, module_word } from '../words/modules';
import { t } from '../words/words';
import { StateShape } from './shape';
import { CopyButton, ErrorCard, Skeleton } from './states';
import { Table } from './table';

const shapes: Record<string, string> = { running: 'ok', stopped: 'off', failed: 'failed', unhealthy: 'failed', backoff: 'warning' };
/** When it last began or ended to be what it is; a moment of the station's clock. */
export const since_of = (module: Module): number | null => (module.status === 'running' ? module.started : module.finished ?? module.started);

function State({ module, asked }: { module: Module; asked: boolean }) {
  const said = module_word(`module.${module.runtime_status}`, module.runtime_status);
  const more = [module.exit_code !== undefined && module.status !== 'running' && m('modules.exit', { code: module.exit_code }), module.wanted === 'stopped' && module.status === 'running' && m('modules.wanted_stopped'), module.detail].filter(Boolean);
  return (
    <>
      <span class="state-word"><StateShape state={asked ? 'waiting' : shapes[module.runtime_status] ?? 'waiting'} size={20} />{asked ? m('modules.asked') : said}</span>
      {more.length > 0 && <small class="block muted">{more.join(' · ')}</small>}
      {module.error && <small class="block bad">{module.error}</small>}
    </>
  );
}

const Runs = ({ module }: { module: Module }) => (
  <>
    <span class="block">{module.runs_as === 'station' ? m('modules.itself') : module.image}</span>
    {module.command && <code class="statement">{module.command.join(' ')}</code>}
  </>
);

function RestartDialog({ name, done, asked }: { name: string; done: () => void; asked: () => void }) {
  const box = useRef<HTMLDialogElement>(null), [busy, set_busy] = useState(false), [error, set_error] = useState<unknown>();
  useEffect(() => box.current?.showModal(), []);
  const restart = async () => {
    set_busy(true);
    set_error(undefined);
    try {
      await restart_module(name);
      asked();
      done();
    } catch (cause) {
      set_error(cause);
      set_busy(false);
    }
  };
  return (
    <dialog ref={box} class="question" onClose={done}>
      <h2>{m('modules.confirm', { name })}</h2>
      <p class="muted">{m('modules.consequence')}</p>
      {error !== undefined && <ErrorCard error={error} />}
      <div class="row end">
        <button class="button" onClick={done}>{m('modules.cancel')}</button>
        <button class="button strong" disabled={busy} onClick={() => void restart()}>{m('modules.restart')}</button>
      </div>
    </dialog>
  );
}

function LastWords({ name }: { name: string }) {
  const { data, error, again } = useLoad(`log of ${name}`, (signal) => read_module_log(name, signal), 5000);
  const lines = data?.split('\n').filter((line) => line !== '');
  const words = useRef<HTMLPreElement>(null), reading = useRef(false);
  useLayoutEffect(() => {
    if (words.current && !reading.current) words.current.scrollTop = words.current.scrollHeight;
  }, [data]);
  const known = data !== undefined;
  useEffect(() => {
    if (known) words.current?.scrollIntoView({ block: 'nearest' }); // asked for by a button that may be far above
  }, [known]);
  const on_scroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = words.current!;
    reading.current = scrollTop + clientHeight < scrollHeight - 8;
  };
  return (
    <div class="module-log" id="module-log">
      <div class="panel-head"><h3>{m('modules.log_of', { name })}</h3>{lines && lines.length > 0 && <CopyButton text={() => lines.join('\n')} label={t('station.copy_log')} />}</div>
      {error !== undefined && <ErrorCard error={error} again={again} />}
      {lines && (lines.length === 0 ? <p class="muted">{m('modules.no_words', { name })}</p> : <pre class="log" ref={words} tabIndex={0} onScroll={on_scroll}>{lines.map((line, i) => <span key={i}>{line}</span>)}</pre>)}
    </div>
  );
}

function List({ answer, again }: { answer: ModulesAnswer; again: () => void }) {
  const [open, set_open] = useState<string | null>(null), [to_restart, ask_about] = useState<string | null>(null);
  const [asked, set_asked] = useState<{ name: string; started: number | null } | null>(null);
  const { modules, deployment } = answer;
  const started_of = (name: string) => modules.find((one) => one.name === name)?.started ?? null;
  const waits = asked !== null && started_of(asked.name) === asked.started ? asked.name : null;
  return (
    <>
      {deployment.code !== 200 && deployment.description && <p class="cause"><StateShape state="failed" size={20} />{m('modules.trouble', { what: deployment.description })}</p>}
      {modules.length === 0 ? <p class="muted">{m('modules.none')}</p> : (
        <Table label={m('modules.title')} rows={modules} row_key={(module) => module.name} columns={[
          { title: m('modules.module'), cell: (module) => <b>{module.name}</b> },
          { title: m('modules.state'), cell: (module) => <State module={module} asked={waits === module.name} /> },
          { title: m('modules.since'), short: true, cell: (module) => { const since = since_of(module); return since === null ? '–' : <time dateTime={new Date(since).toISOString()}>{ago(since, now.value)}</time>; } },
          { title: m('modules.restarts'), number: true, cell: (module) => whole(module.restarts) },
          { title: m('modules.runs'), cell: (module) => <Runs module={module} /> },
          { title: m('modules.does'), short: true, cell: (module) => (
            <span class="row module-does">
              <button class="button" aria-expanded={open === module.name} aria-controls="module-log" aria-label={t('pair', { name: module.name, value: m('modules.log') })} onClick={() => set_open(open === module.name ? null : module.name)}>{m('modules.log')}</button>
              {module.runs_as !== 'station' && <button class="button" disabled={waits === module.name} aria-label={t('pair', { name: module.name, value: m('modules.restart') })} onClick={() => ask_about(module.name)}>{m('modules.restart')}</button>}
            </span>
          ) },
        ]} />
      )}
      {open !== null && modules.some((one) => one.name === open) && <LastWords key={open} name={open} />}
      {answer.no_limits_because && modules.some((one) => one.runs_as === 'process') && <p class="muted small">{m('modules.no_limits', { why: answer.no_limits_because })}</p>}
      {to_restart !== null && <RestartDialog name={to_restart} done={() => ask_about(null)} asked={() => { set_asked({ name: to_restart, started: started_of(to_restart) }); again(); }} />}
    </>
  );
}

export function ModulesPanel() {
  const { data, error, again } = useLoad('modules', read_modules, 5000);
  const answer = useKept(data);
  return (
    <section class="panel wide modules">
      <h2>{m('modules.title')}</h2>
      {answer ? <List answer={answer} again={again} /> : error !== undefined ? <ErrorCard error={error} again={again} /> : <Skeleton kind="card" count={1} />}
    </section>
  );
}
