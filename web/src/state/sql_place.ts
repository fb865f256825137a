// Where in a statement the station found its error: said as an offset or as line and column, or read from SQLite's
// own words ("near "FORM": syntax error", "no such column: temprature").
export interface Place { line: number; column: number; length: number }
interface Said { offset?: unknown; line?: unknown; column?: unknown; detail?: unknown; error?: unknown }

function at_offset(sql: string, offset: number, length: number): Place {
  const before = sql.slice(0, offset).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1, length };
}

const word_at = (sql: string, offset: number): number => /^[\w$]+|^\S/.exec(sql.slice(offset))?.[0].length ?? 1;

export function place_of(sql: string, body: unknown): Place | null {
  const said = (body ?? {}) as Said;
  if (typeof said.offset === 'number' && said.offset >= 0 && said.offset <= sql.length) return at_offset(sql, said.offset, word_at(sql, said.offset));
  if (typeof said.line === 'number' && typeof said.column === 'number') {
    const text = sql.split('\n')[said.line - 1];
    if (text !== undefined) return { line: said.line, column: said.column, length: word_at(text, said.column - 1) };
  }
  const sentence = `${String(said.detail ?? '')} ${String(said.error ?? '')}`;
  const named = /near "([^"]+)"/.exec(sentence)?.[1] ?? /no such (?:column|table|function): (?:main\.)?"?([\w.]+)"?/.exec(sentence)?.[1];
  if (named === undefined) return null;
  const offset = find_word(sql, named);
  return offset < 0 ? null : at_offset(sql, offset, named.length);
}

/** The first place of a whole word, letters' case aside. */
function find_word(sql: string, wanted: string): number {
  const low = sql.toLowerCase(), word = wanted.toLowerCase();
  const is_letter = (c: string | undefined) => c !== undefined && /\w/.test(c);
  for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, at + 1)) {
    if (!/\w/.test(word[0]!) || (!is_letter(low[at - 1]) && !is_letter(low[at + word.length]))) return at;
  }
  return -1;
}
