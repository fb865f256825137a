// Says a word of the hub's pages: w('fleet.title').
import { teller, type TableLike } from '../words/tell';

export const fleet_en = {
  'fleet': 'Fleet', 'rollouts': 'Roll-outs', 'theme': 'Colours', 'language': 'Language', 'pages': 'Pages',
  'fleet.online': { one: '{n} station, {online} online', other: '{n} stations, {online} online' }, 'fleet.updating': { one: '{n} is being updated', other: '{n} are being updated' },
  'fleet.station': 'Station', 'fleet.health': 'Health', 'fleet.serves': 'Serves', 'fleet.hardware': 'Hardware', 'fleet.seen': 'Last seen', 'fleet.tags': 'Tags',
  'fleet.none': 'No station has joined yet', 'fleet.none.do': 'Invite one on the hub’s machine, and write what it prints into the station’s file, under fleet: token.',
  'fleet.no_model': 'no model from here yet', 'fleet.configuration': 'configuration', 'fleet.deployment': 'modules', 'fleet.modules': { one: '{n} module, {running} running', other: '{n} modules, {running} running' }, 'module.running': 'running', 'module.stopped': 'stopped', 'module.failed': 'failed', 'module.backoff': 'waits to start again', 'module.unhealthy': 'unhealthy', 'module.unknown': 'not started yet', 'module.restarts': { one: 'restarted once', other: 'restarted {n} times' }, 'rollout.deployment': 'Modules', 'fleet.own': 'its own', 'rollout.configuration': 'Configuration', 'fleet.wants': 'to get {version}', 'online': 'online', 'offline': 'offline', 'waiting': 'waits to be let in', 'cloned': 'two processes hold its identity', 'admit': 'Let it in', 'never': 'never', 'ago': '{time} ago', 'attack': 'It was attacked: {what}',
  'state.pending': 'not offered yet', 'state.offered': 'offered', 'state.downloading': 'downloading', 'state.installing': 'installing', 'state.shadow': 'tried beside the old one', 'state.healthy': 'healthy', 'state.failed': 'refused', 'state.rolled_back': 'taken back', 'state.silent': 'fell silent', 'state.offline': 'away',
  'rollout.none': 'Nothing is being rolled out', 'rollout.none.do': 'Publish a model, a configuration or a deployment manifest, and start it:', 'rollout.by': 'started by {who}, {time} ago',
  'status.running': 'Under way', 'status.paused': 'Paused', 'status.aborting': 'Being taken back', 'status.aborted': 'Stopped', 'status.done': 'Done',
  'rollout.radius': { one: '{n} of {all} stations had this version: {share}', other: '{n} of {all} stations had this version: {share}' }, 'rollout.waves': 'Waves', 'wave.done': 'proven', 'wave.running': 'under way', 'wave.waiting': 'to come', 'wave.stopped': 'stopped', 'wave.never': 'never begun',
  'wave.count': { one: '{n} station', other: '{n} stations' }, 'wave.healthy': '{n} healthy', 'wave.failed': '{n} refused', 'stop': 'Stop', 'pause': 'Pause', 'resume': 'Go on', 'back': 'Leave it',
  'stop.title': 'Stop {what}?', 'stop.text': 'No further station gets it, those that have it go back, and it is never offered again.',
  'gates': 'Gates', 'no_worse': 'no worse', 'worse': 'worse', 'undecided': 'not decided yet', 'details': 'Stations and gates', 'all': 'all hardware',
  'unsigned': 'This hub takes packages that nobody signed: whoever may publish here can put any model on every station.',
  'token.title': 'Who are you?', 'token.text': 'Your token; ‘oree hub user add’ printed it.', 'token.go': 'Go on', 'lost': 'The hub does not answer. What stands here is the last it said.', 'lost.fix': 'It is asked again by itself.', 'refused': 'The hub refused',
};
export const fleet_fr: TableLike<typeof fleet_en> = {
  'fleet': 'Flotte', 'rollouts': 'Déploiements', 'theme': 'Couleurs', 'language': 'Langue', 'pages': 'Pages',
  'fleet.online': { one: '{n} station, {online} en ligne', other: '{n} stations, {online} en ligne' }, 'fleet.updating': { one: '{n} en cours de mise à jour', other: '{n} en cours de mise à jour' },
  'fleet.station': 'Station', 'fleet.health': 'Santé', 'fleet.serves': 'Sert', 'fleet.hardware': 'Matériel', 'fleet.seen': 'Vue', 'fleet.tags': 'Étiquettes',
  'fleet.none': 'Aucune station n’a encore rejoint', 'fleet.none.do': 'Invitez-en une sur la machine du hub, et écrivez ce qui s’affiche dans le fichier de la station, sous fleet: token.',
  'fleet.no_model': 'pas encore de modèle d’ici', 'fleet.configuration': 'configuration', 'fleet.deployment': 'modules', 'fleet.modules': { one: '{n} module, {running} en marche', other: '{n} modules, {running} en marche' }, 'module.running': 'en marche', 'module.stopped': 'arrêté', 'module.failed': 'en échec', 'module.backoff': 'attend de redémarrer', 'module.unhealthy': 'en mauvaise santé', 'module.unknown': 'pas encore démarré', 'module.restarts': { one: 'redémarré une fois', other: 'redémarré {n} fois' }, 'rollout.deployment': 'Modules', 'fleet.own': 'la sienne', 'rollout.configuration': 'Configuration', 'fleet.wants': 'recevra {version}', 'online': 'en ligne', 'offline': 'hors ligne', 'waiting': 'attend d’être admise', 'cloned': 'deux processus ont son identité', 'admit': 'L’admettre', 'never': 'jamais', 'ago': 'il y a {time}', 'attack': 'Elle a été attaquée : {what}',
  'state.pending': 'pas encore proposé', 'state.offered': 'proposé', 'state.downloading': 'téléchargement', 'state.installing': 'installation', 'state.shadow': 'essayé à côté de l’ancien', 'state.healthy': 'sain', 'state.failed': 'refusé', 'state.rolled_back': 'repris', 'state.silent': 'silencieuse', 'state.offline': 'absente',
  'rollout.none': 'Rien n’est en cours de déploiement', 'rollout.none.do': 'Publiez un modèle, une configuration ou un manifeste de déploiement, puis lancez :', 'rollout.by': 'lancé par {who}, il y a {time}',
  'status.running': 'En cours', 'status.paused': 'En pause', 'status.aborting': 'Repris', 'status.aborted': 'Arrêté', 'status.done': 'Terminé',
  'rollout.radius': { one: '{n} station sur {all} a eu cette version : {share}', other: '{n} stations sur {all} ont eu cette version : {share}' }, 'rollout.waves': 'Vagues', 'wave.done': 'éprouvée', 'wave.running': 'en cours', 'wave.waiting': 'à venir', 'wave.stopped': 'arrêtée', 'wave.never': 'jamais commencée',
  'wave.count': { one: '{n} station', other: '{n} stations' }, 'wave.healthy': '{n} saines', 'wave.failed': '{n} refusées', 'stop': 'Arrêter', 'pause': 'Pause', 'resume': 'Continuer', 'back': 'Laisser',
  'stop.title': 'Arrêter {what} ?', 'stop.text': 'Plus aucune station ne la reçoit, celles qui l’ont reviennent en arrière, et elle n’est plus jamais proposée.',
  'gates': 'Exigences', 'no_worse': 'pas pire', 'worse': 'pire', 'undecided': 'pas encore décidé', 'details': 'Stations et exigences', 'all': 'tout matériel',
  'unsigned': 'Ce hub accepte des paquets que personne n’a signés : qui peut publier ici peut mettre n’importe quel modèle sur chaque station.',
  'token.title': 'Qui êtes-vous ?', 'token.text': 'Votre jeton ; « oree hub user add » l’a affiché.', 'token.go': 'Continuer', 'lost': 'Le hub ne répond pas. Ce qui est ici est ce qu’il a dit en dernier.', 'lost.fix': 'Il est redemandé de lui-même.', 'refused': 'Le hub a refusé',
};
export const { t: w, word: fleet_word } = teller(fleet_en, fleet_fr);
