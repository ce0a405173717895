"""What `make browser` does where there is no browser, and that nothing else runs its tests."""

from __future__ import annotations

import pytest

from tests.browser import looking


@pytest.fixture(autouse=True)
def _no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking.shutil, "which", lambda name: None)


def test_without_a_browser_it_says_in_a_line_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BROWSER_REQUIRED", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"none of chromium, .*apt-get install chromium") as skipped:
        looking.need_a_browser()
    assert "\n" not in str(skipped.value)


def test_where_one_is_required_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_REQUIRED", "1")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        looking.need_a_browser()


def test_make_test_does_not_look_for_them(request: pytest.FixtureRequest) -> None:
    assert "browser" in request.config.getini("norecursedirs")
