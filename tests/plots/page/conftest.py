"""Pages as files, opened in the browser."""

import pytest


@pytest.fixture
def opened(browser):
    """``opened(path, **context)``: the page of a file; what it logged and asked for is held against it at the end."""
    contexts, faults, asked = [], [], []

    def open_page(path, **settings):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_function("document.querySelector('#where').textContent !== ''")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []
    assert {url.split(":")[0] for url in asked} <= {"file", "data"}
