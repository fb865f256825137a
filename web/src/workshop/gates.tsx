// What was asked and what was measured, one line for each gate; then the certificate, or why there is none.
import { Shape, type ShapeName } from '../parts/shape';
import { bytes } from '../words/format';
import type { Gate, Outcome, Verdict } from './types';
import { w, workshop_word } from './words';

const shapes: Record<Verdict, ShapeName> = { holds: 'OK', fails: 'KO', open: 'SILENT' };

function Row({ gate }: { gate: Gate }) {
  return (
    <li class="gate">
      <Shape decision={shapes[gate.verdict]} size={24} />
      <div>
        <b>{gate.name}</b> <span>{gate.measured}</span> <small>{w('gates.limit', { limit: gate.limit })} · {w(gate.verdict)}</small>
        {gate.why && <p class="small">{gate.why}</p>}
        {gate.repair && <p class="small muted">{w('gates.repair', { repair: gate.repair })}</p>}
      </div>
    </li>
  );
}

function CertificateCard({ outcome }: { outcome: Outcome }) {
  const { certificate } = outcome, last = certificate.stages[certificate.stages.length - 1];
  if (!outcome.holds) return <div class="certificate refused"><Shape decision="KO" size={40} /><div><h3>{w('refused')}</h3><p>{w('certificate.none')}</p></div></div>;
  return (
    <div class="certificate">
      <Shape decision="OK" size={40} />
      <div>
        <h3>{w('ready')}</h3>
        <p>{w('certificate.sentence', { target: outcome.target, machine: certificate.measured_on })}</p>
        <div class="row">
          {outcome.page && <a class="button strong" href={outcome.page}>{w('certificate.open')}</a>}
          {outcome.model && <a class="button" href={outcome.model} download>{w('download', { size: last?.bytes ? bytes(last.bytes) : '' })}</a>}
        </div>
      </div>
    </div>
  );
}

export function Gates({ outcome }: { outcome: Outcome }) {
  return (
    <section class="panel">
      <h2>{w('gates.title', { target: outcome.target })}</h2>
      <ul class="gates">{outcome.certificate.gates.map((gate) => <Row key={gate.name} gate={{ ...gate, name: workshop_word(`gate.${gate.name}`, gate.name) }} />)}</ul>
      <CertificateCard outcome={outcome} />
    </section>
  );
}
