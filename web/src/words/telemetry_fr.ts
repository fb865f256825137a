// The words of Machines, Messages, Jobs and Alerts, in French.
import type { telemetry_en } from './telemetry_en';
import type { Table } from './words';

export const telemetry_fr: Pick<Table, keyof typeof telemetry_en> = {
  'nav.machines': 'Machines', 'nav.alerts': 'Alertes', 'nav.messages': 'Messages', 'nav.jobs': 'Tâches',
  'telemetry.none': 'Cette station ne reçoit pas de mesures', 'telemetry.none.next': 'Machines, messages, tâches et alertes apparaissent une fois les mesures activées dans sa configuration.',

  'machine.normal': 'Normal', 'machine.learning': 'Apprentissage', 'machine.warning': 'À surveiller', 'machine.anomaly': 'Anomalie', 'machine.stale': 'Muette',
  'machines.title': 'Machines', 'machines.states': 'Par état', 'machines.all': 'toutes', 'machines.none_so': 'Aucune machine dans cet état.', 'machines.show_all': 'Tout voir',
  'machines.empty': 'Aucune machine ne s’est encore exprimée', 'machines.empty.next': 'Envoyez une mesure par MQTT au sujet ci-dessous, ou regardez un robot simulé s’user.',
  'machines.empty.name': 'nom', 'machines.empty.sensor': 'capteur', 'machines.seen': 'vue {ago}', 'machines.never': 'jamais vue',
  'machines.score': 'Score', 'machines.threshold': 'seuil {value}', 'machines.no_score': 'Aucune fenêtre évaluée', 'machines.no_detector': 'Aucun détecteur ne surveille cette machine',
  'machines.score_text': '{name} : score {score}, seuil {threshold}', 'machines.more_sensors': { one: '{n} autre capteur', other: '{n} autres capteurs' }, 'machines.alerts': { one: '{n} alerte', other: '{n} alertes' },

  'machine.threshold_at': 'seuil {value}', 'machine.newest_anomaly': 'Dernière anomalie', 'machine.chosen_anomaly': 'Anomalie choisie', 'machine.contributions': 'Part de chaque capteur dans le score',
  'machine.on_charts': 'Voir sur les courbes', 'machine.anomalies': 'Anomalies', 'machine.no_anomaly': 'Aucune anomalie à ce jour', 'machine.no_alert': 'Aucune alerte pour cette machine.', 'machine.over': 'pour {threshold}',
  'machine.gone': 'Cette machine est inconnue ici', 'machine.gone.next': 'Aucune mesure de {name} n’est arrivée à cette station.', 'machine.nothing_here': 'Aucune mesure sur cette durée.', 'machine.last_readings': 'Voir les dernières mesures',

  'anomaly.bare': 'Le score {score} dépasse le seuil {threshold}', 'anomaly.one': '{first} fait {share} du score {score} (seuil {threshold})',
  'anomaly.two': '{first} fait {share} et {second} {rest} du score {score} (seuil {threshold})', 'anomaly.score': 'score {score}, seuil {threshold}', 'anomaly.lasted': 'pendant {time}',

  'zoom.label': 'Durée affichée', 'zoom.span': 'Suivre sur', 'zoom.minute': 'minute', 'zoom.hour': 'heure', 'zoom.day': 'jour', 'zoom.week': 'semaine', 'zoom.month': 'mois', 'zoom.year': 'an',
  'zoom.move': 'Déplacer', 'zoom.earlier': 'Plus tôt', 'zoom.later': 'Plus tard', 'zoom.closer': 'Plus près', 'zoom.wider': 'Plus large', 'zoom.following': 'suit l’instant', 'zoom.now': 'Revenir à l’instant',
  'zoom.hint': 'Glissez sur une courbe pour agrandir, double-cliquez pour la dernière heure ; les touches ← → + − 0 font de même.',
  'series.raw': 'chaque mesure', 'series.every': 'un point toutes les {time}',

  'label.machine': 'machine', 'label.rule': 'règle', 'label.sensor': 'capteur', 'label.detector': 'détecteur',

  'messages.title': 'Messages', 'messages.in': 'Reçus', 'messages.out': 'Envoyés', 'messages.acked': 'Acquittés', 'messages.per_s': '{value} / s', 'messages.total': '{n} en tout', 'messages.mean': 'moyenne {value}',
  'messages.no_rate': 'Aucun message ces dernières minutes', 'messages.queues': 'Files d’attente', 'messages.endpoint': 'Vers', 'messages.priority': 'Priorité', 'messages.state': 'État', 'messages.waiting': 'En attente', 'messages.oldest': 'Plus ancien',
  'messages.sent': 'Envoyés', 'messages.expired': 'Expirés', 'messages.no_queue': 'Aucune route ne sort de cette station.', 'messages.dropped': 'Écartés, par raison', 'messages.none_dropped': 'Rien n’a été écarté',
  'messages.store': 'Réserve sur disque', 'messages.kept': { one: '{n} message gardé', other: '{n} messages gardés' }, 'messages.full': 'Pleine : les nouveaux messages sont refusés. Augmentez la limite, ou voyez pourquoi une file ne se vide pas.',
  'messages.clients': 'Clients', 'messages.connected': { one: '{n} connecté', other: '{n} connectés' }, 'messages.no_client': 'Aucun client ne s’est connecté.', 'messages.client': 'Client', 'messages.user': 'Utilisateur', 'messages.address': 'Adresse',
  'messages.since': 'Connecté', 'messages.gone': 'parti {ago}', 'messages.queued': 'En file', 'messages.inflight': 'En vol', 'messages.subscriptions': 'Abonnements',
  'messages.routes': 'Routes', 'messages.no_route': 'Aucune route n’est configurée.', 'messages.route': 'Route', 'messages.text': 'D’où à où', 'messages.matched': 'Passés',
  'endpoint.$upstream': 'Amont', 'endpoint_state.connected': 'connecté', 'endpoint_state.waiting': 'en attente', 'endpoint_state.off': 'arrêté',
  'drop.no_route': 'aucune route', 'drop.expired': 'trop vieux', 'drop.qos0_full': 'sans acquittement, plus de place', 'drop.store_full': 'réserve pleine', 'drop.queue_full': 'file pleine', 'drop.too_large': 'trop grand', 'drop.denied': 'non autorisé', 'drop.invalid': 'illisible',

  'jobs.title': 'Tâches', 'jobs.streaming': 'Tâches continues', 'jobs.no_job': 'Aucune tâche continue. Elle remplit une série à partir des messages, ou en juge chaque fenêtre.', 'jobs.in': 'reçus', 'jobs.out': 'produits', 'jobs.dropped': 'écartés',
  'jobs.schedules': 'Horaires', 'jobs.no_schedule': 'Rien n’est programmé.', 'jobs.name': 'Nom', 'jobs.when': 'Quand', 'jobs.statement': 'Instruction', 'jobs.last': 'Dernier passage', 'jobs.next': 'Prochain passage', 'jobs.never': 'pas encore',
  'job.Created': 'créée', 'job.Starting': 'démarre', 'job.Idle': 'au repos', 'job.Processing': 'en cours', 'job.Degraded': 'dégradée', 'job.Stopped': 'arrêtée', 'job.Failed': 'en échec',
  'sql.title': 'Interroger les données', 'sql.read_only': 'lecture seule', 'sql.statement': 'Instruction SQL', 'sql.hint': 'SELECT …', 'sql.run': 'Exécuter', 'sql.stop': 'Arrêter', 'sql.tables': 'Quelles tables y a-t-il ?',
  'sql.rows': { one: '{n} ligne', other: '{n} lignes' }, 'sql.took': 'en {time}', 'sql.truncated': 'des lignes ont été laissées', 'sql.copy': 'Copier le tableau', 'sql.all': 'Afficher les {n}', 'sql.place': 'Ligne {line}, colonne {column}',

  'alerts.title': 'Alertes', 'alert.firing': 'En cours', 'alert.pending': 'En attente', 'alert.resolved': 'Terminées', 'alerts.quiet': 'Rien ne vous réclame', 'alerts.gone': 'L’alerte de ce lien n’est plus gardée.',
  'alerts.empty': 'Aucune règle d’alerte', 'alerts.empty.next': 'Une règle de la configuration dit quand prévenir quelqu’un.', 'alerts.firing_count': { one: '{n} alerte en cours', other: '{n} alertes en cours' },
  'alerts.since': 'depuis {moment}, {ago}', 'alerts.ended': 'terminée {ago}, a duré {time}', 'alerts.against': 'seuil {threshold}', 'alerts.rule': 'Règle', 'alerts.for': 'si elle tient {time}', 'alerts.expression': 'Expression', 'alerts.id': 'Identifiant',
  'severity.page': 'appeler quelqu’un', 'severity.ticket': 'à examiner', 'severity.info': 'pour information', 'alerts.silence': 'Taire', 'alerts.silent': 'tue', 'alerts.silent_until': 'tue, parlera {time}',
  'alerts.silence_title': 'Taire cette alerte', 'alerts.silence_text': 'Personne n’est prévenu pendant ce temps ; l’alerte reste sur cette page.', 'alerts.how_long': 'Pendant', 'alerts.what': 'Quoi', 'alerts.only_rule': 'cette règle seulement', 'alerts.whole': 'tout de {what}',
  'alerts.comment': 'Pourquoi', 'alerts.comment.hint': 'le foret est en cours de remplacement', 'alerts.silence_for': 'Taire {time}', 'alerts.silences': 'Silences', 'alerts.no_silence': 'Rien n’est tu.', 'alerts.until': 'jusqu’à {moment}, {time}', 'alerts.end': 'Terminer',
  'alerts.rules': 'Règles', 'alerts.no_rule': 'Aucune règle n’est configurée.',
};
