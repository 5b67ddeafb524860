"""Headless Chromium with the pages of dsc report in it."""

import json
import os
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service


class Browser:
    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = os.environ["DSC_CHROMIUM"]
        self._profile = tempfile.TemporaryDirectory()
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", f"--user-data-dir={self._profile.name}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self._driver = webdriver.Chrome(service=Service(os.environ["DSC_CHROMEDRIVER"]), options=options)
        self.run = self._driver.execute_script
        self.look()

    def close(self):
        self._driver.quit()
        self._profile.cleanup()

    def look(self, width=1100, height=900, scheme="light", medium="screen"):
        """As a window of this size, with a person's preference for light or dark, on a screen or on paper."""
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": medium, "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def open(self, path):
        for kind in ("browser", "performance"):
            self._driver.get_log(kind)
        self._driver.get(path.as_uri())
        self.wait("return document.body.dataset.drawn !== undefined")

    def wait(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not self.run(condition):
            if time.monotonic() > end:
                raise AssertionError(f"never true: {condition}; console: {self.console()}")
            time.sleep(0.02)

    def console(self):
        return [entry["message"] for entry in self._driver.get_log("browser")]

    def requests(self):
        """Addresses that the page asked for."""
        events = (json.loads(entry["message"])["message"] for entry in self._driver.get_log("performance"))
        return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]

    def pdf(self):
        return self._driver.execute_cdp_cmd("Page.printToPDF", {})["data"]

    def set(self, control, value):
        """Types into a number field, or moves a slider."""
        self.run("const field = document.getElementById(arguments[0]); field.value = arguments[1]; field.dispatchEvent(new Event('input', {bubbles: true}));",
                 control, str(value))

    def set_all(self, mode, values):
        """Chooses the candidates and types into several number fields at once: what is drawn in between nobody sees."""
        self.run("""document.querySelector(`input[name=mode][value=${arguments[0]}]`).click();
                    for (const [control, value] of Object.entries(arguments[1])) {
                      const field = document.getElementById(control);
                      field.value = value;
                      field.dispatchEvent(new Event('input', {bubbles: true}));
                    }""", mode, {control: str(value) for control, value in values.items()})

    def choose(self, mode):
        self.run("document.querySelector(`input[name=mode][value=${arguments[0]}]`).click()", mode)
