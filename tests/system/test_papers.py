#!/usr/bin/env python3
"""What commands write for a browser and a printer, in Chromium: accessible, on A4, text only, nothing from outside."""

import os
import subprocess
import tempfile

import browser
import harness

BUILD = os.path.dirname(harness.BUILD)
# of the tree that was installed to harness.BUILD
PAGES = os.path.join(BUILD, "tests", "unit", "tool", "account_pages")


def test_account():
    """axe finds nothing grave in the page of an account, it fits a phone and A4, asks for nothing, values stay text"""
    browser.needed()
    if not os.path.exists(PAGES):
        raise harness.Skip("there is no " + PAGES)
    with tempfile.TemporaryDirectory() as pages:
        subprocess.run([PAGES, pages, os.path.join(BUILD, "po")], check=True)
        browser.node("papers.mjs", pages, timeout=300)


harness.main(needs_lab=False)
