// The mock station's modules: one of each state, their last words, a restart that takes three seconds.
const minute = 60e3, begun = Date.now();
const module_of = (name, image, runs_as, more) => ({ name, image, runs_as, wanted: 'running', status: 'running', runtime_status: 'running', restart_policy: 'always', restarts: 0, started: begun - 190 * minute, finished: null, ...more });
const modules = [
  module_of('edgeAgent', 'mcr.example.com/azureiotedge-agent:1.5', 'station', {}),
  module_of('edgeHub', 'mcr.example.com/azureiotedge-hub:1.5', 'station', {}),
  module_of('ImageClassifier', 'registry.example.com/line-3/fruit-classifier:0.4.2-amd64', 'process', { command: ['/usr/bin/python3', '/opt/modules/classifier.py', '--threshold', '0.85'], started: begun - 12 * minute, restarts: 1 }),
  module_of('GaugeReader', 'registry.example.com/line-3/gauge-reader:1.0.0', 'container', { status: 'failed', runtime_status: 'backoff', exit_code: 137, restarts: 7, finished: begun - 40e3, started: begun - 95e3, detail: 'killed: more than 256 MB of memory' }),
  module_of('Archive', 'registry.example.com/archive:2', 'container', { status: 'unknown', runtime_status: 'unknown', started: null, error: 'the image cannot be fetched: registry.example.com does not answer' }),
  module_of('Simulator', 'registry.example.com/simulator:1', 'container', { wanted: 'stopped', status: 'stopped', runtime_status: 'stopped', exit_code: 0, finished: begun - 26 * 60 * minute }),
];

/** [status, body] of what is asked of a module; undefined for anything else. */
export function answer_modules(method, path) {
  if (method === 'GET' && path === '/api/v1/modules') {
    return [200, { modules, deployment: { code: 500, description: "Archive: the image cannot be fetched", since: begun, manifest: '/etc/oree/deployment.json' }, limits: null, no_limits_because: 'control groups are mounted read-only here; run the station with Delegate=yes' }];
  }
  const [, name, what] = /^\/api\/v1\/modules\/([^/]+)\/(logs|restart)$/.exec(path) ?? [];
  const module = modules.find((one) => one.name === name);
  if (!module) return undefined;
  if (method === 'GET' && what === 'logs') return [200, module.started === null ? '' : Array.from({ length: 30 }, (_, i) => `${new Date(begun - (30 - i) * 2e3).toISOString()} part ${4100 + i}: apple ${(0.91 + (i % 7) / 100).toFixed(2)}`).join('\n')];
  if (method !== 'POST' || what !== 'restart') return undefined;
  setTimeout(() => Object.assign(module, { started: Date.now(), finished: null, status: 'running', runtime_status: 'running', restarts: module.restarts + 1 }), 3000);
  return [202, {}];
}
