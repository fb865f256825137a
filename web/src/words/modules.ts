// The words of the modules beside a station: m('modules.confirm', { name }). They are loaded with their panel.
import { teller, type TableLike } from './tell';

export const modules_en = {
  'modules.title': 'Modules', 'modules.module': 'Module', 'modules.state': 'State', 'modules.since': 'Since', 'modules.restarts': 'Restarts', 'modules.runs': 'Runs', 'modules.does': 'What can be done',
  'modules.none': 'The manifest names no modules. Once it does, they start here by themselves.', 'modules.itself': 'The station does this itself', 'modules.wanted_stopped': 'is to be stopped',
  'modules.exit': 'ended with {code}', 'modules.log': 'Log', 'modules.log_of': 'Last words of {name}', 'modules.no_words': '{name} has said nothing yet.', 'modules.restart': 'Restart',
  'modules.confirm': 'Restart {name}?', 'modules.consequence': 'It is stopped and started again. What it was doing is lost; the station goes on.', 'modules.cancel': 'Leave it running', 'modules.asked': 'starting again…',
  'modules.trouble': 'The manifest: {what}', 'modules.no_limits': 'They run without limits: {why}',
  'module.running': 'running', 'module.stopped': 'stopped', 'module.failed': 'failed', 'module.backoff': 'waits to start again', 'module.unhealthy': 'unhealthy', 'module.unknown': 'not started yet',
} as const;

export const modules_fr: TableLike<typeof modules_en> = {
  'modules.title': 'Modules', 'modules.module': 'Module', 'modules.state': 'État', 'modules.since': 'Depuis', 'modules.restarts': 'Redémarrages', 'modules.runs': 'Ce qui tourne', 'modules.does': 'Ce qui se peut',
  'modules.none': 'Le manifeste ne nomme aucun module. Dès qu’il en nomme, ils démarrent ici d’eux-mêmes.', 'modules.itself': 'La station fait cela elle-même', 'modules.wanted_stopped': 'doit être arrêté',
  'modules.exit': 'terminé avec {code}', 'modules.log': 'Journal', 'modules.log_of': 'Derniers mots de {name}', 'modules.no_words': '{name} n’a encore rien dit.', 'modules.restart': 'Redémarrer',
  'modules.confirm': 'Redémarrer {name} ?', 'modules.consequence': 'Il est arrêté puis relancé. Ce qu’il faisait est perdu ; la station continue.', 'modules.cancel': 'Le laisser tourner', 'modules.asked': 'redémarre…',
  'modules.trouble': 'Le manifeste : {what}', 'modules.no_limits': 'Ils tournent sans limites : {why}',
  'module.running': 'en marche', 'module.stopped': 'arrêté', 'module.failed': 'en échec', 'module.backoff': 'attend de redémarrer', 'module.unhealthy': 'en mauvaise santé', 'module.unknown': 'pas encore démarré',
};

export const { t: m, word: module_word } = teller(modules_en, modules_fr);
