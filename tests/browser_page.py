"""A headless Chromium for the tests of the report, without a network."""

import csv
import shutil

from process_tools import wait_until
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

DESKTOP, PHONE = (1300, 900), (390, 844)
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--window-size={},{}".format(*DESKTOP)),
]


class Page:
    """A report in a browser."""

    def __init__(self, driver, downloads):
        self.driver, self.downloads = driver, downloads

    def open(self, path, fragment=""):
        self.driver.get("about:blank")  # so that a change of the fragment alone loads the page
        self.driver.get(f"{path.as_uri()}{fragment}")
        self.driver.get_log("browser")

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        script = "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)"
        return self.driver.execute_script(script, selector)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).click()", selector)

    def filter(self, name, value):
        selector = f"input[data-filter={name}]"
        boxes = [box for box in self.all(selector) if box.get_attribute("value") == value]
        self.run("arguments[0].click()", boxes[0])

    def point_at(self, element):
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        ActionChains(self.driver).move_to_element(element).perform()
        return self.one("#tooltip").text

    def save_csv(self, name):
        """Press the button of a table; return the rows of the file."""
        path = self.downloads / name
        path.unlink(missing_ok=True)
        self.click(f"button[data-csv='{name}']")
        wait_until(path.exists)
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def start_browser(downloads, profile):
    """Return a `Page` whose browser saves files to `downloads`; quit its driver at the end."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    assert browser and chromedriver, "install chromium and chromium-driver (see .ci/run)"
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    for argument in [*ARGUMENTS, f"--user-data-dir={profile}"]:
        options.add_argument(argument)
    driver = webdriver.Chrome(options, webdriver.ChromeService(chromedriver))
    driver.execute_cdp_cmd("Network.enable", {})
    offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    return Page(driver, downloads)
