// A small box to ask the station's data: read-only, run with Ctrl-Enter; the statement stands in the address.
import { useEffect, useRef, useState } from 'preact/hooks';
import { go, query } from '../state/router';
import { run_sql } from '../state/telemetry_api';
import type { SqlResult } from '../state/telemetry_types';
import { t } from '../words/words';
import { SqlError, SqlTable } from './sql_result';

const most_rows = 1000;
const tables = 'SELECT name, type FROM sqlite_schema ORDER BY name';
type Answer = { sql: string; result?: SqlResult; error?: unknown };

export function SqlBox() {
  const [sql, set_sql] = useState(query.peek().get('sql') ?? ''), [answer, set_answer] = useState<Answer | null>(null);
  const running = useRef<AbortController | null>(null), [busy, set_busy] = useState(false);
  const run = async (text: string) => {
    if (text.trim() === '') return;
    running.current?.abort();
    const stop = (running.current = new AbortController());
    set_busy(true);
    go(`/jobs?${new URLSearchParams({ sql: text })}`, true);
    try {
      set_answer({ sql: text, result: await run_sql(text, most_rows, stop.signal) });
    } catch (error) {
      if (!stop.signal.aborted) set_answer({ sql: text, error });
    }
    if (running.current === stop) set_busy(false);
  };
  const stop = () => {
    running.current?.abort();
    set_busy(false);
  };
  useEffect(() => {
    void run(sql); // a link with a statement shows its answer: it only reads
    return () => running.current?.abort();
  }, []);
  const example = () => {
    set_sql(tables);
    void run(tables);
  };
  return (
    <section class="panel wide sql">
      <div class="panel-head"><h2>{t('sql.title')} <small>{t('sql.read_only')}</small></h2></div>
      <label class="for-ears" for="sql">{t('sql.statement')}</label>
      <textarea id="sql" rows={4} spellcheck={false} autocomplete="off" autocapitalize="off" placeholder={t('sql.hint')} value={sql} aria-keyshortcuts="Control+Enter"
        onInput={(event) => set_sql(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          void run(sql);
        }} />
      <div class="row">
        {busy ? <button class="button" onClick={stop}>{t('sql.stop')}</button> : <button class="button strong" disabled={sql.trim() === ''} onClick={() => void run(sql)}>{t('sql.run')}</button>}
        <kbd class="desk-only">Ctrl ↵</kbd>
        <button class="button plain" onClick={example}>{t('sql.tables')}</button>
      </div>
      {answer?.result && <SqlTable key={answer.sql} result={answer.result} />}
      {answer?.error !== undefined && <SqlError error={answer.error} sql={answer.sql} />}
    </section>
  );
}
