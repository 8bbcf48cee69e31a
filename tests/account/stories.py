"""stories.py -- what happens to a server, story by story. A story is a function of a Play (play), which gives it the
clock, the clients and the server; its comment is what truth.json says about it."""

STORIES = {}
WITH_LOGIN = ("postfix", "exim", "sendmail")


def story(verdicts, features=(), zone="Asia/Tokyo", stamps="iso", begins="2026-03-09 08:00:00", **more):
    def known(function):
        STORIES[function.__name__.replace("_", "-")] = dict(
            function=function, verdicts=list(verdicts), features=set(features), zone=zone, stamps=stamps,
            begins=begins, about=" ".join(function.__doc__.split()), **more)
        return function
    return known


def business(play, mails=4):
    """Some minutes of what the server is for."""
    for _ in range(mails):
        play.inbound()
        play.later(play.rng.randint(5, 200))
        play.from_office()
        play.later(play.rng.randint(5, 200))


def relay_by_strangers(play, clients, mails, per_mail=(1, 4), pause_s=(1, 20)):
    for _ in range(mails):
        client = play.rng.choice(clients)
        play.abuse("open-relay", client, play.outside_recipients(play.rng.randint(*per_mail)),
                   helo=play.helo_of(client), octets=play.rng.randint(600, 4000))
        play.later(play.rng.randint(*pause_s))


@story(["open-relay"])
def open_relay(play):
    """Strangers find the server open at night, use it from several networks until noon, come back in the evening, and
    are refused after the owner has closed it. Some of their recipients are unknown, full or put off."""
    business(play)
    play.open()
    play.to("2026-03-10 02:13:20")
    strangers = play.strangers(9)
    # they try it first
    play.abuse("open-relay", strangers[0], ["drop77@" + play.rng.choice(play.DOMAINS)], helo="tester")
    play.later(2400)
    relay_by_strangers(play, strangers, 40)
    business(play, 2)
    play.later(5400)
    relay_by_strangers(play, strangers[2:], 25, per_mail=(3, 8))
    play.to("2026-03-10 19:02:00")
    relay_by_strangers(play, strangers[4:], 15)
    play.later(3600)
    play.close()
    for _ in range(3):
        play.later(40)
        for client in strangers[3:]:
            play.refused(client)
    play.later(3600)
    business(play, 2)
    play.end()


@story(["stolen-account"], features=["auth"], mtas=WITH_LOGIN, stamps="rfc3164", begins="2026-05-18 09:10:00")
def stolen_account(play):
    """carol writes from the office and from home for two days; then two foreign networks log in as carol and write to
    hundreds. Others' passwords are guessed in vain meanwhile. Her password is changed and the thieves are refused."""
    home, thieves = play.client("home"), [play.client("abroad"), play.client("elsewhere")]
    for day in ("2026-05-18", "2026-05-19"):
        play.to(f"{day} 09:15:00")
        for user in ("carol", "alice", "carol", "dave"):
            play.by_account(user, play.office_client(), play.outside_recipients(1, good=True))
            play.later(play.rng.randint(300, 2500))
        business(play, 2)
        play.to(f"{day} 20:40:00")
        play.by_account("carol", home, play.outside_recipients(2, good=True))
    play.to("2026-05-20 03:31:00")
    for user in ("alice", "bob", "carol", "info", "admin"):
        play.bad_login(user, play.client("guesser"))
        play.later(7)
    play.later(1200)
    for n in range(45):
        play.by_account("carol", thieves[n % 7 > 4], play.outside_recipients(play.rng.randint(3, 9)),
                        kind="stolen-account",
                        sender=f"carol@{play.domain}" if n % 3 else f"support@{play.rng.choice(play.DOMAINS)}",
                        helo=f"WIN-{play.rng.randrange(1 << 20):05X}", octets=1500)
        play.later(play.rng.randint(2, 15))
        if n % 15 == 14:
            play.later(1800)
            play.by_account("alice", play.office_client(), play.outside_recipients(1, good=True))
    play.to("2026-05-20 09:30:00")
    play.change_password("carol")
    for thief in thieves:
        play.bad_login("carol", thief)
        play.later(20)
    play.later(1800)
    business(play, 2)
    play.end()


@story(["nothing-found"], features=["auth"], begins="2026-07-06 07:55:00")
def clean(play):
    """A server that does what it should: its own people write out, others write in, and strangers who try to relay
    or to guess passwords are refused."""
    for _ in range(3):
        business(play, 5)
        for user in ("alice", "erin") if play.mta in WITH_LOGIN else ():
            play.by_account(user, play.client("home"), play.outside_recipients(2, good=True))
            play.later(100)
        for client in play.strangers(3):
            play.refused(client)
            play.later(3)
        if play.mta in WITH_LOGIN:
            play.bad_login("admin", play.client("guesser"))
        play.to_nobody_here()
        play.later(3000)
    play.end()


@story(["local-script"], features=["auth"], begins="2026-04-13 10:20:00", also={"exim": {"log-args"}})
def local_script(play):
    """A form on the web server sends its few notices a day; at night somebody makes it send to hundreds, with the
    sendmail command, as www-data. People use the webmail of the same host, which logs in from 127.0.0.1."""
    for _ in range(3):
        play.by_script("legitimate", play.outside_recipients(1, good=True))
        play.later(play.rng.randint(60, 250))
        if play.mta in WITH_LOGIN:
            play.by_webmail("erin")
        business(play, 1)
        play.later(2000)
    play.to("2026-04-14 01:44:00")
    for n in range(50):
        play.by_script("local-script", play.outside_recipients(play.rng.randint(2, 6)),
                       sender=f"service{n}@{play.rng.choice(play.DOMAINS)}")
        play.later(play.rng.randint(1, 9))
    play.later(4000)
    if play.mta in WITH_LOGIN:
        play.by_webmail("bob")
    business(play, 1)
    play.end()


@story(["local-script"], begins="2026-04-20 22:00:00", stamps="rfc3164")
def loopback_script(play):
    """A program on the host itself speaks SMTP to 127.0.0.1, where nobody need log in, and writes to hundreds under
    foreign senders' names."""
    business(play, 2)
    for _ in range(2):
        play.from_loopback("legitimate", play.outside_recipients(1, good=True), sender=f"root@{play.domain}")
        play.later(600)
    play.to("2026-04-21 02:10:00")
    for n in range(40):
        play.from_loopback("local-script", play.outside_recipients(play.rng.randint(2, 6)),
                           sender=f"parcel{n}@{play.rng.choice(play.DOMAINS)}")
        play.later(play.rng.randint(1, 12))
    play.later(3000)
    business(play, 1)
    play.end()


@story(["forwarding", "nothing-found"], begins="2026-02-03 08:30:00",
       aliases="sales: alice, partner@amber.example.com\ninfo: desk@birch.example.org\n")
def forwarding(play):
    """Strangers write to sales and info, which are aliases that lead outside, and to bob, whose .forward does."""
    play.forward("bob", "bob.home@cedar.example.net")
    ways = {"sales": ["partner@amber.example.com"], "info": ["desk@birch.example.org"],
            "bob": ["bob.home@cedar.example.net"]}
    for _ in range(8):
        for local in ways:
            play.expanded(local, ways[local])
            play.later(play.rng.randint(20, 280))
        play.inbound()
        play.from_office()
        play.later(1500)
    play.end()


@story(["forwarding", "nothing-found"], begins="2026-02-10 11:00:00", stamps="rfc3164",
       aliases="news: :include:/etc/news-list\nowner-news: alice\n")
def mailing_list(play):
    """Three mails to a list, an alias with :include:, and each goes to thirty outside."""
    members = [f"reader{n}@{play.DOMAINS[n * 2]}" for n in range(30)]
    play.server.write("/etc/news-list", "\n".join(members) + "\n")
    business(play, 1)
    for _ in range(3):
        play.expanded("news", members, client=play.office_client(), sender=f"alice@{play.domain}")
        play.later(4000)
        play.inbound()
        play.later(200)
    play.end()


@story(["forwarding", "nothing-found"], begins="2026-02-11 11:00:00", mtas=("postfix", "sendmail"),
       aliases='club: "|/usr/local/bin/list club-bounces@@DOMAIN@"\n')
def list_manager(play):
    """The same through a list manager: the alias is a program, which sends with the sendmail command."""
    members = [f"member{n}@{play.DOMAINS[n * 3]}" for n in range(24)]
    play.server.write("/usr/local/bin/list",
                      "#!/bin/sh\nexec /usr/sbin/sendmail -i -f \"$1\" $(cat /etc/club-list)\n", 0o755)
    play.server.write("/etc/club-list", "\n".join(members) + "\n")
    business(play, 1)
    for _ in range(3):
        play.expanded("club", members, sender="leader@sorrel.example.com")
        play.later(4000)
        business(play, 1)
    play.end()


@story(["backscatter"], features=["gateway"], begins="2026-06-01 21:00:00")
def backscatter(play):
    """The server takes mail for inner.example without knowing who is there; the inside host refuses most of it, and
    notices go to senders who never wrote: spam under their names."""
    business(play, 2)
    strangers = play.strangers(6)
    for n in range(45):
        play.world.send("inbound", play.rng.choice(strangers), f"victim{n}@{play.rng.choice(play.DOMAINS)}",
                        [f"gone.{n}@inner.example"] if n % 4 else [f"erin{n}@inner.example"], helo="localhost")
        play.later(play.rng.randint(1, 30))
    play.later(1800)
    business(play, 1)
    play.end()


@story(["backscatter"], features=["accept-all"], begins="2026-06-02 21:00:00", mtas=("postfix",), stamps="rfc5424")
def backscatter_local(play):
    """The server does not look whether a local user is there before it takes a mail, and sends it back afterwards."""
    business(play, 2)
    strangers = play.strangers(6)
    for n in range(45):
        play.world.send("inbound", play.rng.choice(strangers), f"victim{n}@{play.rng.choice(play.DOMAINS)}",
                        [f"nobody{n}@{play.domain}"] if n % 4 else [f"erin@{play.domain}"], helo="localhost")
        play.later(play.rng.randint(1, 30))
    play.later(1800)
    business(play, 1)
    play.end()


def filtered(play):
    business(play, 2)
    play.open()
    play.later(3600)
    strangers = play.strangers(5)
    relay_by_strangers(play, strangers, 40)
    business(play, 2)
    play.later(2400)
    play.close()
    for client in strangers:
        play.refused(client)
        play.later(9)
    play.end()


@story(["open-relay"], features=["filter-proxy"], begins="2026-08-17 13:00:00", mtas=("postfix",))
def filter_proxy(play):
    """An open relay with a content filter behind it, to which every mail goes by SMTP and comes back on port 10025
    under another queue id: one mail, two in the log."""
    with play.proxy():
        filtered(play)


@story(["open-relay"], features=["filter-pipe"], begins="2026-08-18 13:00:00", mtas=("postfix", "exim"),
       stamps="rfc3164")
def filter_pipe(play):
    """An open relay with a content filter behind it, a program that sends again with the sendmail command, or with Exim's
    own of -bS."""
    filtered(play)


@story(["nothing-found"], features=["greylist"], begins="2026-09-01 06:00:00")
def greylisting(play):
    """A server that puts off whom it does not know, for five minutes."""
    with play.greylist():
        for n in range(12):
            client, sender = play.rng.choice(play.SENDERS), f"pen{n}@{play.rng.choice(play.DOMAINS)}"
            play.world.send("unknown", client, sender, [f"alice@{play.domain}"], helo="mx1.post.example.net")
            play.later(400)
            play.world.send("inbound", client, sender, [f"alice@{play.domain}"], helo="mx1.post.example.net")
            play.from_office()
            play.refused(play.strangers(1)[0])
        play.end()


@story(["open-relay"], begins="2025-12-31 20:30:00", stamps="rfc3164", features=["reject"])
def rotation(play):
    """A burst over the New Year, in stamps without a year; the log is rotated in the middle of it, and once before."""
    business(play, 2)
    play.open()
    strangers = play.strangers(5)
    relay_by_strangers(play, strangers, 12)
    play.server.rotate()
    play.to("2025-12-31 23:56:00")
    relay_by_strangers(play, strangers, 20, pause_s=(5, 20))
    play.server.rotate()
    relay_by_strangers(play, strangers, 15)
    play.later(3600)
    play.close()
    for client in strangers:
        play.refused(client)
        play.later(9)
    play.end()


@story(["nothing-found"], features=["gateway"], begins="2026-10-05 09:00:00")
def gateway(play):
    """Outside hosts write to inner.example, whose mail the server hands on to a host inside: its work, and no relay."""
    for n in range(30):
        play.inbound([f"{play.rng.choice(('erin', 'jun', 'lee'))}{n}@inner.example"])
        play.later(play.rng.randint(10, 280))
        if n % 6 == 5:
            play.refused(play.strangers(1)[0])
            business(play, 1)
            play.later(900)
    play.end()


@story(["open-relay"], features=["reject"], begins="2026-11-02 03:00:00", stamps="rfc3164")
def listed(play):
    """An open relay, of which a list hears after an hour; from then on one host refuses all its mail, and says where
    it has that from."""
    business(play, 1)
    play.open()
    strangers = play.strangers(4) + play.strangers6()
    relay_by_strangers(play, strangers, 20, per_mail=(2, 6))
    play.later(2700)
    play.world.sinks.listed = True
    for _ in range(12):
        play.abuse("open-relay", play.rng.choice(strangers), play.outside_recipients(3) + play.guarded(2))
        play.later(play.rng.randint(5, 60))
    play.later(1800)
    play.close()
    for client in strangers:
        play.refused(client)
        play.later(30)
    business(play, 1)
    play.end()


@story(["open-relay"], begins="2026-10-24 21:30:00", stamps="rfc3164", zone="Europe/Berlin", mtas=("postfix", "exim"))
def clock_change(play):
    """A relayed burst in the night in which the clocks go back: the hour from two to three comes twice."""
    business(play, 1)
    play.open()
    strangers = play.strangers(3)
    play.to("2026-10-25 01:50:00")
    for _ in range(16):
        relay_by_strangers(play, strangers, 2, per_mail=(1, 2))
        play.later(600)
    play.close()
    for client in strangers:
        play.refused(client)
        play.later(30)
    play.end()


@story(["open-relay"], begins="2026-11-09 12:00:00", mtas=("postfix",), limit=True,
       more={"lines_lost": True})
def lost_lines(play):
    """An open relay whose log daemon throws away what a process says after 80 lines in five minutes, and tells:
    what the log shows is less than what was."""
    business(play, 1)
    play.open()
    strangers = play.strangers(4)
    relay_by_strangers(play, strangers, 60, pause_s=(1, 4))
    play.later(3600)
    relay_by_strangers(play, strangers, 10, pause_s=(30, 90))
    play.close()
    for client in strangers:
        play.refused(client)
        play.later(30)
    play.end()


@story(["nothing-found"], features=["postscreen", "long-ids", "tls-log"], begins="2026-12-01 08:00:00",
       mtas=("postfix",))
def postscreen(play):
    """postscreen in front, long queue ids, TLS in the log: others write in, and strangers who speak too early or try to
    relay do not get in."""
    for _ in range(6):
        play.inbound()
        play.later(150)
        play.too_early(play.strangers(1)[0])
        play.refused(play.strangers(1)[0])
        play.inbound(tls=True)
        play.from_office()
        play.later(1300)
    play.end()


@story(["open-relay"], features=["postlogd"], begins="2026-03-16 08:00:00", mtas=("postfix",), stamps="own")
def postlogd(play):
    """An open relay that writes its log itself (maillog_file), rotated by its own command."""
    business(play, 1)
    play.open()
    strangers = play.strangers(4)
    relay_by_strangers(play, strangers, 20)
    play.server.rotate()
    relay_by_strangers(play, strangers, 10)
    play.later(3000)
    play.close()
    for client in strangers:
        play.refused(client)
        play.later(30)
    play.end()


@story(["open-relay", "stolen-account"], features=["auth", "log-rcpts"], begins="2026-03-23 08:00:00", mtas=("exim",),
       stamps="own")
def both(play):
    """A relay for strangers at night, and dave's account by a thief the night after; more in the log than usual."""
    for day in ("2026-03-23", "2026-03-24"):
        play.to(f"{day} 09:00:00")
        play.by_account("dave", play.office_client(), play.outside_recipients(1, good=True))
        business(play, 2)
    play.to("2026-03-25 01:10:00")
    play.open()
    strangers = play.strangers(4)
    relay_by_strangers(play, strangers, 25)
    play.to("2026-03-25 08:10:00")
    play.close()
    for client in strangers:
        play.refused(client)
        play.later(30)
    play.to("2026-03-26 01:00:00")
    for _ in range(25):
        play.by_account("dave", play.client("abroad"), play.outside_recipients(play.rng.randint(4, 9)),
                        kind="stolen-account", helo="User")
        play.later(play.rng.randint(2, 20))
    play.end()


@story(["open-relay"], features=["syslog"], begins="2026-05-04 22:00:00", mtas=("exim",), stamps="rfc3164")
def by_syslog(play):
    """An open relay whose Exim logs by syslog: its own stamp stands behind that of the log daemon, and what it
    refuses is written twice."""
    business(play, 2)
    for client in play.strangers(2):
        play.refused(client)
    play.open()
    strangers = play.strangers(4)
    relay_by_strangers(play, strangers, 25)
    play.later(3000)
    play.close()
    for client in strangers:
        play.refused(client)
        play.later(30)
    play.end()


@story(["open-relay"], features=["bridge"], begins="2026-06-15 23:00:00", mtas=("postfix",),
       more={"verdicts_by_config": ["undecided"]})
def bridge(play):
    """A server in a container, which trusts the network of the bridge in front of it: strangers reach it through that
    bridge, and each of them shows its address, so that all may relay and the log cannot say who they were."""
    business(play, 2)
    strangers = [play.bridge()] * 5
    relay_by_strangers(play, strangers, 40)
    play.later(5000)
    business(play, 1)
    play.close()
    for client in strangers:
        play.refused(client)
        play.later(30)
    play.end()
