// What a statement answered: a table, or the error with its place in the statement marked.
import { useState } from 'preact/hooks';
import { ApiError } from '../state/api';
import { place_of } from '../state/sql_place';
import type { Cell, SqlResult } from '../state/telemetry_types';
import { micros, whole } from '../words/format';
import { t } from '../words/words';
import { Shape } from './shape';
import { CopyButton } from './states';

const shown_at_first = 200;
const cell_text = (cell: Cell): string => (cell === null ? '' : String(cell));

/** Tab-separated, as spreadsheets take it. */
export const as_text = ({ columns, rows }: SqlResult): string => [columns, ...rows.map((row) => row.map(cell_text))].map((row) => row.map((c) => c.replace(/[\t\r\n]+/g, ' ')).join('\t')).join('\n');

export function SqlTable({ result }: { result: SqlResult }) {
  const [all, show_all] = useState(false);
  const rows = all ? result.rows : result.rows.slice(0, shown_at_first);
  return (
    <div class="sql-answer">
      <div class="panel-head">
        <p role="status"><b>{t('sql.rows', { n: result.rows.length })}</b> <small>{t('sql.took', { time: micros(result.elapsed_ms * 1000) })}{result.truncated && ` · ${t('sql.truncated')}`}</small></p>
        {result.rows.length > 0 && <CopyButton text={() => as_text(result)} label={t('sql.copy')} />}
      </div>
      <div class="sql-table" tabIndex={0}>
        <table>
          <thead><tr>{result.columns.map((name, i) => <th key={i} scope="col" class={typeof result.rows[0]?.[i] === 'number' ? 'number' : ''}>{name}</th>)}</tr></thead>
          <tbody>{rows.map((row, i) => <tr key={i}>{row.map((cell, j) => <td key={j} class={typeof cell === 'number' ? 'number' : cell === null ? 'null' : ''}>{cell === null ? 'NULL' : String(cell)}</td>)}</tr>)}</tbody>
        </table>
      </div>
      {rows.length < result.rows.length && <button class="button" onClick={() => show_all(true)}>{t('sql.all', { n: whole(result.rows.length) })}</button>}
    </div>
  );
}

export function SqlError({ error, sql }: { error: unknown; sql: string }) {
  const said = error instanceof ApiError ? error : null;
  const place = place_of(sql, said?.body), line = place && sql.split('\n')[place.line - 1]!;
  return (
    <div class="sql-error" role="alert">
      <p class="cause"><Shape decision="KO" size={20} /><b>{said ? said.message || t('error.network') : String(error)}</b></p>
      {place && line !== null && (
        <>
          <p class="muted small">{t('sql.place', { line: place.line, column: place.column })}</p>
          <pre><span>{line.slice(0, place.column - 1)}</span><mark>{line.slice(place.column - 1, place.column - 1 + place.length) || ' '}</mark><span>{line.slice(place.column - 1 + place.length)}</span></pre>
        </>
      )}
    </div>
  );
}
