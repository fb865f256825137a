// The station's resources as bars against what there is: storage against its cap, memory, processor load.
import { now } from '../state/clock';
import type { StationSheet, Storage } from '../state/types';
import { ago, bytes, decimal, duration, percent } from '../words/format';
import { t } from '../words/words';
import { Shape } from './shape';

export function Meter({ name, ratio, text }: { name: string; ratio: number; text: string }) {
  const level = ratio >= 0.97 ? 'failed' : ratio >= 0.85 ? 'warning' : 'ok';
  return (
    <div class="meter">
      <p><b>{name}</b><span>{text}</span></p>
      <div class={`meter-bar ${level}`} role="img" aria-label={`${name} ${percent(ratio, 0)}`}><span style={{ width: `${Math.min(100, ratio * 100)}%` }} /></div>
    </div>
  );
}

export function StorageCard({ storage }: { storage: Storage }) {
  const capped = storage.max_bytes > 0;
  return (
    <section class="panel">
      <h2>{t('station.storage')}</h2>
      <Meter name={percent(capped ? storage.bytes / storage.max_bytes : 0, 0)} ratio={capped ? storage.bytes / storage.max_bytes : 0}
        text={capped ? t('station.used', { used: bytes(storage.bytes), max: bytes(storage.max_bytes) }) : `${bytes(storage.bytes)} · ${t('station.no_cap')}`} />
      {storage.full && <p class="cause"><Shape decision="NO_DECISION" size={18} /> {t('station.full')}</p>}
      <ul class="plain-list muted">
        <li>{t('station.records', { n: storage.records })}{storage.oldest && ` · ${t('station.oldest', { ago: ago(Date.parse(storage.oldest), now.value) })}`}</li>
        <li>{t('station.free', { free: bytes(storage.free_bytes) })}</li>
        <li>{t('station.written', { written: bytes(storage.written_bytes) })}</li>
      </ul>
    </section>
  );
}

export function Machine({ station: { host, process } }: { station: StationSheet }) {
  const used = host.memory_bytes - host.available_bytes;
  return (
    <section class="panel">
      <h2>{t('station.host')} <small>{host.name}</small></h2>
      <Meter name={t('station.memory')} ratio={used / host.memory_bytes} text={t('station.memory_of', { used: bytes(used), all: bytes(host.memory_bytes) })} />
      <Meter name={t('station.load')} ratio={host.load / host.cpus} text={t('station.load_of', { load: decimal(host.load, 2), n: host.cpus })} />
      <p class="muted small"><b>{t('station.process')}</b> · {t('station.process_of', { rss: bytes(process.rss_bytes), threads: process.threads, cpu: duration(process.cpu_s) })}</p>
    </section>
  );
}
