"""Event Grid's schema and CloudEvents 1.0, each with its handshake, seen by a far end that is not ours."""
import http.server
import json
import threading

import jsonschema
import pytest
import requests
from cloudevents.core.bindings.http import HTTPMessage, from_binary_event, from_structured_event

from halls import wait_for

# learn.microsoft.com, "Azure Event Grid event schema": the properties of an event, which are required, of which type.
EVENT_GRID = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["id", "topic", "subject", "eventType", "eventTime", "data", "dataVersion", "metadataVersion"],
        "additionalProperties": False,
        "properties": {
            "id": {"type": "string", "minLength": 1},
            "topic": {"type": "string"},
            "subject": {"type": "string"},
            "eventType": {"type": "string", "minLength": 1},
            "eventTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"},
            "data": {"type": "object"},
            "dataVersion": {"type": "string"},
            "metadataVersion": {"const": "1"},
        },
    },
}


class FarEnd:
    """Keeps every request; `answer(method, headers, body)` gives status, headers and body."""

    def __init__(self, answer):
        self.requests, far = [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                far.requests.append((self.command, dict(self.headers.items()), body))
                status, headers, text = answer(self.command, {k.lower(): v for k, v in self.headers.items()}, body)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(text))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_POST = do_OPTIONS = serve

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def lower(self):
        return [(method, {k.lower(): v for k, v in headers.items()}, body) for method, headers, body in list(self.requests)]

    def deliveries(self):
        """Headers and bodies of what is no handshake."""
        return [(headers, body) for method, headers, body in self.lower()
                if method == "POST" and headers.get("aeg-event-type") != "SubscriptionValidation"]


@pytest.fixture
def far_end():
    made = []

    def make(answer):
        made.append(FarEnd(answer))
        return made[-1]

    yield make
    for one in made:
        one.server.shutdown()


def state_of(station, name="far"):
    return next(one["state"] for one in station.get("/api/v1/events/subscriptions").json()["subscriptions"] if one["name"] == name)


def consents(method, _headers, _body):
    return (200, {"WebHook-Allowed-Origin": "hall"}, b"") if method == "OPTIONS" else (204, {}, b"")


def test_event_grid_events_follow_the_code_that_was_answered(telling, far_end):
    def answer(_method, headers, body):
        if headers.get("aeg-event-type") == "SubscriptionValidation":
            return 200, {}, json.dumps({"validationResponse": json.loads(body)[0]["data"]["validationCode"]}).encode()
        return 200, {}, b""

    far = far_end(answer)
    station = telling([{"name": "far", "sink": "webhook", "url": far.url, "schema": "eventgrid"}])
    order = station.propose()
    wait_for(lambda: len(far.deliveries()) == 3)
    first = far.lower()[0]
    assert first[1]["aeg-event-type"] == "SubscriptionValidation"
    validation = json.loads(first[2])[0]
    assert validation["eventType"] == "Microsoft.EventGrid.SubscriptionValidationEvent"
    assert set(validation["data"]) == {"validationCode", "validationUrl"}
    for headers, body in far.deliveries():
        assert headers["aeg-event-type"] == "Notification"
        jsonschema.validate(json.loads(body), EVENT_GRID)
    told = [json.loads(body)[0] for _, body in far.deliveries()]
    assert [one["eventType"].rsplit(".")[-1] for one in told] == ["OrderProposed", "OrderApproved", "OrderOrdered"]
    assert {one["subject"] for one in told} == {f"orders/{order}"}


def test_event_grid_waits_for_a_person_to_open_the_validation_address(telling, far_end):
    far = far_end(lambda *_: (200, {}, b""))
    station = telling([{"name": "far", "sink": "webhook", "url": far.url, "schema": "eventgrid"}])
    station.propose()
    wait_for(lambda: state_of(station) == "validating" and far.requests)
    assert far.deliveries() == []
    address = json.loads(far.requests[0][2])[0]["data"]["validationUrl"]
    path = address[address.index("/api/"):]
    assert requests.get(station.hall.base_url + path[:-1] + ("0" if path[-1] != "0" else "1"), timeout=10).status_code >= 400
    assert requests.get(station.hall.base_url + path, timeout=10).status_code == 200
    wait_for(lambda: len(far.deliveries()) == 3)
    assert state_of(station) == "active"


@pytest.mark.parametrize("answer", [b'{"validationResponse": "another"}', b"{}"])
def test_event_grid_sends_nothing_to_who_answers_wrongly(telling, far_end, answer):
    far = far_end(lambda *_: (202 if answer == b"{}" else 200, {}, answer))
    station = telling([{"name": "far", "sink": "webhook", "url": far.url, "schema": "eventgrid"}])
    station.propose()
    wait_for(lambda: state_of(station) == "failed")
    assert far.deliveries() == []


def test_cloud_events_are_structured_and_follow_consent(telling, far_end):
    far = far_end(consents)
    station = telling([{"name": "far", "sink": "webhook", "url": far.url}])
    order = station.propose()
    wait_for(lambda: len(far.deliveries()) == 3)
    method, headers, _ = far.lower()[0]
    assert method == "OPTIONS" and headers["webhook-request-origin"] == "hall"
    events = []
    for headers, body in far.deliveries():
        assert headers["webhook-request-origin"] == "hall"
        events.append(from_structured_event(HTTPMessage({"content-type": headers["content-type"]}, body)))
    assert [event.get_type().rsplit(".")[-1] for event in events] == ["OrderProposed", "OrderApproved", "OrderOrdered"]
    assert {event.get_specversion() for event in events} == {"1.0"}
    assert {event.get_subject() for event in events} == {f"orders/{order}"}
    assert all(event.get_time().tzinfo is not None and event.get_data()["id"] == order for event in events)


def test_cloud_events_in_binary_form_are_the_same_events(telling, far_end):
    structured, binary = far_end(consents), far_end(consents)
    station = telling([{"name": "a", "sink": "webhook", "url": structured.url},
                       {"name": "b", "sink": "webhook", "url": binary.url, "schema": "cloudevents-binary"}])
    station.propose(asset="presse à café")
    wait_for(lambda: len(structured.deliveries()) == len(binary.deliveries()) == 3)
    for (headers, body), (binary_headers, binary_body) in zip(structured.deliveries(), binary.deliveries()):
        one = from_structured_event(HTTPMessage({"content-type": headers["content-type"]}, body))
        other = from_binary_event(HTTPMessage(binary_headers, binary_body))
        assert one.get_attributes() == other.get_attributes() and one.get_data() == other.get_data()


def test_cloud_events_that_come_together_are_a_batch_of_valid_ones(telling, far_end):
    far = far_end(consents)
    station = telling([{"name": "far", "sink": "webhook", "url": far.url, "batch": 50}])
    for number in range(5):
        station.propose(asset=f"press-{number}")

    def heard():
        events = []
        for headers, body in far.deliveries():
            batch = json.loads(body) if "batch" in headers["content-type"] else [json.loads(body)]
            events += [from_structured_event(HTTPMessage({"content-type": "application/cloudevents+json"}, json.dumps(one).encode()))
                       for one in batch]
        return events

    wait_for(lambda: len(heard()) == 15)
    assert len({event.get_id() for event in heard()}) == 15


@pytest.mark.parametrize("consent", [{}, {"WebHook-Allowed-Origin": "somebody-else"}])
def test_cloud_events_are_not_sent_without_consent(telling, far_end, consent):
    far = far_end(lambda method, *_: (200, consent, b"") if method == "OPTIONS" else (200, {}, b""))
    station = telling([{"name": "far", "sink": "webhook", "url": far.url}])
    station.propose()
    wait_for(lambda: state_of(station) == "failed")
    assert far.deliveries() == []


def test_only_what_the_filter_asks_for_is_sent(telling, far_end):
    far = far_end(consents)
    station = telling([{"name": "far", "sink": "webhook", "url": far.url, "filter": {"types": ["Oree.Maintenance.OrderOrdered"]}}])
    station.propose()
    station.propose(asset="press-2")
    wait_for(lambda: len(far.deliveries()) == 2)
    assert {json.loads(body)["type"] for _, body in far.deliveries()} == {"Oree.Maintenance.OrderOrdered"}


def test_a_redirecting_webhook_is_not_followed(telling, far_end):
    elsewhere = far_end(consents)
    far = far_end(lambda method, *_: (200, {"WebHook-Allowed-Origin": "*"}, b"") if method == "OPTIONS"
                  else (307, {"Location": elsewhere.url}, b""))
    station = telling([{"name": "far", "sink": "webhook", "url": far.url}])
    station.propose()
    wait_for(lambda: any(one["last_outcome"] == "Redirected" for one in station.get("/api/v1/events/deliveries").json()["deliveries"]))
    assert elsewhere.requests == []
