// How phone and station stand to each other: always in sight, with what waits and since when. A tap tries now.
import { now } from '../state/clock';
import { ago, hour_minute } from '../words/format';
import { s } from '../words/technician';
import { Shape, type ShapeName } from '../parts/shape';
import { facts, sending, sync_now, trouble, waiting } from './state';

interface Said { kind: 'first' | 'good' | 'busy' | 'offline' | 'station'; shape: ShapeName; text: string; more: string }

function said(): Said {
  const n = waiting.value.length, problem = trouble.value, seen = facts.value.synced_at, last = seen ? s('net.last', { ago: ago(seen, now.value) }) : s('net.never');
  if (problem?.kind === 'offline') return { kind: 'offline', shape: 'SILENT', text: n > 0 ? s('net.offline_waiting', { n }) : s('net.offline'), more: last };
  if (problem?.kind === 'station') return { kind: 'station', shape: 'WARNING', text: n > 0 ? s('net.waiting', { n }) : last, more: s('net.station', { why: problem.why }) };
  if (problem === undefined) return { kind: 'first', shape: 'WAITING', text: n > 0 ? s('net.waiting', { n }) : s('net.first'), more: seen ? last : '' };
  if (n > 0) return { kind: 'busy', shape: 'WAITING', text: sending.value ? s('net.sending', { n }) : s('net.waiting', { n }), more: last };
  return { kind: 'good', shape: 'OK', text: s('net.synced'), more: seen ? s('net.synced_at', { time: hour_minute(seen) }) : '' };
}

export function NetLine() {
  const { kind, shape, text, more } = said();
  return (
    <button class={`net ${kind}`} onClick={() => void sync_now()} title={s('net.try')}>
      <Shape decision={shape} size={20} /><span role="status"><b>{text}</b>{more && <small>{more}</small>}</span>
    </button>
  );
}
