// API: every call of the station from its own OpenAPI document, each one to read and to try. Works without a network.
import { useEffect, useState } from 'preact/hooks';
import { read_openapi } from '../state/api';
import { useLoad } from '../state/load';
import { calls_of, type Call } from '../state/openapi';
import { t } from '../words/words';
import { ErrorCard, Skeleton } from '../parts/states';
import { TryCall } from '../parts/try_call';

function CallRow({ call }: { call: Call }) {
  const [open, set_open] = useState(false);
  return (
    <details class="call" onToggle={(event) => set_open(event.currentTarget.open)}>
      <summary><span class={`method ${call.method}`}>{call.method}</span><code>{call.path}</code><span class="summary">{call.summary}</span></summary>
      {open && <TryCall call={call} />}
    </details>
  );
}

export function ApiPage() {
  const { data, error, again } = useLoad('openapi', read_openapi);
  const [wanted, want] = useState('');
  useEffect(() => {
    document.title = `${t('api.title')} – Orée`;
  });
  if (error !== undefined) return <ErrorCard error={error} again={again} />;
  if (!data) return <Skeleton kind="line" count={8} />;
  const calls = calls_of(data).filter((c) => `${c.method} ${c.path} ${c.summary} ${c.tag}`.toLowerCase().includes(wanted.toLowerCase()));
  const tags = [...new Set(calls.map((c) => c.tag))];
  return (
    <div class="api">
      <header class="page-head"><h1>{t('api.title')}</h1><p class="muted">{t('api.intro')}</p></header>
      <div class="row api-tools">
        <input type="search" placeholder={t('api.search')} aria-label={t('api.search')} value={wanted} onInput={(event) => want(event.currentTarget.value)} />
        <a class="button" href="/openapi.json" target="_blank" rel="noopener">{t('api.document')}</a>
      </div>
      {calls.length === 0 && <p class="muted">{t('api.none')} {t('api.none.next')}</p>}
      {tags.map((tag) => (
        <section key={tag}>
          {tag && <h2 class="day">{tag}</h2>}
          {calls.filter((c) => c.tag === tag).map((call) => <CallRow key={call.id} call={call} />)}
        </section>
      ))}
    </div>
  );
}
