"""truth.py -- what really happened in a story, as its clients and the hosts at the far ends counted it; README says
what each word of the file means."""

import collections
import json

from mta import INSIDE
from world import BUSY, UNREACHABLE, given_up

FORMAT = 1
LIVED = (250, 251)
ABUSE = ("open-relay", "stolen-account", "local-script", "backscatter")  # and "forwarding", which is none


def count(words):
    return dict(sorted(collections.Counter(words).items()))


def stamp(mails, which):
    times = [m.at for m in mails if m.at]
    return round(which(times)) if times else None


class Fate:
    """What became of recipients: by the hosts that got them, or refused to, and by the notices that came back."""

    def __init__(self, play):
        self.given_up = play.world.sinks.given_up | set(given_up(play.server.mailboxes()))
        self.codes = collections.defaultdict(list)
        for a in play.world.sinks.arrivals:
            self.codes[a.recipient].append(a.code)

    def delivered(self, recipient):
        return any(code in LIVED for code in self.codes[recipient])

    def bounced(self, recipient):
        return not self.delivered(recipient) and (
            recipient in self.given_up or any(code >= 500 for code in self.codes[recipient]))

    def deferred(self, recipient):
        """Two domains' hosts do not come so far as to hear of a recipient."""
        return (any(400 <= code < 500 for code in self.codes[recipient])
                or recipient.partition("@")[2] in BUSY + UNREACHABLE)


def one_verdict(mails, fate, outside):
    """The numbers of all mails that make up one verdict. Recipients are outside ones, as they were accepted."""
    accepted = [m for m in mails if m.accepted and any(map(outside, m.taken))]
    recipients = [r for m in accepted for r in m.taken if outside(r)]
    return {
        "messages": len(accepted),
        "recipients": len(recipients),
        "delivered": sum(map(fate.delivered, recipients)),
        "deferred": sum(map(fate.deferred, recipients)),
        "bounced": sum(map(fate.bounced, recipients)),
        "neither": sum(1 for r in recipients if not fate.delivered(r) and not fate.bounced(r)),
        "rejected": sum(1 for m in mails for r in m.recipients
                        if outside(r) and r not in m.taken),
        "bytes": sum(m.size for m in accepted),
        "first_accepted": stamp(accepted, min),
        "last_accepted": stamp(accepted, max),
        "clients": count(m.client for m in accepted if m.client),
        "accounts": count(m.account for m in accepted if m.account),
        "helos": count(m.helo for m in accepted if m.helo),
        "domains": count(r.partition("@")[2] for r in recipients),
    }


def refused_after(mails, last, outside):
    """The first outside recipient refused after the last accepted one."""
    times = [m.at for m in mails if not m.account and not m.taken and any(map(outside, m.recipients))
             and m.kind != "legitimate" and (last is None or m.at > last)]
    return round(min(times)) if times and last else None


def notices(play):
    """Of a server that sends mail back to who never wrote: notices that arrived. It made them when the inside host
    refused a mail, or when it took one for nobody here."""
    arrivals = play.world.sinks.arrivals
    sent = [a for a in arrivals if a.sender == "" and a.code in LIVED]
    made = [a.at for a in arrivals if a.host == INSIDE and a.code >= 500] or [
        m.at for m in play.world.mails if m.accepted and m.recipients[0].startswith("nobody")]
    return {
        "messages": len(sent), "recipients": len(sent), "delivered": len(sent),
        "first_accepted": round(min(made)), "last_accepted": round(max(made)),
        "first_arrived": round(min(a.at for a in sent)), "last_arrived": round(max(a.at for a in sent)),
        "domains": count(a.recipient.partition("@")[2] for a in sent),
    }


def forwarded(play):
    """What left because an address here leads outside: members of what was written to, and what arrived there."""
    arrived = {(a.message_id, a.recipient) for a in play.world.sinks.arrivals if a.code in LIVED}
    pairs = [(message_id, member) for message_id, members in play.expansions for member in members]
    return {"messages": len(play.expansions), "recipients": len(pairs), "delivered": len(arrived & set(pairs)),
            "domains": count(member.partition("@")[2] for _, member in pairs)}


def listed(arrivals, name):
    replies = [a for a in arrivals if name in a.text]
    by = sorted({a.recipient.partition("@")[2] for a in replies})
    return {name: {"replies": len(replies), "by": by}} if replies else {}


def truth(play):
    world, fate = play.world, Fate(play)
    told = {}
    for verdict in play.verdicts:
        if verdict == "backscatter":
            told[verdict] = notices(play)
        elif verdict in ABUSE:
            told[verdict] = one_verdict([m for m in world.mails if m.kind == verdict], fate, play.outside)
    relay = told.get("open-relay")
    if relay:
        strangers = [m for m in world.mails if m.kind in ("open-relay", "refused")]
        relay["first_refused_after"] = refused_after(strangers, relay["last_accepted"], play.outside)
    refused = [m for m in world.mails if m.kind in ("refused", "open-relay")]
    legitimate = [m for m in world.mails if m.kind not in play.verdicts and m.accepted]
    arrivals = world.sinks.arrivals
    bounces = sum(1 for a in arrivals if a.sender == "" and a.code in LIVED)
    return {
        "format": FORMAT,
        "mta": play.server.version(),
        "story": play.name,
        "about": play.about,
        "zone": play.server.zone,
        "stamps": play.stamps,
        "read_at": round(world.clock.now()),
        "files": [],
        "verdicts": play.verdicts,
        "may": ["backscatter"] if bounces and "backscatter" not in play.verdicts else [],
        "own": play.own,
        "settings": sorted(play.settings),
        "abuse": told,
        "refused": {
            "recipients": sum(1 for m in refused for r in m.recipients if play.outside(r) and r not in m.taken),
            "clients": count(m.client for m in refused if not m.taken and any(map(play.outside, m.recipients))),
        },
        "logins_failed": count(client for _, client, _ in world.logins_failed),
        "legitimate": {
            "inbound": sum(1 for m in legitimate if not any(map(play.outside, m.taken)) and m.kind == "inbound"),
            "outbound": sum(1 for m in legitimate if any(map(play.outside, m.taken))),
        },
        **({"forwarded": forwarded(play)} if play.expansions else {}),
        "bounces_sent": bounces,
        "queued_at_end": play.server.queued(),
        "listed": listed(arrivals, play.LIST),
        **play.told.get("more", {}),
    }


def write(path, facts):
    with open(path, "w", encoding="ascii") as out:
        json.dump(facts, out, indent=1)
        out.write("\n")
