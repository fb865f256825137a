// The words of Machines, Messages, Jobs and Alerts, in English.
export const telemetry_en = {
  'nav.machines': 'Machines', 'nav.alerts': 'Alerts', 'nav.messages': 'Messages', 'nav.jobs': 'Jobs',
  'telemetry.none': 'This station takes no readings', 'telemetry.none.next': 'Machines, messages, jobs and alerts appear once readings are switched on in its configuration.',

  'machine.normal': 'Normal', 'machine.learning': 'Learning', 'machine.warning': 'Needs a look', 'machine.anomaly': 'Anomaly', 'machine.stale': 'Silent',
  'machines.title': 'Machines', 'machines.states': 'By state', 'machines.all': 'all', 'machines.none_so': 'No machine is in this state.', 'machines.show_all': 'Show all',
  'machines.empty': 'No machine has spoken yet', 'machines.empty.next': 'Send one reading by MQTT to the topic below, or watch a simulated robot wear out.',
  'machines.empty.name': 'name', 'machines.empty.sensor': 'sensor', 'machines.seen': 'last seen {ago}', 'machines.never': 'never seen',
  'machines.score': 'Score', 'machines.threshold': 'threshold {value}', 'machines.no_score': 'No window scored yet', 'machines.no_detector': 'No detector watches this machine',
  'machines.score_text': '{name}: score {score}, threshold {threshold}', 'machines.more_sensors': { one: '{n} more sensor', other: '{n} more sensors' }, 'machines.alerts': { one: '{n} alert', other: '{n} alerts' },

  'machine.threshold_at': 'threshold {value}', 'machine.newest_anomaly': 'Newest anomaly', 'machine.chosen_anomaly': 'Chosen anomaly', 'machine.contributions': 'Share of each sensor in the score',
  'machine.on_charts': 'Show on the charts', 'machine.anomalies': 'Anomalies', 'machine.no_anomaly': 'No anomaly so far', 'machine.no_alert': 'No alert for this machine.', 'machine.over': 'over {threshold}',
  'machine.gone': 'This machine is not known here', 'machine.gone.next': 'No reading of {name} has come to this station.', 'machine.nothing_here': 'No reading in this time.', 'machine.last_readings': 'Show the last readings',

  'anomaly.bare': 'The score {score} is over the threshold {threshold}', 'anomaly.one': '{first} makes {share} of the score {score} (threshold {threshold})',
  'anomaly.two': '{first} makes {share} and {second} {rest} of the score {score} (threshold {threshold})', 'anomaly.score': 'score {score}, threshold {threshold}', 'anomaly.lasted': 'for {time}',

  'zoom.label': 'Time shown', 'zoom.span': 'Follow now over', 'zoom.minute': 'minute', 'zoom.hour': 'hour', 'zoom.day': 'day', 'zoom.week': 'week', 'zoom.month': 'month', 'zoom.year': 'year',
  'zoom.move': 'Move', 'zoom.earlier': 'Earlier', 'zoom.later': 'Later', 'zoom.closer': 'Closer', 'zoom.wider': 'Wider', 'zoom.following': 'following now', 'zoom.now': 'Back to now',
  'zoom.hint': 'Drag over a chart to zoom, double-click for the last hour; the keys ← → + − 0 do the same.',
  'series.raw': 'every reading', 'series.every': 'a point each {time}',

  'label.machine': 'machine', 'label.rule': 'rule', 'label.sensor': 'sensor', 'label.detector': 'detector',

  'messages.title': 'Messages', 'messages.in': 'In', 'messages.out': 'Out', 'messages.acked': 'Acknowledged', 'messages.per_s': '{value} / s', 'messages.total': '{n} in all', 'messages.mean': 'mean {value}',
  'messages.no_rate': 'No message in the last minutes', 'messages.queues': 'Queues', 'messages.endpoint': 'To', 'messages.priority': 'Priority', 'messages.state': 'State', 'messages.waiting': 'Waiting', 'messages.oldest': 'Oldest',
  'messages.sent': 'Sent', 'messages.expired': 'Expired', 'messages.no_queue': 'No route leads out of this station.', 'messages.dropped': 'Dropped, by reason', 'messages.none_dropped': 'Nothing dropped',
  'messages.store': 'Store on disk', 'messages.kept': { one: '{n} message kept', other: '{n} messages kept' }, 'messages.full': 'Full: new messages are refused until there is room. Raise the limit, or see why a queue does not empty.',
  'messages.clients': 'Clients', 'messages.connected': { one: '{n} connected', other: '{n} connected' }, 'messages.no_client': 'No client has connected yet.', 'messages.client': 'Client', 'messages.user': 'User', 'messages.address': 'Address',
  'messages.since': 'Connected', 'messages.gone': 'left {ago}', 'messages.queued': 'Queued', 'messages.inflight': 'In flight', 'messages.subscriptions': 'Subscriptions',
  'messages.routes': 'Routes', 'messages.no_route': 'No route is configured.', 'messages.route': 'Route', 'messages.text': 'From where to where', 'messages.matched': 'Matched',
  'endpoint.$upstream': 'Upstream', 'endpoint_state.connected': 'connected', 'endpoint_state.waiting': 'waiting', 'endpoint_state.off': 'off',
  'drop.no_route': 'no route matched', 'drop.expired': 'too old', 'drop.qos0_full': 'not acknowledged, no room', 'drop.store_full': 'store full', 'drop.queue_full': 'queue full', 'drop.too_large': 'too large', 'drop.denied': 'not allowed', 'drop.invalid': 'not readable',

  'jobs.title': 'Jobs', 'jobs.streaming': 'Streaming jobs', 'jobs.no_job': 'No streaming job. One fills a series from messages, or judges each window of it.', 'jobs.in': 'in', 'jobs.out': 'out', 'jobs.dropped': 'dropped',
  'jobs.schedules': 'Schedules', 'jobs.no_schedule': 'Nothing runs by the clock.', 'jobs.name': 'Name', 'jobs.when': 'When', 'jobs.statement': 'Statement', 'jobs.last': 'Last run', 'jobs.next': 'Next run', 'jobs.never': 'not yet',
  'job.Created': 'created', 'job.Starting': 'starting', 'job.Idle': 'idle', 'job.Processing': 'processing', 'job.Degraded': 'degraded', 'job.Stopped': 'stopped', 'job.Failed': 'failed',
  'sql.title': 'Ask the data', 'sql.read_only': 'read-only', 'sql.statement': 'SQL statement', 'sql.hint': 'SELECT …', 'sql.run': 'Run', 'sql.stop': 'Stop', 'sql.tables': 'Which tables are there?',
  'sql.rows': { one: '{n} row', other: '{n} rows' }, 'sql.took': 'in {time}', 'sql.truncated': 'more rows were left out', 'sql.copy': 'Copy the table', 'sql.all': 'Show all {n}', 'sql.place': 'Line {line}, column {column}',

  'alerts.title': 'Alerts', 'alert.firing': 'Firing', 'alert.pending': 'Pending', 'alert.resolved': 'Resolved', 'alerts.quiet': 'Nothing wants you now', 'alerts.gone': 'The alert of this link is not kept any more.',
  'alerts.empty': 'No alert rule yet', 'alerts.empty.next': 'A rule in the configuration says when somebody is to be told.', 'alerts.firing_count': { one: '{n} alert firing', other: '{n} alerts firing' },
  'alerts.since': 'since {moment}, {ago}', 'alerts.ended': 'ended {ago}, lasted {time}', 'alerts.against': 'threshold {threshold}', 'alerts.rule': 'Rule', 'alerts.for': 'when it holds for {time}', 'alerts.expression': 'Expression', 'alerts.id': 'Id',
  'severity.page': 'call somebody', 'severity.ticket': 'to be looked at', 'severity.info': 'for information', 'alerts.silence': 'Silence', 'alerts.silent': 'silenced', 'alerts.silent_until': 'silenced, speaks again {time}',
  'alerts.silence_title': 'Silence this alert', 'alerts.silence_text': 'Nobody is told while it lasts; the alert stays on this page.', 'alerts.how_long': 'For', 'alerts.what': 'What', 'alerts.only_rule': 'only this rule', 'alerts.whole': 'everything of {what}',
  'alerts.comment': 'Why', 'alerts.comment.hint': 'drill is being changed', 'alerts.silence_for': 'Silence for {time}', 'alerts.silences': 'Silences', 'alerts.no_silence': 'Nothing is silenced.', 'alerts.until': 'until {moment}, {time}', 'alerts.end': 'End now',
  'alerts.rules': 'Rules', 'alerts.no_rule': 'No rule is configured.',
} as const satisfies Record<string, string | { one: string; other: string }>;
