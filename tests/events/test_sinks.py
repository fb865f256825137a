"""What becomes of an order's events in foreign stores: blobs, PostgreSQL, MQTT."""
import base64
import datetime
import hashlib
import json

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, ContainerSasPermissions, generate_container_sas
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from cloudevents.core.v1.event import CloudEvent

from halls import Client, wait_for
from peers import ACCOUNT, KEY


def cloud_event(text) -> CloudEvent:
    """Raises unless it is one."""
    return from_structured_event(HTTPMessage({"content-type": "application/cloudevents+json"}, text.encode()))


def flags(azurite, container):
    """By name, with the service's own copy of each digest."""
    client = BlobServiceClient.from_connection_string(azurite.connection_string).get_container_client(container)
    try:
        return {blob.name: client.get_blob_client(blob.name) for blob in client.list_blobs()}
    except ResourceNotFoundError:
        return {}


def state_in_flag(azurite, container, order):
    blob = flags(azurite, container).get(f"flags/{order}.json")
    return blob and cloud_event(blob.download_blob().readall().decode()).get_data()["state"]


def waiting(station, name):
    return [one for one in station.get("/api/v1/events/deliveries").json()["deliveries"]
            if one["subscription"] == name and one["state"] == "waiting"]


def test_the_flag_of_an_order_says_its_newest_state(telling):
    station = telling([{"name": "flags", "sink": "flag_file"}])
    order = station.propose()
    flag = station.hall.data / f"maintenance/flags/{order}.json"
    wait_for(lambda: flag.exists() and cloud_event(flag.read_text()).get_data()["state"] == "ordered")
    assert cloud_event(flag.read_text()).get_subject() == f"orders/{order}"
    assert [file.name for file in flag.parent.iterdir()] == [f"{order}.json"]


def test_the_flag_is_copied_into_a_container_that_is_made_for_it(telling, azurite, tmp_path):
    (tmp_path / "azure").write_text(azurite.connection_string + "\n")
    station = telling([{"name": "flags", "sink": "flag_file", "azure": str(tmp_path / "azure"), "container": "by-key"}])
    order = station.propose()
    wait_for(lambda: state_in_flag(azurite, "by-key", order) == "ordered")
    blob = flags(azurite, "by-key")[f"flags/{order}.json"]
    content = blob.download_blob().readall()
    assert content == (station.hall.data / f"maintenance/flags/{order}.json").read_bytes()
    properties = blob.get_blob_properties()
    assert base64.b64encode(properties.content_settings.content_md5).decode() == base64.b64encode(hashlib.md5(content).digest()).decode()
    assert properties.content_settings.content_type == "application/json" and properties.etag


def test_a_shared_access_signature_is_enough(telling, azurite, tmp_path):
    BlobServiceClient.from_connection_string(azurite.connection_string).create_container("by-signature")
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    signature = generate_container_sas(ACCOUNT, "by-signature", account_key=KEY, expiry=until,
                                       permission=ContainerSasPermissions(create=True, write=True))
    (tmp_path / "azure").write_text(f"BlobEndpoint={azurite.endpoint};SharedAccessSignature={signature}")
    station = telling([{"name": "flags", "sink": "flag_file", "azure": str(tmp_path / "azure"), "container": "by-signature"}])
    order = station.propose()
    wait_for(lambda: state_in_flag(azurite, "by-signature", order) == "ordered")


def test_a_service_that_is_away_gets_the_flag_when_it_is_back(telling, azurite, tmp_path):
    (tmp_path / "azure").write_text(azurite.connection_string)
    station = telling([{"name": "flags", "sink": "flag_file", "azure": str(tmp_path / "azure"), "container": "away"}])
    azurite.stop()
    order = station.propose()
    assert wait_for(lambda: waiting(station, "flags"))[0]["last_outcome"] == "Unreachable"
    wait_for(lambda: station.order(order)["state"] == "ordered")
    azurite.start()
    wait_for(lambda: state_in_flag(azurite, "away", order) == "ordered", 60)


def test_a_wrong_key_is_told_and_a_mended_one_taken(telling, azurite, tmp_path):
    wrong = base64.b64encode(b"another key").decode()
    (tmp_path / "azure").write_text(azurite.connection_string.replace(KEY, wrong))
    station = telling([{"name": "flags", "sink": "flag_file", "azure": str(tmp_path / "azure"), "container": "mended"}])
    first = station.propose()
    assert wait_for(lambda: waiting(station, "flags"))[0]["last_outcome"] == "Forbidden"
    told = station.get("/api/v1/events/subscriptions").json()["subscriptions"][0]["last_error"]
    assert "AuthenticationFailed" in told or "AuthorizationFailure" in told
    assert wrong not in told and wrong not in station.hall.log_tail(500)
    (tmp_path / "azure").write_text(azurite.connection_string)
    station.hall.restart()
    second = station.propose(asset="press-2")
    wait_for(lambda: state_in_flag(azurite, "mended", second) == "ordered")
    assert first != second


@pytest.mark.parametrize("container", ["Orders", "ab", "a--b"])
def test_a_container_that_cannot_be_is_a_mistake_in_the_file(oree, tmp_path, container):
    import subprocess

    (tmp_path / "station.yaml").write_text(json.dumps(
        {"station": "hall", "maintenance": {"events": [{"name": "f", "sink": "flag_file", "container": container}]}}))
    done = subprocess.run([str(oree), "validate", tmp_path / "station.yaml"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and "container" in done.stderr + done.stdout


def test_orders_are_documents_in_postgresql(telling, postgres):
    station = telling([{"name": "warehouse", "sink": "postgres", "connection": postgres.connection}])
    order = station.propose()
    wait_for(lambda: postgres.ask(f"select body->>'state' from documents where id = 'orders/{order}'", check=False) == "ordered")
    assert postgres.ask("select pg_typeof(body) from documents limit 1") == "jsonb"
    assert postgres.ask(f"select type, body->>'asset' from documents where body @> '{{\"id\": \"{order}\"}}'") == \
        "Oree.Maintenance.OrderOrdered|press-1"


def test_a_database_that_was_cut_off_is_connected_again(telling, postgres):
    station = telling([{"name": "warehouse", "sink": "postgres", "connection": postgres.connection}])
    first = station.propose(asset="press-3")
    state = "select body->>'state' from documents where id = 'orders/{}'"
    wait_for(lambda: postgres.ask(state.format(first), check=False) == "ordered")
    postgres.stop()
    second = station.propose(asset="press-4")
    wait_for(lambda: waiting(station, "warehouse"))
    postgres.start()
    wait_for(lambda: postgres.ask(state.format(second)) == "ordered", 60)
    assert postgres.ask(f"select count(*) from documents where id in ('orders/{first}', 'orders/{second}')") == "2"


def test_orders_are_messages_on_the_stations_own_broker(telling):
    station = telling([{"name": "plant", "sink": "mqtt", "topic": "plant/{type}"},
                       {"name": "grid", "sink": "mqtt", "topic": "grid/{subject}", "schema": "eventgrid"}])
    client = Client(station.hall.mqtt_port, "listener")
    client.subscribe("plant/#")
    client.subscribe("grid/#")
    order = station.propose()
    received = client.received(6)
    plant = [(topic, cloud_event(text)) for topic, text in received if topic.startswith("plant/")]
    assert [topic for topic, _ in plant] == [f"plant/Oree.Maintenance.Order{word}" for word in ("Proposed", "Approved", "Ordered")]
    assert {event.get_source() for _, event in plant} == {"/stations/hall"} and len({event.get_id() for _, event in plant}) == 3
    grid = [(topic, json.loads(text)) for topic, text in received if topic.startswith("grid/")]
    assert {topic for topic, _ in grid} == {f"grid/orders/{order}"}
    client.leave()
