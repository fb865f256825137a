// Every word of the pages, in French. Same keys as English; the test holds them together.
import { telemetry_fr } from './telemetry_fr';
import type { Table } from './words';

export const fr: Table = {
  ...telemetry_fr,

  'nav.live': 'Direct', 'nav.history': 'Historique', 'nav.station': 'Station', 'nav.api': 'API', 'nav.more': 'Plus',
  'nav.orders': 'Ordres', 'order.one': 'Ordre', 'order.of_this': 'Ordre : {state}', 'order.none_open': 'Aucun ordre en cours', 'order.none_yet': 'Aucun ordre pour l’instant.', 'nav.ledger': 'Registre', 'nav.deliveries': 'Événements', 'nav.authorities': 'Autorités',
  'nav.label': 'Pages', 'nav.skip': 'Aller à la page', 'nav.home': 'Orée, vue en direct',
  'theme.label': 'Thème', 'theme.system': 'comme le système', 'theme.light': 'clair', 'theme.dark': 'sombre', 'language.label': 'Langue',

  'verdict.OK': 'OK', 'verdict.KO': 'KO', 'verdict.NO_DECISION': 'Sans décision',

  'health.ok': 'en bonne santé', 'health.warning': 'à surveiller', 'health.failed': 'en panne', 'health.unknown': 'en attente',
  'health.lost': 'ne répond pas', 'state.ok': 'ok', 'state.warning': 'attention', 'state.failed': 'en panne', 'state.late': 'en retard',
  'state.waiting': 'en attente', 'state.ready': 'prêt', 'state.loading': 'chargement', 'state.not loaded': 'non chargé',

  'config.label': 'Configuration', 'config.active': 'active', 'config.confirm': 'Passer la ligne sur « {name} » ?',
  'config.consequence': 'La prochaine pièce sera contrôlée avec elle.', 'config.switch': 'Changer', 'config.cancel': 'Annuler',

  'live.title': 'Direct', 'live.latest': 'Dernière pièce', 'live.hold': 'Figer', 'live.held': 'Figé : {n} depuis', 'live.resume': 'Reprendre',
  'live.hold.hint': 'Garder cette pièce à l’écran (espace)', 'live.trigger': 'Contrôler', 'live.trigger.busy': 'Contrôle…',
  'live.why': 'Pourquoi ?', 'live.last20': '20 dernières pièces', 'live.paused': { one: 'immobile pendant votre choix · {n} nouvelle', other: 'immobile pendant votre choix · {n} nouvelles' },
  'live.took': 'en {time}', 'live.last_refused': 'Dernière refusée', 'live.none_refused': 'Aucune pièce refusée',
  'live.empty': 'Aucune pièce contrôlée', 'live.empty.next': 'Placez une pièce devant la caméra et contrôlez-la, ou attendez le prochain déclenchement.',
  'live.no_image': 'Pas d’image', 'live.camera': 'caméra {name}',

  'counts.title': { one: '{n} pièce depuis {since}', other: '{n} pièces depuis {since}' },
  'counts.ok': { one: 'pièce bonne', other: 'pièces bonnes' }, 'counts.ko': { one: 'pièce refusée', other: 'pièces refusées' },
  'counts.no_decision': { one: 'pièce sans décision', other: 'pièces sans décision' },
  'counts.hour': { one: '{n} refusée dans la dernière heure', other: '{n} refusées dans la dernière heure' },

  'chart.yield': 'Rendement', 'chart.rate': 'Cadence', 'chart.latency': 'Temps par pièce', 'chart.minute': 'dernière minute',
  'chart.hour': 'heure {value}', 'chart.per_min': '{value} / min', 'chart.p95': '95 sur 100', 'chart.p50': 'moitié {value}',
  'chart.hint': 'Glisser pour zoomer, double-clic pour l’heure entière', 'chart.empty': 'Aucune pièce dans la dernière heure', 'chart.filling': 'La première minute est en cours',

  'history.title': 'Historique', 'history.verdict': 'Verdict', 'history.label': 'Étiquette', 'history.camera': 'Caméra', 'history.time': 'Période',
 'history.all_time': 'tout', 'history.1h': 'dernière heure', 'history.24h': '24 heures', 'history.7d': '7 jours',
  'history.between': 'entre…', 'history.from': 'De', 'history.to': 'À', 'history.clear': 'Effacer les filtres', 'history.older': 'Pièces plus anciennes',
  'history.loading': 'Chargement…', 'history.end': 'C’est tout.', 'history.new': { one: '{n} nouvelle pièce', other: '{n} nouvelles pièces' },
  'history.empty': 'Aucune pièce ne correspond', 'history.empty.next': 'Retirez un filtre ou choisissez une période plus longue.',
  'history.nothing': 'Rien de contrôlé encore', 'history.nothing.next': 'La première pièce contrôlée apparaîtra ici.',
  'history.more_labels': 'autres étiquettes…', 'history.shown': { one: '{n} pièce', other: '{n} pièces' }, 'history.shown_more': 'les {n} plus récentes', 'history.filters': 'Filtres',

  'item.title': 'Pièce', 'item.overlay': 'Cadres et masques', 'item.overlay.hint': 'Dessiner sur l’image ce que le modèle a vu (o)',
  'item.newer': 'Suivante', 'item.older': 'Précédente', 'item.why': 'Pourquoi', 'item.rule': 'Règle', 'item.whole': 'Pièce entière',
  'item.predictions': 'Ce que le modèle a vu', 'item.nothing_seen': 'Rien trouvé sur cette image', 'item.timings': 'Où passe le temps',
  'item.model': 'Modèle', 'item.version': 'version {version}', 'item.digest': 'Empreinte', 'item.provenance': 'D’où elle vient', 'item.trigger': 'Déclencheur',
  'item.config': 'Configuration', 'item.id': 'Identifiant', 'item.file': 'Image {camera}', 'item.json': 'Télécharger le JSON', 'item.copy': 'Copier', 'item.copied': 'Copié',
  'item.truth': 'Vérité connue', 'item.truth.same': 'le modèle est d’accord', 'item.truth.other': 'le modèle dit {label}',
  'item.gone': 'Cette pièce n’est pas ici', 'item.gone.next': 'Elle a pu être effacée pour faire place aux plus récentes.',
  'item.full': 'Taille réelle', 'item.more_objects': { one: '{n} de plus', other: '{n} de plus' }, 'item.in_filter': 'dans le filtre',

  'rule.expected_label': 'doit être {label}', 'rule.unexpected_label': 'ne doit pas être {label}', 'rule.min_nb_objects': 'au moins {threshold} {label}', 'rule.max_nb_objects': 'au plus {threshold} {label}',
  'rule.max_area_ratio': '{label} sur au plus {threshold} de l’image', 'rule.all': 'chaque étape doit être OK', 'rule.min_threshold': 'au moins {threshold} étapes {expected}',
  'rule.min_threshold_ratio': 'au moins {threshold} des étapes {expected}',

  'reason.right_label': '{label} vu ({probability}), comme attendu', 'reason.wrong_label': '{label} vu ({probability}), {expected} attendu',
  'reason.unexpected_label': '{label} vu, inattendu ici', 'reason.too_few': '{label} : trouvé {count} fois, attendu au moins {threshold} fois',
  'reason.too_many': '{label} : trouvé {count} fois, au plus {threshold} permis', 'reason.enough': '{label} : trouvé {count} fois, comme attendu',
  'reason.area_too_large': '{label} couvre {area_ratio}, au plus {threshold} permis', 'reason.area_ok': '{label} couvre {area_ratio}, dans la limite de {threshold}',
  'reason.camera_late': 'la caméra {camera} n’a pas répondu à temps', 'reason.camera_failed': 'la caméra {camera} est en panne',
  'reason.image_invalid': 'l’image de {camera} est illisible', 'reason.model_failed': 'le modèle {model} a échoué',
  'reason.no_rule': 'cette étape regarde sans juger',
  'reason.no_prediction_for_rule': 'le modèle n’a rien dit que la règle puisse juger', 'reason.all_good': { one: '{n} contrôle, tout est bon', other: '{n} contrôles, tout est bon' },

  'trigger.timer': 'minuterie', 'trigger.http': 'appel HTTP', 'trigger.new_file': 'nouveau fichier', 'trigger.upload': 'envoi', 'trigger.mqtt': 'message MQTT',
  'task.classification': 'classement', 'task.detection': 'détection', 'task.segmentation': 'segmentation',

  'stage.capture': 'prise de vue', 'stage.decode': 'décodage', 'stage.tensor': 'préparation', 'stage.infer': 'modèle', 'stage.predict': 'lecture', 'stage.rule': 'règle',
  'stage.store': 'enregistrement', 'stage.other': 'autre', 'stage.total': 'en tout {time}',

  'station.title': 'Station', 'station.health': 'Santé', 'station.cameras': 'Caméras', 'station.models': 'Modèles', 'station.triggers': 'Déclencheurs',
  'station.storage': 'Stockage', 'station.host': 'Machine', 'station.log': 'Derniers mots du journal', 'station.version': 'Orée {version}',
  'station.up': 'en marche depuis {time}', 'station.frames': { one: '{n} image', other: '{n} images' }, 'station.failures': { one: '{n} échec', other: '{n} échecs' },
  'station.deadline': 'délai {time}', 'station.seen': 'dernière image {ago}', 'station.never': 'pas encore d’image', 'station.fired': { one: 'déclenché {n} fois', other: 'déclenché {n} fois' },
  'station.missed': { one: '{n} manqué', other: '{n} manqués' }, 'station.labels': 'Étiquettes', 'station.input': 'Entrée', 'station.backend': 'Exécuté par', 'station.licence': 'Licence',
  'station.runs': { one: '{n} passage', other: '{n} passages' }, 'station.speed': 'la moitié sous {p50}, 95 sur 100 sous {p95}', 'station.used': '{used} sur {max}',
  'station.records': { one: '{n} pièce gardée', other: '{n} pièces gardées' }, 'station.oldest': 'la plus ancienne {ago}', 'station.free': '{free} libres sur le disque',
  'station.written': '{written} écrits depuis le départ', 'station.full': 'Plein : les plus anciennes images laissent la place', 'station.no_cap': 'sans plafond',
  'station.memory': 'Mémoire', 'station.load': 'Charge', 'station.process': 'Ce programme', 'station.memory_of': '{used} sur {all} utilisés',
  'station.load_of': { one: '{load} sur {n} cœur', other: '{load} sur {n} cœurs' }, 'station.process_of': '{rss} de mémoire, {threads} fils, {cpu} de processeur',
  'station.copy_log': 'Copier le journal', 'station.no_log': 'Le journal est vide.', 'station.no_trigger': 'Aucun déclencheur : les pièces sont contrôlées à la demande.', 'station.no_camera': 'Aucune caméra configurée.',
  'station.no_model': 'Aucun modèle configuré.', 'station.links': 'Pour les programmes', 'station.metrics': 'Métriques', 'station.api_text': 'Tout ce que montrent ces pages est dans l’API',
  'check.of': '{kind} {name}', 'check.disk': 'Disque', 'check.configuration': 'Configuration', 'check.camera': 'Caméra', 'check.cameras': 'Caméras',
  'check.model': 'Modèle', 'check.models': 'Modèles', 'check.clock': 'Horloge', 'check.memory': 'Mémoire',

  'hub.title': 'Hub', 'hub.connected': 'connecté', 'hub.away': 'injoignable : tout continue ici comme avant', 'hub.configuration': 'Configuration', 'hub.deployment': 'Modules',
  'hub.serves': 'la version {version} répond', 'hub.serves_own': 'ce que la station a apporté répond', 'hub.comes': 'la version {version} arrive', 'hub.before': '{version} avant',
  'hub.received': '{bytes} sur {of}', 'hub.refused': { one: '{n} paquet refusé pour toujours', other: '{n} paquets refusés pour toujours' },
  'hub.state.downloading': 'téléchargement', 'hub.state.installing': 'installation', 'hub.state.shadow': 'répond à côté', 'hub.state.healthy': 'en bonne santé', 'hub.state.failed': 'refusé',
  'hub.state.rolled_back': 'repris',

  'api.title': 'API', 'api.intro': 'Tout ce que montrent ces pages, pour vos programmes. Essayez un appel : il s’exécute sur cette station.', 'api.document': 'Document OpenAPI', 'api.send': 'Envoyer', 'api.sending': 'Envoi…',
  'api.required': 'obligatoire', 'api.body': 'Corps', 'api.answer': '{status} en {time}', 'api.command': 'En ligne de commande', 'api.search': 'Trouver un appel', 'api.none': 'Aucun appel ne correspond.', 'api.none.next': 'Essayez un autre mot.',
  'api.query': 'Requête', 'api.query.hint': 'après le ?', 'api.image': 'Image à envoyer', 'api.changes': 'Cet appel change la station.', 'api.cut': 'Coupé après {n} caractères.',

  'stale.lost': 'La station ne répond pas', 'stale.seen': 'vue {ago}', 'stale.again': 'reconnexion…',
  'stale.fix': 'Vérifiez que le boîtier est alimenté et que cet écran est sur son réseau.',
  'error.title': 'Cela n’a pas marché', 'error.network': 'La station n’a pas répondu.', 'error.network.fix': 'Vérifiez que le boîtier est alimenté et sur ce réseau. La page réessaie d’elle-même.',
  'error.server': 'La station a rencontré un problème.', 'error.server.fix': 'Son journal, sur la page Station, en dit plus.', 'error.denied': 'Vous ne pouvez pas voir ceci.',
  'error.denied.fix': 'Demandez l’accès à la personne qui s’occupe de cette station.', 'error.asked.fix': 'Changez la demande et réessayez.', 'error.again': 'Réessayer', 'error.copy': 'Copier les détails',

  'pair': '{name} : {value}', 'page.old': 'Cette page a une version plus récente', 'page.reload': 'Recharger', 'copy.failed': 'Copie impossible',
};
