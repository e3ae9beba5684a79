"""Takes pictures of pages: `screens.py BASE-URL LOGIN PASSWORD SIZE NAME=PATH ...`.

A page is waited for until it has been still for a moment. NAME is the file to write,
PATH begins with a slash; a `>SELECTOR` after it clicks that element before the picture.
"""

import base64
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import requests
import websocket

# True once the client has drawn something and no request has been under way for a while
STILL = """
(() => {
    const loading = document.querySelector(".o_loading_indicator, .o_blockUI");
    const drawn = document.querySelector(".o_action_manager .o_view_controller, form");
    return !window.previousPage && Boolean(drawn) && !loading;
})()
"""


class Browser:
    """One headless Chromium, spoken to over its DevTools protocol."""

    def __init__(self, size: str):
        self.profile = tempfile.mkdtemp()
        names = ("chromium", "google-chrome", "chromium-browser")
        program = next(path for name in names if (path := shutil.which(name)))
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        options += ["--disable-background-networking", "--disable-component-update"]
        options += ["--remote-debugging-port=0", "--remote-allow-origins=*"]
        options += [f"--user-data-dir={self.profile}", f"--window-size={size}"]
        self.process = subprocess.Popen(
            [program, *options, "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.socket = websocket.create_connection(self._address(), timeout=60)
        self.number = 0

    def _address(self) -> str:
        port_file = Path(self.profile) / "DevToolsActivePort"
        for _ in range(200):
            if port_file.exists() and (text := port_file.read_text()):
                port = text.splitlines()[0]
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as reply:
                    pages = [p for p in json.load(reply) if p["type"] == "page"]
                if pages:
                    return pages[0]["webSocketDebuggerUrl"]
            time.sleep(0.1)
        raise SystemExit("chromium did not start")

    def call(self, method: str, **parameters) -> dict:
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        self.socket.send(json.dumps(message))
        while True:
            reply = json.loads(self.socket.recv())
            if reply.get("id") == self.number:
                return reply.get("result", {})

    def evaluate(self, script: str):
        reply = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return reply.get("result", {}).get("value")

    def settle(self, seconds: float = 40) -> None:
        """Wait until the page has been still for a second and a half."""
        still, deadline = 0, time.monotonic() + seconds
        while still < 5 and time.monotonic() < deadline:
            time.sleep(0.3)
            still = still + 1 if self.evaluate(STILL) else 0

    def picture(self, file: Path) -> None:
        data = self.call("Page.captureScreenshot", format="png")["data"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(data))

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


def session(base: str, login: str, password: str) -> str:
    """The session cookie of a person who logged in through the login page."""
    client = requests.Session()
    page = client.get(f"{base}/web/login", timeout=60).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"login": login, "password": password, "csrf_token": token}
    client.post(f"{base}/web/login", data=form, timeout=60)
    return client.cookies["session_id"]


def main(base: str, login: str, password: str, size: str, *pages: str) -> None:
    browser = Browser(size)
    try:
        browser.call("Page.enable")
        cookie = session(base, login, password)
        browser.call("Network.setCookie", name="session_id", value=cookie, url=base)
        for page in pages:
            name, place = page.split("=", 1)
            path, *clicks = place.split(">")
            browser.evaluate("window.previousPage = true")
            browser.call("Page.navigate", url=f"{base}{path}")
            browser.settle()
            for selector in clicks:
                click = f"document.querySelector({json.dumps(selector)}).click()"
                browser.evaluate(click)
                browser.settle()
            browser.picture(Path(name))
            print(f"  {name}", flush=True)
    finally:
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
