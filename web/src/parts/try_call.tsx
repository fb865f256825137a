// One call of the API: its parameters as fields, the command that does the same, and the answer when sent.
import { useEffect, useState } from 'preact/hooks';
import { address_of, free_query, type Call, type Parameter } from '../state/openapi';
import { command_of, send_call, type Answer } from '../state/try_call';
import { micros } from '../words/format';
import { t } from '../words/words';
import { Shape } from './shape';
import { CopyButton } from './states';

const longest_shown = 20000;

function Shown({ answer }: { answer: Answer }) {
  useEffect(() => () => URL.revokeObjectURL(answer.image), [answer.image]);
  return (
    <div class="answer" role="status">
      <p><Shape decision={answer.ok ? 'OK' : 'KO'} size={18} /><b>{t('api.answer', { status: answer.status, time: micros(answer.us) })}</b></p>
      {answer.image && <img src={answer.image} alt="" />}
      {answer.text && <pre tabIndex={0}>{answer.text.slice(0, longest_shown)}</pre>}
      {answer.text.length > longest_shown && <p class="muted small">{t('api.cut', { n: longest_shown })}</p>}
    </div>
  );
}

interface FieldProps { parameter: Parameter; value: string; set: (value: string) => void }

function Field({ parameter: p, value, set }: FieldProps) {
  return (
    <label class="field">
      <span><code>{p.name}</code>{p.required && <em>{t('api.required')}</em>}{p.description && <small>{p.description}</small>}</span>
      {p.choices.length > 0
        ? <select value={value} onChange={(e) => set(e.currentTarget.value)}><option value="" />{p.choices.map((c) => <option key={c}>{c}</option>)}</select>
        : <input value={value} required={p.required} placeholder={p.example || p.type} inputMode={p.type === 'integer' || p.type === 'number' ? 'numeric' : 'text'} onInput={(e) => set(e.currentTarget.value)} />}
    </label>
  );
}

/** A document that names no query parameters still lets one be typed whole. */
const whole_query = (): Parameter => ({ name: t('api.query'), in: 'query', required: false, description: t('api.query.hint'), type: 'limit=5', choices: [], example: '' });

export function TryCall({ call }: { call: Call }) {
  const [values, set_values] = useState<Record<string, string>>({});
  const [body, set_body] = useState('');
  const [file, set_file] = useState<File | undefined>(undefined);
  const [busy, set_busy] = useState(false);
  const [answer, set_answer] = useState<Answer | null>(null);
  const takes = (kind: string) => call.body.some((type) => type.startsWith(kind) || type === '*/*');
  const address = address_of(call, values);
  const command = command_of(call, address, file !== undefined, body);
  const set = (name: string) => (value: string) => set_values({ ...values, [name]: value });
  const submit = async (event: Event) => {
    event.preventDefault();
    set_busy(true);
    set_answer(await send_call(call, address, file ?? (body || undefined), t('error.network')));
    set_busy(false);
  };
  return (
    <form class="try" onSubmit={(event) => void submit(event)}>
      {call.description && <p>{call.description}</p>}
      {call.parameters.filter((p) => p.in !== 'header').map((p) => <Field key={p.in + p.name} parameter={p} value={values[p.name] ?? ''} set={set(p.name)} />)}
      {!call.parameters.some((p) => p.in === 'query') && <Field parameter={whole_query()} value={values[free_query] ?? ''} set={set(free_query)} />}
      {(takes('image/') || takes('multipart/')) && <label class="field"><span><code>{t('api.image')}</code></span><input type="file" accept="image/*" onChange={(e) => set_file(e.currentTarget.files?.[0])} /></label>}
      {(takes('application/') || takes('text/')) && <label class="field"><span><code>{t('api.body')}</code><small>JSON</small></span><textarea rows={4} value={body} onInput={(e) => set_body(e.currentTarget.value)} /></label>}
      <div class="command"><code aria-label={t('api.command')}>{command}</code><CopyButton text={() => command} label={t('item.copy')} quiet /></div>
      <div class="row">
        <button class="button strong" type="submit" disabled={busy}>{busy ? t('api.sending') : t('api.send')}</button>
        {call.method !== 'GET' && <span class="muted small">{t('api.changes')}</span>}
      </div>
      {answer && <Shown answer={answer} />}
    </form>
  );
}
