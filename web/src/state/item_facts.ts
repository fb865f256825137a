// Small questions about one item that several pages ask: its cameras, its labels, the steps that decided.
import type { Decision, Item, Prediction, Step } from './types';

/** Every camera the item should have an image of, in the configuration's order. */
export function cameras_of(item: Item): string[] {
  const names = new Set([...Object.keys(item.cameras_metadata ?? {}), ...Object.keys(item.binaries), ...item.steps.map((s) => s.camera)]);
  return [...names].filter((name) => name !== '');
}

/** The image that best stands for the item: the deciding step's, else the first there is. */
export function face_of(item: Item): string | undefined {
  const deciding = item.steps.find((s) => s.decision === item.decision && s.camera in item.binaries);
  return deciding?.camera ?? Object.keys(item.binaries)[0];
}

export const steps_of_camera = (item: Item, camera: string): Step[] => item.steps.filter((s) => s.camera === camera);

export function decision_of_camera(item: Item, camera: string): Decision | undefined {
  const all = steps_of_camera(item, camera).map((s) => s.decision);
  return all.includes('KO') ? 'KO' : all.includes('NO_DECISION') ? 'NO_DECISION' : all[0];
}

/** The predictions made from one camera's image, with the step each belongs to. */
export function predictions_of_camera(item: Item, camera: string): { step: Step; prediction: Prediction }[] {
  return steps_of_camera(item, camera).flatMap((step) => {
    const prediction = item.predictions[step.name];
    return prediction ? [{ step, prediction }] : [];
  });
}

/** The steps that explain the decision: those that failed, or all of them when nothing did. */
export function deciding_steps(item: Item): Step[] {
  if (item.decision === 'OK') return item.steps;
  const same = item.steps.filter((s) => s.decision === item.decision);
  return same.length > 0 ? same : item.steps.filter((s) => s.decision !== 'OK');
}
