// A table of facts: rows and columns on a wide screen, one block per row with named values on a phone.
import type { ComponentChildren } from 'preact';

export interface TableColumn<T> { title: string; cell: (row: T) => ComponentChildren; number?: boolean; short?: boolean }

export function Table<T>({ label, columns, rows, row_key }: { label: string; columns: TableColumn<T>[]; rows: T[]; row_key: (row: T) => string }) {
  return (
    <table class="table" aria-label={label}>
      <thead><tr>{columns.map((c) => <th key={c.title} scope="col" class={c.number ? 'number' : ''}>{c.title}</th>)}</tr></thead>
      <tbody>
        {rows.map((row) => <tr key={row_key(row)}>{columns.map((c) => <td key={c.title} class={c.number ? 'number' : c.short ? 'short' : ''} data-title={c.title}>{c.cell(row)}</td>)}</tr>)}
      </tbody>
    </table>
  );
}
