#!/bin/bash
# Runs inside the machine of test_machine.py, as root; what it finds out goes to the second serial line, a line each:
# "ok WHAT", "not ok WHAT: WHY". After "cut the power" it waits to be killed and goes on at the next start; at the end it
# says "done". The packages lie in /try.
exec 3>/dev/ttyS1
station=http://127.0.0.1:8000
old=$(ls /try/old/*.deb) new=$(ls /try/new/*.deb)

tell() { echo "$*" >&3; }
# check WHAT COMMAND…: ok when the command succeeds; its last words otherwise.
check() {
  local what=$1 said
  shift
  if said=$("$@" 2>&1); then tell "ok $what"; else tell "not ok $what: $(echo "$said" | tail -5 | tr '\n' '|')"; fi
}
property() { systemctl show -P "$2" "$1"; }
# Until a command succeeds; the machine is emulated, so patience.
until_so() {
  local left=600
  while [ $left -gt 0 ]; do
    "$@" >/dev/null 2>&1 && return 0
    left=$((left - 1)) && sleep 0.3
  done
  "$@"
}
ready() { oree health --station $station --within 60; }
verdict() { curl -s -m 120 -F "hand=@/try/$1" $station/api/v1/trigger | grep -o '"decision":"[A-Z_]*"' | head -1; }
judges() { [ "$(verdict good.jpg)" = '"decision":"OK"' ] && [ "$(verdict scratch.jpg)" = '"decision":"KO"' ]; }
items() { curl -s -m 60 "$station/api/v1/items?limit=50" | grep -o '"creation_date":"[^"]*","state"' | wc -l; }
at_least() {
  local have
  have=$(items)
  [ "$have" -ge "$1" ] || { echo "$have items" && false; }
}
same_or() { [ "$1" = "$2" ] || { echo "'$1', not '$2'" && false; }; }

until_the_power_is_cut() {
  check "the package installs with what it needs" apt-get install -y --no-install-recommends "$old"
  check "nothing starts by itself" same_or "$(systemctl is-active oree-station oree-hub | tr '\n' ' ')" "inactive inactive "
  check "what it keeps belongs to its own user" same_or "$(stat -c '%U %G %a' /var/lib/oree)" "oree oree 750"
  cp -r /try/models/ducks /var/lib/oree/models/
  install -m 640 -g oree /try/station.yaml /etc/oree/station.yaml
  install -m 640 -g oree /usr/share/doc/oree/examples/hub.yaml /etc/oree/hub.yaml
  check "the station starts and says that it is ready" systemctl start oree-station
  check "the hub starts and says that it is ready" systemctl start oree-hub
  check "the station is healthy" ready
  check "the hub is healthy" oree health --live --station http://127.0.0.1:8200 --within 60
  check "it judges pictures" judges
  pid=$(property oree-station MainPID)
  check "it runs without a right and behind a filter" same_or \
    "$(grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/"$pid"/status | tr -d '\t' | tr '\n' ' ')" \
    "CapEff:0000000000000000 CapBnd:0000000000000000 NoNewPrivs:1 Seccomp:2 "
  check "systemd scores what is loaded" bash -c \
    'systemd-analyze security --no-pager oree-station | tail -1 | grep -E "level for oree-station.service: (0|1)\."'
  check "the watchdog is fed" test "$(property oree-station WatchdogTimestampMonotonic)" -gt 0

  check "nothing was refused it" bash -c \
    '! journalctl -u oree-station -u oree-hub --no-pager | grep -iE "not permitted|denied|read-only|open files|seccomp"'

  kill -9 "$pid"
  again() { [ "$(property oree-station NRestarts)" -ge 1 ] && ready; }
  check "killed, it is started again" until_so again
  check "and has kept its items" at_least 2
  check "and judges" judges

  mkdir -p /run/systemd/system/oree-station.service.d
  printf '[Service]\nWatchdogSec=10\nTimeoutAbortSec=5\n' >/run/systemd/system/oree-station.service.d/short.conf
  systemctl daemon-reload
  systemctl restart oree-station
  before=$(property oree-station NRestarts)
  pid=$(property oree-station MainPID)
  kill -STOP "$pid"
  hung() { [ "$(property oree-station NRestarts)" -gt "$before" ] && ready; }
  check "hung, it is started again by the watchdog" until_so hung
  check "and the journal says why" bash -c 'journalctl -u oree-station --no-pager | grep -i "watchdog timeout"'
  rm -r /run/systemd/system/oree-station.service.d
  systemctl daemon-reload
  systemctl restart oree-station

  began=$(date +%s)
  systemctl stop oree-station oree-hub
  check "both stop in time" test $(($(date +%s) - began)) -lt 20
  check "and well" same_or "$(property oree-station Result) $(property oree-station ExecMainStatus) $(property oree-hub Result)" "success 0 success"

  # Modules: the drop-in as it is shipped, limits by control groups of version 2.
  mkdir -p /etc/systemd/system/oree-station.service.d
  cp /usr/share/doc/oree/examples/oree-station.service.d/modules.conf.example /etc/systemd/system/oree-station.service.d/modules.conf
  cp /try/deployment.json /etc/oree/ && chgrp oree /etc/oree/deployment.json
  cat /try/modules.yaml >>/etc/oree/station.yaml
  systemctl daemon-reload
  check "with modules it starts" systemctl start oree-station
  listed() { oree list | grep -E "^$1 +running"; }
  check "a module runs" until_so listed quiet
  group() { dirname "$(find /sys/fs/cgroup -path '*oree*' -name memory.max -exec grep -l "^$1\$" {} + | head -1)"; }
  quiet=$(group 50331648)
  check "its memory and processes are limited" same_or "$(cat "$quiet/pids.max")" "20"
  check "its process is in that group" grep -q . "$quiet/cgroup.procs"
  check "it is not spared as the station is" same_or \
    "$(cat /proc/"$(head -1 "$quiet/cgroup.procs")"/oom_score_adj) $(cat /proc/"$(property oree-station MainPID)"/oom_score_adj)" "0 -200"
  greedy() { oree check --verbose; curl -s $station/api/v1/modules | grep -o 'needed more memory than it may have'; }
  check "one that takes too much is killed and that is told" until_so greedy
  check "while the station and the other go on" bash -c "oree health --station $station --within 60 && oree list | grep -E '^quiet +running'"
  check "oree check has nothing against the limits" bash -c '! oree check | grep -i "cgroup\|control group"'
  began=$(date +%s)
  systemctl stop oree-station
  check "it stops with its modules" test -z "$(pgrep -u oree)"
  tell "# stopped with modules in $(($(date +%s) - began)) s"
  rm -r /etc/systemd/system/oree-station.service.d
  cp /try/station.yaml /etc/oree/station.yaml
  systemctl daemon-reload
  systemctl start oree-station

  pid=$(property oree-station MainPID)
  check "a newer package installs over it" apt-get install -y --no-install-recommends "$new"
  check "what ran goes on with the new program" bash -c "[ \$(systemctl show -P MainPID oree-station) != $pid ] && systemctl is-active oree-station"
  check "it is healthy" until_so ready
  check "with the items of the old one" at_least 4
  check "and settings" grep -q line-1 /etc/oree/station.yaml
  check "it judges" judges

  systemctl enable oree-station oree-hub 2>/dev/null
  items >/try/items
  sync # from here on only what the station itself made durable outlives the cut
  check "it judges what is to outlive the cut" judges
  tell "cut the power"
  sleep infinity
}

[ -e /try/items ] || until_the_power_is_cut
check "after a power cut both start by themselves" until_so ready
check "the hub, too" until_so oree health --live --station http://127.0.0.1:8200 --within 60
check "every part that was answered is there" at_least $(($(cat /try/items) + 2))
check "it judges again" judges

check "removing stops it" apt-get remove -y oree
check "nothing runs" test -z "$(pgrep -u oree)"
check "settings and items stay" test -f /etc/oree/station.yaml -a -d /var/lib/oree/station/items
check "it installs again" apt-get install -y --no-install-recommends "$new"
systemctl start oree-station
check "and finds its items" bash -c "oree health --within 60 && [ \$(curl -s $station/api/v1/items?limit=50 | grep -o '\"state\"' | wc -l) -ge 4 ]"
check "purging takes everything" apt-get purge -y oree
check "nothing is left" bash -c 'ls -d /etc/oree /var/lib/oree /usr/lib/oree /etc/systemd/system/*.wants/oree-* /usr/lib/systemd/system/oree-* 2>/dev/null | grep . && exit 1 || exit 0'
tell "done"
sync
systemctl poweroff
