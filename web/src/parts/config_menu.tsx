// The station's name; with several configurations it opens a menu to switch the line, after a question.
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { activate_config, read_configs } from '../state/api';
import { forget_gallery } from '../state/gallery';
import { load_sheet, station_name } from '../state/sheet';
import { restart_stream } from '../state/stream';
import { t } from '../words/words';
import { Icon } from './icon';
import { ErrorCard } from './states';

const names = signal<string[]>([]);

async function read_names() {
  try {
    names.value = Object.keys(await read_configs());
  } catch { /* without the list the name simply has no menu */ }
}

function Question({ name, done }: { name: string; done: () => void }) {
  const box = useRef<HTMLDialogElement>(null);
  const [error, set_error] = useState<unknown>();
  const [busy, set_busy] = useState(false);
  useEffect(() => box.current?.showModal(), []);
  const switch_line = async () => {
    set_busy(true);
    try {
      await activate_config(name);
      forget_gallery();
      restart_stream();
      await load_sheet();
      done();
    } catch (cause) {
      set_error(cause);
      set_busy(false);
    }
  };
  return (
    <dialog ref={box} class="question" onClose={done}>
      <h2>{t('config.confirm', { name })}</h2>
      <p class="muted">{t('config.consequence')}</p>
      {error !== undefined && <ErrorCard error={error} />}
      <div class="row end">
        <button class="button" onClick={done}>{t('config.cancel')}</button>
        <button class="button strong" disabled={busy} onClick={() => void switch_line()}>{t('config.switch')}</button>
      </div>
    </dialog>
  );
}

export function ConfigMenu() {
  const [open, set_open] = useState(false);
  const [asked, ask_about] = useState<string | null>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => void read_names(), []);
  useEffect(() => {
    const close = (event: Event) => {
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : !box.current?.contains(event.target as Node)) set_open(false);
    };
    addEventListener('pointerdown', close);
    addEventListener('keydown', close);
    return () => {
      removeEventListener('pointerdown', close);
      removeEventListener('keydown', close);
    };
  }, []);
  const current = station_name.value;
  if (names.value.length < 2) return <span class="station-name">{current}</span>;
  return (
    <div class="config-menu" ref={box}>
      <button class="station-name" aria-expanded={open} aria-haspopup="true" onClick={() => { set_open(!open); void read_names(); }} title={current}>
        <span class="cut">{current}</span><Icon name="down" size={20} />
      </button>
      {open && (
        <ul class="menu" aria-label={t('config.label')}>
          {names.value.map((name) => (
            <li key={name}>
              <button aria-current={name === current ? 'true' : undefined} onClick={() => { set_open(false); if (name !== current) ask_about(name); }}>
                <span>{name}</span>{name === current && <small>{t('config.active')}</small>}
              </button>
            </li>
          ))}
        </ul>
      )}
      {asked !== null && <Question name={asked} done={() => ask_about(null)} />}
    </div>
  );
}
