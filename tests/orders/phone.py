"""A phone with the technician's app: a tab of a real browser, and the network between it and the station."""
import contextlib
import json
import socket
import threading

import websocket
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 30


class Network:
    """A stretch of network to the station that can be cut. Its address is the phone's origin: each is a phone of its own."""

    def __init__(self, base_url):
        host, port = base_url.removeprefix("http://").split(":")
        self.station, self.whole, self.open, self.lock = (host, int(port)), True, set(), threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def cut(self):
        with self.lock:
            self.whole = False
            for one in self.open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def mend(self):
        self.whole = True

    def close(self):
        self.cut()
        self.listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                if not self.whole:
                    near.close()
                    continue
                far = socket.create_connection(self.station)
                with self.lock:
                    self.open |= {near, far}
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        with self.lock:
            self.open -= {source}
        source.close()


class Phone:
    """A window of `browser`, 390 px wide."""

    def __init__(self, browser, network):
        self.browser, self.network = browser, network
        browser.switch_to.new_window("window")
        self.window = browser.current_window_handle
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True})

    def here(self):
        self.browser.switch_to.window(self.window)
        return self.browser

    def wait(self, what, message=""):
        def once(_):
            try:
                return what()
            except StaleElementReferenceException:
                return None
        self.here()
        return WebDriverWait(self.browser, PATIENCE, poll_frequency=0.05).until(once, message)

    def all(self, css):
        return self.browser.find_elements(By.CSS_SELECTOR, css)

    def text(self):
        return self.browser.find_element(By.TAG_NAME, "body").text

    def says(self, *texts):
        self.here()
        for text in texts:
            try:
                self.wait(lambda text=text: text in self.text())
            except Exception as error:
                raise AssertionError(f"the phone never said {text!r}, but:\n{self.text()}") from error

    def open(self, order=None):
        self.here().get(f"{self.network.url}/technician/" + (f"#/orders/{order}" if order else ""))

    def begin(self, name, order=None):
        """Opens the app for the first time, and waits until the phone keeps it and has met the station."""
        self.open(order)
        self.wait(lambda: self.all(".name input"))[0].send_keys(name)
        self.press("Begin")
        self.says("Everything is sent")
        self.browser.execute_async_script("navigator.serviceWorker.ready.then(arguments[0])")
        self.wait(lambda: self.browser.execute_script("return navigator.serviceWorker.controller !== null"))

    def press(self, words, css="button"):
        """Presses what is called so; a page that is redrawn meanwhile is asked again."""
        def once():
            found = [one for one in self.all(css) if one.text.split("\n")[0] == words and one.is_enabled()]
            if found:
                self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", found[0])
                found[0].click()
            return found
        self.wait(once, f"there is nothing called {words!r} to press")

    def tick(self, task):
        self.press(task, ".tick")

    def ticked(self):
        return [one.text.split("\n")[0] for one in self.all(".tick[aria-checked=true]")]

    def write_note(self, text):
        field = self.wait(lambda: self.all("#note"))[0]
        field.clear()
        field.send_keys(text)
        self.browser.execute_script("arguments[0].blur()", field)

    def note(self):
        return self.all("#note")[0].get_property("value")

    def sign(self):
        self.press("Sign")
        pad = self.wait(lambda: self.all(".pad"))[0]
        from selenium.webdriver import ActionChains

        ActionChains(self.browser).move_to_element_with_offset(pad, -60, 0).click_and_hold().move_by_offset(60, 20).move_by_offset(50, -30).release().perform()
        self.press("Keep the signature")
        self.wait(lambda: self.all(".signature img"))

    def waiting(self):
        """How many changes have not arrived, as the phone itself counts them."""
        return self.here().execute_async_script("""
            const done = arguments[0], request = indexedDB.open('oree-technician');
            request.onsuccess = () => { const count = request.result.transaction('waiting').objectStore('waiting').count(); count.onsuccess = () => { request.result.close(); done(count.result); }; };""")

    def forget(self):
        self.here().close()


class Developer:
    """The browser's own tools, for what a page cannot do: wake a service worker as the browser would."""

    def __init__(self, browser):
        from requests import get

        address = browser.capabilities["goog:chromeOptions"]["debuggerAddress"]
        pages = [one for one in get(f"http://{address}/json", timeout=10).json() if one["type"] == "page"]
        self.socket, self.number, self.heard = websocket.create_connection(pages[0]["webSocketDebuggerUrl"], timeout=PATIENCE, suppress_origin=True), 0, []

    def call(self, method, **more):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": more}))
        while (said := json.loads(self.socket.recv())).get("id") != self.number:
            self.heard.append(said)
        assert "error" not in said, said
        return said

    def registration(self, origin):
        self.call("ServiceWorker.enable")
        while True:
            for said in self.heard:
                for one in said.get("params", {}).get("registrations", []):
                    if one["scopeURL"].startswith(origin) and not one["isDeleted"]:
                        return one["registrationId"]
            self.heard.append(json.loads(self.socket.recv()))

    def network_is_back(self, origin):
        self.call("ServiceWorker.dispatchSyncEvent", origin=origin, registrationId=self.registration(origin), tag="queue", lastChance=False)
