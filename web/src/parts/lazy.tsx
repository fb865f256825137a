// Pages that few people open come as scripts of their own, when they are asked for. While one is on its way a skeleton
// stands there; a station that was renewed meanwhile has other scripts, so a failure offers to load the page anew.
import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { connection } from '../state/stream';
import { t } from '../words/words';
import { Skeleton } from './states';

const sheets = new Map<string, Promise<void>>();
/** A page's own style, asked for once. */
function style(href: string): Promise<void> {
  const known = sheets.get(href) ?? new Promise<void>((done, failed) => {
    const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href, onload: () => done(), onerror: () => { sheets.delete(href); link.remove(); failed(new Error(href)); } });
    document.head.append(link);
  });
  sheets.set(href, known);
  return known;
}

/** `waiting`: what stands there meanwhile; null also keeps quiet about a failure, for what a page can do without. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>, href?: string, waiting: ComponentChildren = <Skeleton kind="card" count={2} />): ComponentType<P> {
  let ready: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const [page, set_page] = useState(() => ready), [failed, set_failed] = useState(false), back = connection.value === 'live';
    useEffect(() => {
      if (ready) return;
      set_failed(false);
      Promise.all([load(), href ? style(href) : undefined]).then(([one]) => {
        ready = one;
        set_page(() => one);
      }, () => set_failed(true));
    }, [back]);
    const Page = page;
    if (Page) return <Page {...props} />;
    if (waiting === null) return null;
    return failed ? <p class="none-yet banner" role="alert">{t('page.old')} <button class="button" onClick={() => location.reload()}>{t('page.reload')}</button></p> : <>{waiting}</>;
  };
}
