// What the mock station inspects: one scene per configuration, each making whole items as the station would.
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { board_files, boxes_of_board, duck, fruit_files } from './pictures.mjs';

const digest_of = (text) => createHash('sha256').update(text).digest('hex');
const percent = (p) => `${Math.round(p * 100)} %`;

function step(r, name, camera, model, rule, decision, reason, code, values, infer = 9000) {
  return {
    name, camera, model, model_version: '3', model_digest: digest_of(model), decision, rule, reason,
    reason_code: code, reason_values: values,
    timings_us: { tensor: r.whole(600, 1400), infer: Math.round(infer * r.between(0.85, 1.3)), decode: r.whole(12, 60), rule: r.whole(2, 6) },
  };
}

function class_step(r, name, camera, model, labels, good, label) {
  const p = r.between(0.72, 0.999);
  const rest = labels.filter((l) => l !== label);
  const scores = [{ label, probability: p }, ...rest.map((l, i) => ({ label: l, probability: (1 - p) * (i === 0 ? 0.7 : 0.3 / Math.max(1, rest.length - 1)) }))];
  const ok = label === good;
  const reason = ok ? `${name}: label is ${label} (${percent(p)})` : `${name}: label is ${label} (${percent(p)}), expected ${good}`;
  return {
    prediction: { prediction_type: 'class', label, probability: p, scores, model_name: model, model_version: '3' },
    step: step(r, name, camera, model, { type: 'expected_label', label: good }, ok ? 'OK' : 'KO', reason,
      ok ? 'right_label' : 'wrong_label', { label, probability: p, expected: good }),
  };
}

function late_step(r, name, camera, model, rule) {
  return { step: step(r, name, camera, model, rule, 'NO_DECISION', `${name}: camera ${camera} did not answer within 500 ms`, 'camera_late', { camera, deadline_ms: 500 }, 0) };
}

const svg_picture = (text, source) => ({ bytes: Buffer.from(text), media_type: 'image/svg+xml', width: 640, height: 480, source });
const file_picture = (file, width, height) => ({ bytes: readFileSync(file), media_type: 'image/jpeg', width, height, source: file.split('/').pop() });

function ducks(r, wish) {
  const defect = wish === 'OK' ? '' : wish === 'KO' ? 'scratch' : r.chance(0.08) ? r.pick(['scratch', 'scratch', 'no beak']) : '';
  const label = defect === '' ? 'good' : defect;
  const labels = ['good', 'scratch', 'no beak'];
  const rule = { type: 'expected_label', label: 'good' };
  const late = wish === 'NO_DECISION' || (wish === undefined && r.chance(0.015));
  const made = late ? late_step(r, 'duck', 'top', 'ducks', rule) : class_step(r, 'duck', 'top', 'ducks', labels, 'good', label);
  const pictures = late ? {} : { top: svg_picture(duck(r.whole(0, 1e6), defect), `duck_${r.whole(100, 999)}.jpg`) };
  return { pictures, made: { duck: made }, truth: late ? undefined : label };
}

function two_views(r, wish) {
  const scratched = wish === 'KO' || (wish === undefined && r.chance(0.15));
  const seed = r.whole(0, 1e6);
  const late = wish === 'NO_DECISION';
  const rule = { type: 'expected_label', label: 'good' };
  return {
    pictures: { top: svg_picture(duck(seed, ''), 'a.jpg'), ...(late ? {} : { side: svg_picture(duck(seed, scratched ? 'scratch' : '', true), 'b.jpg') }) },
    made: {
      beak: class_step(r, 'beak', 'top', 'ducks', ['good', 'no beak'], 'good', 'good'),
      surface: late ? late_step(r, 'surface', 'side', 'ducks', rule) : class_step(r, 'surface', 'side', 'ducks', ['good', 'scratch'], 'good', scratched ? 'scratch' : 'good'),
    },
  };
}

function boards(r, wish) {
  const file = r.pick(board_files);
  const found = wish === 'OK' ? [] : boxes_of_board(file);
  const objects = Object.fromEntries(found.map((d, i) => [`object_${i + 1}`, { location: d.box.map((v, k) => v + (k < 2 ? -8 : 8)), objectness: r.between(0.42, 0.98), label: d.label }]));
  const count = found.length;
  const ok = count < 1;
  return {
    pictures: { bench: file_picture(file, 640, 640) },
    made: {
      'solder side': {
        prediction: { prediction_type: 'objects', detected_objects: objects, model_name: 'board-defects', model_version: '12' },
        step: step(r, 'solder side', 'bench', 'board-defects', { type: 'min_nb_objects', label: 'defect', threshold: 1 }, ok ? 'OK' : 'KO',
          ok ? 'solder side: no defect found' : `solder side: ${count} defects found, fewer than 1 allowed`, ok ? 'enough' : 'too_many', { label: 'defect', count, threshold: 1 }, 31000),
      },
    },
  };
}

function mask_of(boxes, side, box_scale) {
  const cells = new Int8Array(side * side).fill(-1);
  for (const { box } of boxes) {
    const [l, t, w, h] = [box[0] - 6, box[1] - 6, box[2] - box[0] + 12, box[3] - box[1] + 12].map((v) => v / box_scale);
    for (let y = Math.floor(t); y <= t + h; y++) for (let x = Math.floor(l); x <= l + w; x++) {
      const dx = (x - l - w / 2) / (w / 2), dy = (y - t - h / 2) / (h / 2), wave = 0.85 + 0.2 * Math.sin(x * 1.3 + y);
      if (dx * dx + dy * dy < wave && x >= 0 && y >= 0 && x < side && y < side) cells[y * side + x] = 0;
    }
  }
  const runs = [];
  for (const cell of cells) {
    if (runs.length > 0 && runs[runs.length - 1][0] === cell) runs[runs.length - 1][1]++;
    else runs.push([cell, 1]);
  }
  return { runs, ratio: cells.filter((c) => c === 0).length / cells.length };
}

function mask_boards(r, wish) {
  const file = r.pick(board_files);
  const boxes = boxes_of_board(file).slice(0, wish === 'OK' ? 0 : r.whole(1, 4));
  const { runs, ratio } = mask_of(boxes, 160, 4);
  const ok = ratio <= 0.0005;
  const values = { label: 'defect', area_ratio: ratio, threshold: 0.0005 };
  return {
    pictures: { bench: file_picture(file, 640, 640) },
    made: {
      copper: {
        prediction: { prediction_type: 'mask', width: 160, height: 160, labels: ['defect'], area_ratios: { defect: ratio }, box: [0, 0, 640, 640], runs, model_name: 'copper-mask', model_version: '2' },
        step: step(r, 'copper', 'bench', 'copper-mask', { type: 'max_area_ratio', label: 'defect', threshold: 0.0005 }, ok ? 'OK' : 'KO',
          `copper: defect covers ${(ratio * 100).toFixed(2)} %, at most 0.05 %`, ok ? 'area_ok' : 'area_too_large', values, 22000),
      },
    },
  };
}

function long_wall(r, wish) {
  const names = ['conveyor entrance, north side (lower)', 'top', 'bottom', 'exit'];
  const pictures = {}, made = {};
  names.forEach((camera, i) => {
    const name = i === 0 ? 'fruit variety at the conveyor entrance' : `fruit ${camera}`;
    if (i === 3 && wish === 'NO_DECISION') { made[name] = late_step(r, name, camera, 'fruit', { type: 'expected_label', label: 'Granny-Smith' }); return; }
    const file = r.pick(fruit_files);
    pictures[camera] = file_picture(file, 348, 348);
    const label = file.split('/').pop().split('_')[0];
    made[name] = class_step(r, name, camera, 'fruit-and-vegetables-mobilenet-v2-large-quantised', ['Granny-Smith', 'Banana', 'Orange', 'Pomegranate', 'Pineapple'], i % 2 && wish !== 'KO' ? label : 'Granny-Smith', label);
  });
  return { pictures, made };
}

export const scenes = {
  'ducks-line-1': { make: ducks, cameras: ['top'], models: [['ducks', 'classification', ['good', 'scratch', 'no beak']]] },
  'ducks-two-views': { make: two_views, cameras: ['top', 'side'], models: [['ducks', 'classification', ['good', 'scratch', 'no beak']]] },
  'boards-objects': { make: boards, cameras: ['bench'], models: [['board-defects', 'detection', ['open', 'short', 'mousebite', 'spur', 'spurious copper', 'pin-hole']]] },
  'boards-mask': { make: mask_boards, cameras: ['bench'], models: [['copper-mask', 'segmentation', ['defect']]] },
  'fruit and vegetables, four cameras, cold hall 7': { make: long_wall, cameras: ['conveyor entrance, north side (lower)', 'top', 'bottom', 'exit'], models: [['fruit-and-vegetables-mobilenet-v2-large-quantised', 'classification', ['Granny-Smith', 'Banana', 'Orange', 'Pomegranate', 'Pineapple']]] },
};

/** One whole item of the scene `config` at `when`, with its pictures by camera. */
export function make_item(config, r, when, wish) {
  const { pictures, made, truth } = scenes[config].make(r, wish);
  const steps = Object.values(made).map((m) => m.step);
  const bad = steps.find((s) => s.decision === 'KO') ?? steps.find((s) => s.decision === 'NO_DECISION');
  const stage = steps.reduce((sum, s) => sum + Object.values(s.timings_us).reduce((a, b) => a + b, 0), 0);
  const capture = r.whole(90, 900), decode = r.whole(1500, 2600), store = r.whole(200, 500);
  const item = {
    id: randomUUID(), station_name: config, config, creation_date: new Date(when).toISOString().replace('Z', '123Z'), state: 'DONE',
    decision: bad?.decision ?? 'OK', reason: (bad ?? steps[0]).reason, trigger: { type: 'timer', detail: 'every 1500 ms' },
    cameras_metadata: Object.fromEntries(scenes[config].cameras.map((c) => [c, { type: 'fake', source: 'pictures' }])),
    binaries: Object.fromEntries(Object.entries(pictures).map(([camera, p]) => [camera, {
      creation_date: new Date(when).toISOString(), storing_path: '/var/lib/oree/blobs/ab/abcdef', sha256: digest_of(p.bytes), media_type: p.media_type,
      width: p.width, height: p.height, bytes: p.bytes.length, source: p.source }])),
    predictions: Object.fromEntries(Object.entries(made).filter(([, m]) => m.prediction).map(([n, m]) => [n, m.prediction])),
    camera_decisions: Object.fromEntries(steps.map((s) => [s.name, s.decision])), steps,
    item_rule: { type: 'all', expected_decision: 'OK', threshold: 1, reason: bad ? `${bad.name} is ${bad.decision}` : 'every step is OK' },
    timings_us: { capture, decode, store, total: capture + decode + store + stage + r.whole(100, 700) },
    ...(truth ? { truth } : {}),
  };
  return { item, pictures };
}
