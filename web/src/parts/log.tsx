// The last lines of the station's log, newest at the foot; it follows new lines unless somebody scrolled up to read.
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../words/words';
import { CopyButton } from './states';

const level_of = (line: string): string => (/\b(ERROR|FATAL)\b/i.test(line) ? 'failed' : /\bWARN(ING)?\b/i.test(line) ? 'warning' : '');

export function Log({ lines }: { lines: string[] }) {
  const box = useRef<HTMLPreElement>(null);
  const reading = useRef(false);
  useLayoutEffect(() => {
    if (box.current && !reading.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  const on_scroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current!;
    reading.current = scrollTop + clientHeight < scrollHeight - 8;
  };
  return (
    <section class="panel wide">
      <div class="panel-head"><h2>{t('station.log')}</h2>{lines.length > 0 && <CopyButton text={() => lines.join('\n')} label={t('station.copy_log')} />}</div>
      {lines.length === 0
        ? <p class="muted">{t('station.no_log')}</p>
        : <pre class="log" ref={box} tabIndex={0} onScroll={on_scroll}>{lines.map((line, i) => <span key={i} class={level_of(line)}>{line}</span>)}</pre>}
    </section>
  );
}
