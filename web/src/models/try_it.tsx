// Asks a version something from the page: a dropped picture, or tensors as JSON.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Shape } from '../parts/shape';
import { micros, percent } from '../words/format';
import { ask, type Answer } from './state';
import type { Port, Version } from './types';
import { w } from './words';

const most_prefilled = 256;

/** Zeros of the right shape, short enough to be read. */
export function example_of(inputs: Port[]): string {
  const tensors = inputs.filter((port) => !port.optional).map((port) => {
    const shape = port.shape.map((dim) => (dim < 0 ? 1 : dim)), count = shape.reduce((product, dim) => product * dim, 1);
    const zero = port.datatype === 'BYTES' ? 'text' : port.datatype === 'BOOL' ? false : 0;
    return { name: port.name, datatype: port.datatype, shape, data: count <= most_prefilled ? Array.from({ length: count }, () => zero) : [] };
  });
  return `{"inputs": [\n${tensors.map((tensor) => `  ${JSON.stringify(tensor)}`).join(',\n')}\n]}`;
}

interface Found { label: string; share: number; location?: [number, number, number, number] }
/** VIO's answer, as rows: best first. */
export function found_in(body: unknown): Found[] {
  const said = (body ?? {}) as { label?: string; probability?: number; detected_objects?: Record<string, { label: string; objectness: number; location: [number, number, number, number] }>; area_ratios?: Record<string, number> };
  if (said.detected_objects) return Object.values(said.detected_objects).map((one) => ({ label: one.label, share: one.objectness, location: one.location }));
  if (said.area_ratios) return Object.entries(said.area_ratios).map(([label, share]) => ({ label, share })).sort((a, b) => b.share - a.share);
  return said.label === undefined ? [] : [{ label: said.label, share: said.probability ?? 0 }];
}

const colours = 8;
function Boxes({ found }: { found: Found[] }) {
  return <>{found.filter((one) => one.location).map(({ label, location }, i) => {
    const [left, top, right, bottom] = location!;
    return <span key={i} class="try-box" style={`left:${left * 100}%;top:${top * 100}%;width:${(right - left) * 100}%;height:${(bottom - top) * 100}%;--box:var(--s${(i % colours) + 1})`}><b>{label}</b></span>;
  })}</>;
}

function Picture({ path }: { path: string }) {
  const [shown, show] = useState(''), [answer, set_answer] = useState<Answer | null>(null), [over, set_over] = useState(false);
  useEffect(() => () => URL.revokeObjectURL(shown), [shown]);
  const take = async (file: File | undefined) => {
    if (!file) return;
    show(URL.createObjectURL(file));
    set_answer(null);
    set_answer(await ask(path, file, file.type || 'application/octet-stream'));
  };
  const found = answer?.ok ? found_in(answer.body) : [];
  return (
    <div class="try-picture">
      <label class={over ? 'drop over' : 'drop'} onDragOver={(event) => { event.preventDefault(); set_over(true); }} onDragLeave={() => set_over(false)} onDrop={(event) => { event.preventDefault(); set_over(false); void take(event.dataTransfer?.files[0]); }}>
        {shown ? <span class="try-image"><img src={shown} alt="" /><Boxes found={found} /></span> : <span>{w('try.drop')}</span>}
        <input type="file" accept="image/*" onChange={(event) => void take(event.currentTarget.files?.[0])} />
      </label>
      {answer && (
        <div class="found" role="status">
          <p><Shape decision={answer.ok ? 'OK' : 'KO'} size={18} /> {answer.ok ? w('try.answered', { time: micros(answer.us) }) : answer.text}</p>
          {answer.ok && found.length === 0 && <p class="muted">{w('try.nothing')}</p>}
          {found.map((one, i) => <p key={i} class="score"><span class="cut">{one.label}</span><meter min={0} max={1} value={one.share} /><b>{percent(one.share)}</b></p>)}
        </div>
      )}
    </div>
  );
}

function Tensors({ path, inputs }: { path: string; inputs: Port[] }) {
  const [text, set_text] = useState(() => example_of(inputs)), [answer, set_answer] = useState<Answer | null>(null), [busy, set_busy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    set_busy(true);
    set_answer(await ask(path, text, 'application/json'));
    set_busy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <textarea rows={6} spellcheck={false} aria-label="JSON" value={text} onInput={(event) => set_text(event.currentTarget.value)} />
      <div class="row"><button class="button strong" disabled={busy}>{w(busy ? 'try.asking' : 'try.ask')}</button>{answer && <span role="status"><Shape decision={answer.ok ? 'OK' : 'KO'} size={18} /> {answer.ok && w('try.answered', { time: micros(answer.us) })}</span>}</div>
      {answer && <pre tabIndex={0}>{answer.text.slice(0, 20_000)}</pre>}
    </form>
  );
}

export function TryIt({ model, version }: { model: string; version: Version }) {
  const [json, set_json] = useState(!version.pictures), at = useRef(`${encodeURIComponent(model)}/versions/${version.version}`);
  return (
    <section>
      <div class="try-head"><h3>{w('try')}</h3>
        <div class="switch" role="group" aria-label={w('try')}>
          <button type="button" aria-pressed={!json} disabled={!version.pictures} title={version.pictures ? undefined : w('try.no_picture')} onClick={() => set_json(false)}>{w('try.picture')}</button>
          <button type="button" aria-pressed={json} onClick={() => set_json(true)}>{w('try.json')}</button>
        </div>
      </div>
      {json ? <Tensors path={`/v2/models/${at.current}/infer`} inputs={version.inputs} /> : <Picture path={`/v1/models/${at.current}:predict`} />}
    </section>
  );
}
