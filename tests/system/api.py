"""api.py -- the API as a test asks it: every answer is judged by openapi.json, and what was seen is counted."""

import collections
import email.utils
import http.client
import json
import threading

import harness
import openapi

Answer = collections.namedtuple("Answer", "status headers text json")

DOC = openapi.load()
PROBLEM = "application/problem+json"
WAIT_S = 30


def _template(path):
    """The path of openapi.json that takes a path, or None."""
    parts = path.split("?")[0].rstrip("/").split("/")
    for template in DOC["paths"]:
        want = template.split("/")
        if len(want) == len(parts) and all(w == p or (w.startswith("{") and p) for w, p in zip(want, parts)):
            return template
    return None


class Api:
    """A client of one daemon. Requests come from the address `client`: the daemon believes its proxy, 127.0.0.1."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.seen = set()  # (path of openapi.json, method, status)
        self.tags = set()

    def headers(self, client=None, key=None, language=None, **more):
        found = {name.replace("_", "-"): value for name, value in more.items()}
        if client:
            found["X-Forwarded-For"] = client
        if key:
            found["Authorization"] = "Bearer " + key
        if language:
            found["Accept-Language"] = language
        return found

    def ask(self, method, path, body=None, **about):
        """One request on a connection of its own; a body that is no text is sent as JSON."""
        headers = self.headers(**about)
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(*self.daemon.web, timeout=WAIT_S)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            text = reply.read()
        finally:
            connection.close()
        return self.judge(method, path, reply.status, dict(reply.getheaders()), text)

    def get(self, path, **about):
        return self.ask("GET", path, **about)

    def post(self, path, body, **about):
        return self.ask("POST", path, body, **about)

    def problem(self, tag, method, path, body=None, **about):
        """Asks for what is refused with that tag, and returns the answer."""
        answer = self.ask(method, path, body, **about)
        assert answer.json and answer.json.get("tag") == tag, (tag, method, path, answer)
        return answer

    # --- judging ---

    def judge(self, method, path, status, headers, text):
        media = headers.get("Content-Type", "").split(";")[0]
        value = json.loads(text) if media.endswith("json") and text else None
        answer = Answer(status, headers, text, value)
        _judge_headers(method, headers)
        if media == PROBLEM and value is not None:
            self.tags.add(value["tag"])
            _judge_problem(answer)
        template = _template(path)
        operation = template and DOC["paths"][template].get({"HEAD": "get"}.get(method, method.lower()))
        if operation and not (status == 404 and value and value.get("tag") == "no-such-page"):
            self._judge_operation(template, method, operation, answer, media)
        return answer

    def _judge_operation(self, template, method, operation, answer, media):
        response = openapi.response(DOC, operation, answer.status)
        assert response is not None, ("not documented", method, template, answer)
        self.seen.add((template, {"HEAD": "get"}.get(method, method.lower()), answer.status))
        for name, header in response.get("headers", {}).items():
            assert name in answer.headers or not header.get("required"), (name, method, template, answer)
        content = response.get("content", {})
        assert (media in content) if content else not answer.text, (media, method, template, answer)
        if media == PROBLEM and answer.json:
            assert answer.json["tag"] in operation["x-problem-tags"], (method, template, answer.json)
        if answer.json is not None:
            wrong = list(openapi.judge(DOC, content[media]["schema"], answer.json))
            assert not wrong, (wrong, answer.json)


def _judge_headers(method, headers):
    """What every answer has, whatever it is."""
    del method
    assert headers.get("X-Content-Type-Options") == "nosniff", headers
    assert "default-src 'none'" in headers.get("Content-Security-Policy", ""), headers
    assert headers.get("Cache-Control"), headers
    assert "Access-Control-Allow-Origin" not in headers, headers
    assert email.utils.parsedate(headers.get("Date", "")), headers


def _judge_problem(answer):
    problem, known = answer.json, DOC["x-problems"]
    assert problem["status"] == answer.status == known[problem["tag"]]["status"], answer
    assert problem["detail_en"] == known[problem["tag"]]["en"], answer
    assert problem["detail_ja"] == known[problem["tag"]]["ja"], answer
    assert problem["detail"] == problem["detail_" + answer.headers["Content-Language"]], answer
    assert problem.get("retry_after") == (int(answer.headers["Retry-After"]) if "Retry-After" in answer.headers else None)
    assert (answer.status in (429, 503)) == ("Retry-After" in answer.headers), answer
    assert problem["type"].endswith("/v1/openapi.json#/x-problems/" + problem["tag"]), answer


class Events:
    """The stream of a test, read by a thread; each event is (name, id or None, document)."""

    def __init__(self, api, test, **about):
        self.api, self.path = api, "/v1/tests/%s/events" % test
        self.events, self.ended = [], False
        self.connection = http.client.HTTPConnection(*api.daemon.web, timeout=60)
        self.connection.request("GET", self.path, headers=api.headers(**about))
        self.reply = self.connection.getresponse()
        self.status = self.reply.status
        api.seen.add(("/v1/tests/{id}/events", "get", self.status))
        _judge_headers("GET", dict(self.reply.getheaders()))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        schema = DOC["paths"]["/v1/tests/{id}/events"]["get"]["responses"]["200"]["content"]["text/event-stream"]
        fields = {}
        try:
            for line in self.reply:
                line = line.decode().rstrip("\n")
                if line.startswith(":"):
                    continue
                if line:
                    name, value = line.split(": ", 1)
                    fields[name] = value
                elif fields:
                    document = json.loads(fields["data"])
                    wrong = list(openapi.judge(DOC, schema["schema"]["contentSchema"], document))
                    self.events.append((fields.get("event"), fields.get("id"), document if not wrong else wrong))
                    fields = {}
        except (OSError, ValueError, http.client.HTTPException):
            pass
        self.ended = True

    def states(self):
        """The states in the order in which they came, each once."""
        found = []
        for _, _, document in list(self.events):
            assert isinstance(document, dict), document
            if found[-1:] != [document["state"]]:
                found.append(document["state"])
        return found

    def wait_end(self, deadline_s=90):
        harness.wait_until(lambda: self.ended, deadline_s, "the end of the events, after %s" % self.states())
        return self.events[-1]

    def close(self):
        self.connection.close()
