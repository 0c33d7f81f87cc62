"""Opens reports in a browser and says what is wrong with them."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from accounts import HOSTILE, write
from browser import Browser

HERE = Path(__file__).parent
AXE = (HERE / "node_modules/axe-core/axe.min.js").read_text()
LARGE = 5_000

problems = []


def hold(condition, what):
    """Notes what does not hold."""
    print(("ok      " if condition else "WRONG   ") + what, flush=True)
    if not condition:
        problems.append(what)


def report(program, folder, name, arguments):
    path = folder / f"{name}.html"
    command = [program, "evaluate", *arguments, "--as-of", "2026-01-31T12:00:00Z", "--format", "html", "--output", str(path)]
    finished = subprocess.run(command, capture_output=True, text=True)
    if not path.exists():
        sys.exit(f"{' '.join(command)}: {finished.stderr}")
    return path


def quiet(page, name):
    """Neither a message on the console nor a request besides the page itself."""
    said = page.events("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening")
    hold(not said, f"{name}: no console message" + (f": {json.dumps(said)[:500]}" if said else ""))
    requests = [event["request"]["url"][:80] for event in page.events("Network.requestWillBeSent")]
    others = [url for url in requests[1:] if url != "data:,"]
    hold(not others, f"{name}: no request" + (f": {others}" if others else ""))


def accessible(page, name):
    page.run(AXE)
    # Once as it is opened, and once with everything unfolded.
    for state in ("folded", "unfolded"):
        if state == "unfolded":
            page.run("document.querySelectorAll('details').forEach(details => details.open = true)")
        for scheme in ("light", "dark"):
            page.scheme(scheme)
            found = page.run("axe.run(document, {resultTypes: ['violations']}).then(result => result.violations.map("
                             "v => v.id + ' ' + v.nodes.slice(0, 2).map(n => n.html.slice(0, 150)).join(' | ')))")
            hold(not found, f"{name}: axe, {state}, {scheme}: {len(found)} violations" + "".join(f"\n        {v}" for v in found))
    page.scheme("light")


def narrow(page, name):
    for width in (400, 1100):
        page.size(width)
        wide = page.run("document.documentElement.scrollWidth")
        hold(wide <= width, f"{name}: {wide} wide at {width}")


def by_keyboard(page, name):
    def press(key, code):
        for kind in ("keyDown", "keyUp"):
            page.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                      **({"text": "\r"} if key == "Enter" and kind == "keyDown" else {}))

    press("Tab", 9)
    hold(page.run("document.activeElement.className") == "skip", f"{name}: the first stop skips to the report")
    press("Enter", 13)
    hold(page.run("document.activeElement.id") == "main", f"{name}: and does")
    page.run("document.querySelector('.actions summary').focus()")
    press("Enter", 13)
    hold(page.run("document.querySelector('.actions details').open"), f"{name}: Enter unfolds")


def hostile(page, name):
    shown = page.run("[...document.querySelectorAll('.e strong')].map(e => e.textContent)")
    hold('"><script>alert(1)</script>' in shown and "=cmd()" in shown, f"{name}: names are text")
    hold(not re.search("[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2028\u2029]", page.run("document.body.textContent")), f"{name}: nothing hidden")
    hold(page.run("document.querySelectorAll('script').length") == 1, f"{name}: one script")
    for text in HOSTILE:
        wanted = json.dumps(text if text.isprintable() else text.encode("ascii", "ignore").decode().strip("\x1b\x07")[-3:])
        found = page.run("(() => { const q = document.getElementById('find-text'); q.value = " + wanted + "; "
                         "q.dispatchEvent(new Event('input')); "
                         "return [...document.querySelectorAll('.e')].filter(e => e.checkVisibility()).length })()")
        hold(0 < found < 100, f"{name}: search finds {wanted}")
    page.run("(() => { const q = document.getElementById('find-text'); q.value = ''; q.dispatchEvent(new Event('input')) })()")


def without_script(page, path, name):
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(path)
    hold(page.run("document.getElementById('find').hidden"), f"{name}: no search without script")
    hidden = page.run("document.querySelectorAll('.e[hidden], .entries[hidden]').length")
    hold(hidden == 0, f"{name}: everything is there without script")
    page.call("Emulation.setScriptExecutionDisabled", value=False)


def fast(page, path, name):
    size = path.stat().st_size
    hold(size < 5_000_000, f"{name}: {size:,} bytes")
    loads = []
    for _ in range(3):
        page.open(path)
        loads.append(page.run("performance.getEntriesByType('navigation')[0].loadEventEnd"))
    hold(min(loads) < 1_000, f"{name}: loaded in {min(loads):.0f} ms (of {[round(load) for load in loads]})")
    # The script gathers the words of the page after it is loaded.
    page.wait(1.5)
    search = """(text => new Promise(done => {
        const field = document.getElementById('find-text'), start = performance.now();
        field.value = text;
        field.dispatchEvent(new Event('input'));
        requestAnimationFrame(() => { const channel = new MessageChannel();
            channel.port1.onmessage = () => done(performance.now() - start); channel.port2.postMessage(0) });
    }))"""
    worst = 0
    for word in ("u", "user-01", "iam:*", "unknown name", "<script>", ""):
        took = []
        for _ in range(3):
            page.run("(() => { const q = document.getElementById('find-text'); q.value = 'other'; q.dispatchEvent(new Event('input')) })()")
            took.append(page.run(f"{search}({json.dumps(word)})"))
        worst = max(worst, min(took))
    hold(worst < 100, f"{name}: search to paint in {worst:.0f} ms at most")
    count = page.run("document.getElementById('find-count').textContent")
    hold(count.startswith(f"{LARGE:d} "), f"{name}: {count}")


def printed(page, path, name, most):
    page.open(path)
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf()))
    hold(0 < pages <= most, f"{name}: {pages} pages in print, of {most}")


def main(program, browser):
    with tempfile.TemporaryDirectory() as folder, Browser(browser) as running:
        folder = Path(folder)
        for users in (40, 1_000, LARGE, 10_000):
            write(folder / str(users), users)
        of = {users: report(program, folder, str(users), ["--input", str(folder / str(users))]) for users in (40, 1_000, LARGE, 10_000)}
        sample = report(program, folder, "sample", ["--sample"])
        page = running.page()
        page.size(1100)
        for path, name in ((sample, "sample"), (of[40], "hostile names")):
            page.open(path)
            quiet(page, name)
            by_keyboard(page, name)
            if name == "hostile names":
                hostile(page, name)
            narrow(page, name)
            accessible(page, name)
            without_script(page, path, name)
        fast(page, of[LARGE], f"{LARGE} principals")
        quiet(page, f"{LARGE} principals")
        without_script(page, of[LARGE], f"{LARGE} principals")
        printed(page, sample, "sample", 10)
        printed(page, of[1_000], "1000 principals", 30)
        printed(page, of[10_000], "10000 principals", 60)
    sys.exit(f"{len(problems)} wrong" if problems else 0)


main(*sys.argv[1:])
