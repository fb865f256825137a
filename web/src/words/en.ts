// Every word of the pages, in English. A word with {n} may have two forms: one and other.
import { telemetry_en } from './telemetry_en';

export const en = {
  ...telemetry_en,

  'nav.live': 'Live', 'nav.history': 'History', 'nav.station': 'Station', 'nav.api': 'API', 'nav.more': 'More',
  'nav.orders': 'Orders', 'order.one': 'Order', 'order.of_this': 'Order: {state}', 'order.none_open': 'No open order', 'order.none_yet': 'No order yet.', 'nav.ledger': 'Ledger', 'nav.deliveries': 'Events', 'nav.authorities': 'Authorities',
  'nav.label': 'Pages', 'nav.skip': 'Skip to the page', 'nav.home': 'Orée, live view',
  'theme.label': 'Theme', 'theme.system': 'as the system', 'theme.light': 'light', 'theme.dark': 'dark', 'language.label': 'Language',

  'verdict.OK': 'OK', 'verdict.KO': 'KO', 'verdict.NO_DECISION': 'No decision',

  'health.ok': 'healthy', 'health.warning': 'needs a look', 'health.failed': 'in trouble', 'health.unknown': 'waiting',
  'health.lost': 'not answering', 'state.ok': 'ok', 'state.warning': 'warning', 'state.failed': 'failed', 'state.late': 'late',
  'state.waiting': 'waiting', 'state.ready': 'ready', 'state.loading': 'loading', 'state.not loaded': 'not loaded',

  'config.label': 'Configuration', 'config.active': 'active', 'config.confirm': 'Switch the line to “{name}”?',
  'config.consequence': 'The next part is inspected with it.', 'config.switch': 'Switch', 'config.cancel': 'Cancel',

  'live.title': 'Live', 'live.latest': 'Newest part', 'live.hold': 'Hold', 'live.held': 'Held: {n} newer', 'live.resume': 'Resume',
  'live.hold.hint': 'Keep this part on screen (space)', 'live.trigger': 'Inspect now', 'live.trigger.busy': 'Inspecting…',
  'live.why': 'Why?', 'live.last20': 'Last 20 parts', 'live.paused': { one: 'still while you choose · {n} new', other: 'still while you choose · {n} new' },
  'live.took': 'in {time}', 'live.last_refused': 'Last refused', 'live.none_refused': 'No part refused yet',
  'live.empty': 'No part inspected yet', 'live.empty.next': 'Put a part before the camera and inspect it, or wait for the next trigger.',
  'live.no_image': 'No image', 'live.camera': 'camera {name}',

  'counts.title': { one: '{n} part since {since}', other: '{n} parts since {since}' },
  'counts.ok': { one: 'part good', other: 'parts good' }, 'counts.ko': { one: 'part refused', other: 'parts refused' },
  'counts.no_decision': { one: 'part undecided', other: 'parts undecided' },
  'counts.hour': { one: '{n} refused in the last hour', other: '{n} refused in the last hour' },

  'chart.yield': 'Yield', 'chart.rate': 'Rate', 'chart.latency': 'Time per part', 'chart.minute': 'last minute',
  'chart.hour': 'hour {value}', 'chart.per_min': '{value} / min', 'chart.p95': '95 in 100', 'chart.p50': 'half {value}',
  'chart.hint': 'Drag to zoom, double-click for the whole hour', 'chart.empty': 'No part in the last hour', 'chart.filling': 'The first minute is running',

  'history.title': 'History', 'history.verdict': 'Verdict', 'history.label': 'Label', 'history.camera': 'Camera', 'history.time': 'Time',
 'history.all_time': 'all', 'history.1h': 'last hour', 'history.24h': '24 hours', 'history.7d': '7 days',
  'history.between': 'between…', 'history.from': 'From', 'history.to': 'To', 'history.clear': 'Clear filters', 'history.older': 'Show older parts',
  'history.loading': 'Loading…', 'history.end': 'That is all there is.', 'history.new': { one: '{n} new part', other: '{n} new parts' },
  'history.empty': 'No part matches', 'history.empty.next': 'Take a filter away, or look at a longer time.',
  'history.nothing': 'Nothing inspected yet', 'history.nothing.next': 'The first part inspected will appear here.',
  'history.more_labels': 'more labels…', 'history.shown': { one: '{n} part', other: '{n} parts' }, 'history.shown_more': 'the {n} newest', 'history.filters': 'Filters',

  'item.title': 'Part', 'item.overlay': 'Boxes and masks', 'item.overlay.hint': 'Draw what the model saw over the image (o)',
  'item.newer': 'Newer', 'item.older': 'Older', 'item.why': 'Why', 'item.rule': 'Rule', 'item.whole': 'Whole part',
  'item.predictions': 'What the model saw', 'item.nothing_seen': 'Nothing found in this image', 'item.timings': 'Where the time went',
  'item.model': 'Model', 'item.version': 'version {version}', 'item.digest': 'Digest', 'item.provenance': 'Where it comes from', 'item.trigger': 'Trigger',
  'item.config': 'Configuration', 'item.id': 'Part id', 'item.file': 'Image {camera}', 'item.json': 'Download JSON', 'item.copy': 'Copy', 'item.copied': 'Copied',
  'item.truth': 'Known truth', 'item.truth.same': 'the model agrees', 'item.truth.other': 'the model says {label}',
  'item.gone': 'This part is not here', 'item.gone.next': 'It may have been removed to make room for newer ones.',
  'item.full': 'Full size', 'item.more_objects': { one: '{n} more', other: '{n} more' }, 'item.in_filter': 'within the filter',

  'rule.expected_label': 'must be {label}', 'rule.unexpected_label': 'must not be {label}', 'rule.min_nb_objects': 'at least {threshold} {label}', 'rule.max_nb_objects': 'at most {threshold} {label}',
  'rule.max_area_ratio': '{label} on at most {threshold} of the image', 'rule.all': 'every step must be OK', 'rule.min_threshold': 'at least {threshold} steps {expected}',
  'rule.min_threshold_ratio': 'at least {threshold} of the steps {expected}',

  'reason.right_label': '{label} seen ({probability}), as expected', 'reason.wrong_label': '{label} seen ({probability}), {expected} expected',
  'reason.unexpected_label': '{label} seen, not expected here', 'reason.too_few': '{label}: {count} found, at least {threshold} expected',
  'reason.too_many': '{label}: {count} found, at most {threshold} allowed', 'reason.enough': '{label}: {count} found, as expected',
  'reason.area_too_large': '{label} covers {area_ratio}, at most {threshold} allowed', 'reason.area_ok': '{label} covers {area_ratio}, within {threshold}',
  'reason.camera_late': 'camera {camera} did not answer in time', 'reason.camera_failed': 'camera {camera} failed',
  'reason.image_invalid': 'the image of {camera} cannot be read', 'reason.model_failed': 'the model {model} failed',
  'reason.no_rule': 'this step only looks, it does not judge',
  'reason.no_prediction_for_rule': 'the model said nothing that the rule can judge', 'reason.all_good': { one: '{n} check, all good', other: '{n} checks, all good' },

  'trigger.timer': 'timer', 'trigger.http': 'HTTP call', 'trigger.new_file': 'new file', 'trigger.upload': 'upload', 'trigger.mqtt': 'MQTT message',
  'task.classification': 'classification', 'task.detection': 'detection', 'task.segmentation': 'segmentation',

  'stage.capture': 'capture', 'stage.decode': 'decode', 'stage.tensor': 'prepare', 'stage.infer': 'model', 'stage.predict': 'read result', 'stage.rule': 'rule',
  'stage.store': 'store', 'stage.other': 'other', 'stage.total': 'in all {time}',

  'station.title': 'Station', 'station.health': 'Health', 'station.cameras': 'Cameras', 'station.models': 'Models', 'station.triggers': 'Triggers',
  'station.storage': 'Storage', 'station.host': 'Machine', 'station.log': 'Last words of the log', 'station.version': 'Orée {version}',
  'station.up': 'up for {time}', 'station.frames': { one: '{n} image', other: '{n} images' }, 'station.failures': { one: '{n} failure', other: '{n} failures' },
  'station.deadline': 'deadline {time}', 'station.seen': 'last image {ago}', 'station.never': 'no image yet', 'station.fired': { one: 'fired {n} time', other: 'fired {n} times' },
  'station.missed': { one: '{n} missed', other: '{n} missed' }, 'station.labels': 'Labels', 'station.input': 'Input', 'station.backend': 'Runs on', 'station.licence': 'Licence',
  'station.runs': { one: '{n} run', other: '{n} runs' }, 'station.speed': 'half within {p50}, 95 of 100 within {p95}', 'station.used': '{used} of {max}',
  'station.records': { one: '{n} part kept', other: '{n} parts kept' }, 'station.oldest': 'oldest {ago}', 'station.free': '{free} free on the disk',
  'station.written': '{written} written since the start', 'station.full': 'Full: the oldest images go to make room', 'station.no_cap': 'no cap set',
  'station.memory': 'Memory', 'station.load': 'Load', 'station.process': 'This program', 'station.memory_of': '{used} of {all} used',
  'station.load_of': { one: '{load} on {n} core', other: '{load} on {n} cores' }, 'station.process_of': '{rss} of memory, {threads} threads, {cpu} of processor',
  'station.copy_log': 'Copy the log', 'station.no_log': 'The log is empty.', 'station.no_trigger': 'No trigger is set: parts are inspected on demand.', 'station.no_camera': 'No camera is configured.',
  'station.no_model': 'No model is configured.', 'station.links': 'For programs', 'station.metrics': 'Metrics', 'station.api_text': 'Everything on these pages is in the API',
  'check.of': '{kind} {name}', 'check.disk': 'Disk', 'check.configuration': 'Configuration', 'check.camera': 'Camera', 'check.cameras': 'Cameras',
  'check.model': 'Model', 'check.models': 'Models', 'check.clock': 'Clock', 'check.memory': 'Memory',

  'hub.title': 'Hub', 'hub.connected': 'connected', 'hub.away': 'not reached: everything here goes on as it is', 'hub.configuration': 'Configuration', 'hub.deployment': 'Modules',
  'hub.serves': 'version {version} serves', 'hub.serves_own': 'what the station brought itself serves', 'hub.comes': 'version {version} is on its way', 'hub.before': '{version} before',
  'hub.received': '{bytes} of {of}', 'hub.refused': { one: '{n} package refused for good', other: '{n} packages refused for good' },
  'hub.state.downloading': 'downloading', 'hub.state.installing': 'installing', 'hub.state.shadow': 'answers beside', 'hub.state.healthy': 'healthy', 'hub.state.failed': 'not taken',
  'hub.state.rolled_back': 'taken back',

  'api.title': 'API', 'api.intro': 'Everything these pages show, for your programs. Try a call: it runs on this station.', 'api.document': 'OpenAPI document', 'api.send': 'Send', 'api.sending': 'Sending…',
  'api.required': 'required', 'api.body': 'Body', 'api.answer': '{status} in {time}', 'api.command': 'As a command', 'api.search': 'Find a call', 'api.none': 'No call matches.', 'api.none.next': 'Try another word.',
  'api.query': 'Query', 'api.query.hint': 'after the ?', 'api.image': 'Image body', 'api.changes': 'This call changes the station.', 'api.cut': 'Cut after {n} characters.',

  'stale.lost': 'The station does not answer', 'stale.seen': 'last seen {ago}', 'stale.again': 'reconnecting…',
  'stale.fix': 'Check that the box is powered and that this screen is on its network.',
  'error.title': 'That did not work', 'error.network': 'The station did not answer.', 'error.network.fix': 'Check that the box is powered and on this network. The page tries again by itself.',
  'error.server': 'The station met a problem of its own.', 'error.server.fix': 'Its log, on the Station page, says more.', 'error.denied': 'You may not see this.',
  'error.denied.fix': 'Ask the person who looks after this station for access.', 'error.asked.fix': 'Change what was asked and try again.', 'error.again': 'Try again', 'error.copy': 'Copy the details',

  'pair': '{name}: {value}', 'page.old': 'This page needs its newest version', 'page.reload': 'Load it anew', 'copy.failed': 'Could not copy',
} as const satisfies Record<string, string | { one: string; other: string }>;
