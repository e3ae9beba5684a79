"""Qt's Chromium engine behind the switches of a headless chromium.

For machines that have no Chromium package: it answers the DevTools protocol on a port
which it notes in `DevToolsActivePort` of its profile folder, as Chromium does.
"""

import os
import socket
import sys
from pathlib import Path

OWN = ("--headless", "--remote-debugging", "--user-data-dir", "--version")


def main(arguments: list[str]) -> int:
    """Open one empty page and serve it until told to end."""
    given = dict(argument.partition("=")[::2] for argument in arguments)
    port = int(given.get("--remote-debugging-port") or 0) or _free_port()
    flags = [a for a in arguments if a.startswith("--") and not a.startswith(OWN)]
    os.environ.update(
        QT_QPA_PLATFORM="offscreen",
        QTWEBENGINE_REMOTE_DEBUGGING=f"127.0.0.1:{port}",
        QTWEBENGINE_CHROMIUM_FLAGS=" ".join(flags),
    )
    # the environment must be set before Qt is loaded
    from PySide6.QtCore import QTimer, QUrl
    from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile
    from PySide6.QtWebEngineWidgets import QWebEngineView
    from PySide6.QtWidgets import QApplication

    application = QApplication(["chromium"])
    page = QWebEnginePage(QWebEngineProfile(application), application)
    view = QWebEngineView()
    view.setPage(page)
    size = given.get("--window-size", "1366x768").replace(",", "x")
    view.resize(*(int(side) for side in size.split("x")))
    view.show()
    page.load(QUrl("about:blank"))
    home = Path(given.get("--user-data-dir") or ".")
    QTimer.singleShot(300, lambda: _announce(home, port))
    return application.exec()


def _announce(home: Path, port: int) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "DevToolsActivePort").write_text(f"{port}\n/devtools/browser\n")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
