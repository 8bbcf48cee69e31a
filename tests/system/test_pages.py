#!/usr/bin/env python3
"""Every state of every page in Chromium: accessible, readable on a phone, in the dark and in forced colours; text only."""

import os
import subprocess
import tempfile

import browser
import harness
import lab

STATIC = os.path.join(lab.TOP, "src", "web", "static")


def test_states():
    """axe finds nothing grave in any state, nothing is too wide, values stay text, script and server agree"""
    browser.needed()
    if not os.path.exists(browser.RENDER):
        raise harness.Skip("there is no " + browser.RENDER)
    with tempfile.TemporaryDirectory() as pages:
        subprocess.run([browser.RENDER, pages, browser.STATES], check=True)
        browser.node("states.mjs", pages, STATIC, timeout=900)  # of a machine that has much else to do


harness.main(needs_lab=False)
