// A signature drawn with a finger: black on white in both themes, as on paper.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Order } from '../state/orders_types';
import { o } from '../words/orders';
import { s } from '../words/technician';
import { drawn_signature, Picture } from './picture';
import { change, who } from './state';

function clear(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
  const pen = canvas.getContext('2d');
  if (!pen) return null;
  canvas.width = 800;
  canvas.height = 320;
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.strokeStyle = pen.fillStyle = '#1d1f23';
  pen.lineWidth = 6;
  pen.lineCap = pen.lineJoin = 'round';
  return pen;
}

function Pad({ pad, drawn }: { pad: { current: HTMLCanvasElement | null }; drawn: () => void }) {
  const down = useRef(false);
  const place = (event: PointerEvent): [number, number] => {
    const canvas = pad.current!, box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * canvas.width, ((event.clientY - box.top) / box.height) * canvas.height];
  };
  const begin = (event: PointerEvent) => {
    pad.current?.setPointerCapture(event.pointerId);
    const pen = pad.current?.getContext('2d');
    down.current = true;
    pen?.beginPath();
    pen?.moveTo(...place(event));
  };
  const move = (event: PointerEvent) => {
    const pen = pad.current?.getContext('2d');
    if (!down.current || !pen) return;
    pen.lineTo(...place(event));
    pen.stroke();
    drawn();
  };
  return <canvas ref={pad} class="pad" aria-label={s('sign.draw')} onPointerDown={begin} onPointerMove={move} onPointerUp={() => { down.current = false; }} onPointerCancel={() => { down.current = false; }} />;
}

function Dialog({ order, close }: { order: Order; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null), pad = useRef<HTMLCanvasElement>(null), [name, set_name] = useState(who.value), [inked, set_inked] = useState(false);
  useEffect(() => {
    dialog.current?.showModal();
    if (pad.current) clear(pad.current);
  }, []);
  const keep = async () => {
    const picture = pad.current && (await drawn_signature(order.id, pad.current));
    if (picture) await change(order.id, [{ field: 'signature', value: { digest: picture.digest, name: name.trim() } }], [picture]);
    close();
  };
  return (
    <dialog ref={dialog} class="question" onClose={close} aria-label={s('sign.title')}>
      <h2>{s('sign.title')}</h2>
      <label class="field">{s('sign.name')}<input value={name} maxLength={100} onInput={(event) => set_name(event.currentTarget.value)} /></label>
      <div class="pad-frame"><Pad pad={pad} drawn={() => set_inked(true)} />{!inked && <span class="pad-hint">{s('sign.draw')}</span>}</div>
      <div class="row">
        <button class="button strong" disabled={!inked || name.trim() === ''} onClick={() => void keep()}>{s('sign.keep')}</button>
        <button class="button" onClick={() => { if (pad.current) clear(pad.current); set_inked(false); }}>{s('sign.clear')}</button>
        <button class="button plain" onClick={close}>{o('cancel')}</button>
      </div>
    </dialog>
  );
}

export function Signature({ order, waits, editable }: { order: Order; waits: boolean; editable: boolean }) {
  const [open, set_open] = useState(false), { signature } = order.work;
  return (
    <section class="panel">
      <h2>{s('sign.title')}{waits && <small class="waits">{s('waits.field')}</small>}</h2>
      {signature ? <figure class="signature"><Picture digest={signature.digest} alt="" /><figcaption>{o('work.signed', { name: signature.name })}</figcaption></figure> : <p class="muted">{s('signature.none')}</p>}
      {editable && <button class="button wide" onClick={() => set_open(true)}>{signature ? s('sign.again') : s('sign')}</button>}
      {open && <Dialog order={order} close={() => set_open(false)} />}
    </section>
  );
}
