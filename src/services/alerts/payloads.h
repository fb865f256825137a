// What receivers are sent, as JSON. Pure.
#pragma once

#include <span>
#include <string>

#include "services/alerts/notifier.h"

namespace oree::alerts {

// Alertmanager's webhook, version "4": receiver, status, alerts[] with status, labels, annotations, startsAt,
// endsAt, fingerprint; groupLabels, commonLabels, commonAnnotations, groupKey, truncatedAlerts, externalURL.
std::string webhook_body(const Notification& notification, const std::string& external_url);

// POST /api/v2/alerts: firing alerts end `valid_for` after now unless sent again; resolved ones at their end.
std::string alertmanager_body(std::span<const Alert> alerts, WallTime now, microseconds valid_for,
                              const std::string& external_url);

// One alert as MQTT subscribers get it: id, rule, state, severity, sentence, since, ended, value, threshold,
// labels; times in milliseconds since 1970.
std::string alert_body(const Alert& alert);

}  // namespace oree::alerts
